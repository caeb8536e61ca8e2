"""The original's batches: one shuffled loader over all clips, no balance between domains or classes."""

from collections.abc import Sequence

from fas.clips import Clip
from fas.domains.batches import DomainBatches, Look
from fas.sampling import EXTRA, GroupSampler, by_label, with_extra

ALL = "all"


class ShuffledBatches(DomainBatches):
    """`count` clips of all, at every step; every clip once before any comes again.

    With `extra` live clips paper 001 says how they are mixed: live and attack 1:1, original and additional live ones 1:1.

    Raises:
        UserError: no clip of a class; `where` names the training.
    """

    def __init__(self, clips: Sequence[Clip], count: int, seed: int, look: Look, where: str, extra: Sequence[Clip] = ()) -> None:
        super().__init__(clips, 2, seed, look, where, extra)
        classes = by_label(clips, where)
        groups: dict[str, list[Clip]] = {ALL: sorted(clips, key=lambda clip: (clip.dataset, clip.clip))}
        counts = {ALL: count}
        if extra:
            groups = {**classes, EXTRA: sorted(extra, key=lambda clip: (clip.dataset, clip.clip))}
            counts = with_extra({"live": count // 2, "attack": count // 2}, ["live"], where)
        self.sampler = GroupSampler(groups, counts, seed)
        self.warnings = []
