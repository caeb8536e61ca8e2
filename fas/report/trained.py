"""A run's model as the report uses it: to draw cue maps, to give features, to draw the method's own figures."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from fas.clips import Clip
from fas.config import Runtime
from fas.methods import method
from fas.methods.base import Method
from fas.report.panels import frame_shown
from fas.report.sources import Pair, Sources
from fas.report.views import pair
from fas.runs import CONFIG
from fas.schema import parse


@dataclass(frozen=True)
class Trained:
    """A trained run: its method, parameters (the variant applied) and folder."""

    method: Method
    params: Any
    folder: Path
    runtime: Runtime

    @classmethod
    def of(cls, name: str, folder: Path, sources: Sources) -> Self | None:
        """The run of method `name` in `folder`; None when it is not there.

        Raises:
            UserError: its parameters are not the method's any more.
        """
        config = sources.config(folder)
        if not config:
            return None
        card = method(name)
        params = parse(card.params, {**config["params"], "variants": {}}, str(folder / CONFIG))
        return cls(card, params, folder, sources.runtime)

    def readable(self, clips: Iterable[Clip]) -> list[Clip]:
        """The clips that have what the method reads."""
        wanted = self.method.inputs(self.params)
        return [clip for clip in clips if all(clip.has(feature) for feature in wanted)]

    def cue_maps(self, clips: Iterable[Clip]) -> dict[Pair, np.ndarray]:
        """The cue map of the frame that is shown of each readable clip; none of a method that draws none."""
        shown = self.readable(clips) if self.method.cue_maps else []
        if not shown:
            return {}
        maps = self.method.draw_cue_maps()(self.folder, self.params, [(clip, frame_shown(clip)) for clip in shown], self.runtime)
        return {pair(clip): one for clip, one in zip(shown, maps, strict=True)}

    def features(self, clips: Iterable[Clip]) -> tuple[list[Clip], np.ndarray]:
        """The readable clips, and (n,D) float32: the mean of each one's frames at the layer that the method names."""
        shown = self.readable(clips)
        vectors = [rows.mean(axis=0) for rows in self.method.embed()(self.folder, self.params, shown, self.runtime)] if shown else []
        return shown, np.asarray(vectors, np.float32)
