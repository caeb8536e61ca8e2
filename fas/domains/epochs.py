"""Schedules that papers state in epochs, in steps of training."""

from collections.abc import Sequence

from pydantic import Field

from fas.clips import Clip
from fas.schema import Section


class EpochParams(Section):
    """A training in epochs; in one, as many faces are seen as there are training clips."""

    epochs: int = Field(100, ge=1)
    steps_per_epoch: int = Field(0, ge=0)  # 0: training clips / images of a batch, at least 1

    def epoch(self, clips: Sequence[Clip], batch: int) -> int:
        """The steps of an epoch."""
        return self.steps_per_epoch or max(1, round(len(clips) / batch))
