"""Batches that hold every domain's live and attack clips in equal numbers (SSDG's: 10 of each of three domains)."""

from collections.abc import Callable, Sequence

import numpy as np
import torch

from fas.clips import Clip
from fas.domains.views import View
from fas.errors import UserError
from fas.sampling import EXTRA, Draw, GroupSampler, by_label, with_extra
from fas.training import Batch

Look = Callable[[Clip, np.random.Generator], View]


def domain_of(clip: Clip) -> str:
    """The clip's domain, or its dataset where none is given."""
    return clip.domain or clip.dataset


class DomainBatches:
    """`per_class` live and as many attack clips of every domain at every step, every clip of a group once before any comes again.

    `domains` are the domains in alphabetical order, then those of the additional live faces `extra`, which take half of the live places
    (paper 001, table 3): the classes of a domain discriminator. `warnings` has a line for every domain that lacks a class; it gives what
    it has.

    Raises:
        UserError: no clip of a class in any domain, or an odd `per_class` with additional live faces; `where` names the training.
    """

    def __init__(self, clips: Sequence[Clip], per_class: int, seed: int, look: Look, where: str, extra: Sequence[Clip] = ()) -> None:
        classes = by_label(clips, where)
        trained = sorted({domain_of(clip) for clip in clips})
        self.domains = trained + sorted({domain_of(clip) for clip in extra} - set(trained))
        groups = {
            f"{domain}/{label}": [clip for clip in classes[label] if domain_of(clip) == domain]
            for domain in trained
            for label in ("live", "attack")
        }
        self.warnings = [
            f"{where}: domain {domain} has no {label} training clip: its batches are unbalanced"
            for domain, label in (name.rsplit("/", 1) for name, members in groups.items() if not members)
        ]
        self.look = look
        filled = {name: members for name, members in groups.items() if members}
        counts = dict.fromkeys(filled, per_class)
        if extra:
            counts = with_extra(counts, [name for name in filled if name.endswith("/live")], where)
            filled[EXTRA] = sorted(extra, key=lambda clip: (clip.dataset, clip.clip))
        self.sampler = GroupSampler(filled, counts, seed)

    def batch(self, step: int) -> Batch:
        """`image` (N,3,S,S), `live` (N,) bool, `domain` (N,) int64 places in `domains`, and `cue` (N,3,T,T) where the view has one."""
        draws = self.sampler.draw(step)
        views = [self.look(draw.member, draw.random) for draw in draws]
        batch = {
            "image": torch.from_numpy(np.stack([view.image for view in views])),
            "live": torch.tensor([draw.member.live for draw in draws]),
            "domain": torch.tensor([self._place(draw) for draw in draws]),
        }
        cues = [view.cue for view in views if view.cue is not None]
        return {**batch, "cue": torch.from_numpy(np.stack(cues))} if cues else batch

    def _place(self, draw: Draw[Clip]) -> int:
        return self.domains.index(domain_of(draw.member))


def check_extra(asked: Sequence[str], extra: Sequence[Clip], where: str) -> None:
    """Refuse a training that was promised additional live faces and has none.

    Raises:
        UserError: datasets are `asked` for and no clip of theirs is usable; `where` names the training.
    """
    if asked and not extra:
        raise UserError(f"{where}: extra_live: no clip of {', '.join(asked)} has the features needed")
