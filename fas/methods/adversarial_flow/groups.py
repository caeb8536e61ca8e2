"""The groups of captures that paper 003's figures tell apart: live faces, attacks on a stand (fixed), and attacks in a hand."""

from collections.abc import Iterable

import pandas as pd

from fas.clips import Clip
from fas.methods.base import FigureRun

COLOURS = {"live": "#009E73", "fixed": "#0072B2", "hand": "#D55E00"}  # of Okabe and Ito
OTHERS = ("#CC79A7", "#E69F00", "#56B4E9", "#000000")


def group(clip: Clip) -> str:
    """`live`; of an attack `fixed` or `hand`, and its class where the dataset does not say how it is held."""
    return "live" if clip.live else clip.support or clip.attack


def finer(clip: Clip) -> str:
    """`live`, or an attack's class and how it is held, where that is known."""
    return "live" if clip.live else f"{clip.attack} {clip.support}".strip()


def tested(run: FigureRun) -> list[Clip]:
    """The run's test clips, in order."""
    return sorted((clip for clip, role in run.clips if role == "test"), key=lambda clip: (clip.dataset, clip.clip))


def ordered(names: Iterable[str]) -> list[str]:
    """Live first, then fixed and hand, then the rest by name."""
    return sorted(set(names), key=lambda name: (list(COLOURS).index(name) if name in COLOURS else len(COLOURS), name))


def colours(names: Iterable[str]) -> dict[str, str]:
    """A colour for each group."""
    rest = [name for name in ordered(names) if name not in COLOURS]
    return COLOURS | {name: OTHERS[index % len(OTHERS)] for index, name in enumerate(rest)}


def grouped(table: pd.DataFrame, run: FigureRun) -> pd.DataFrame:
    """The rows of a score table that are of the run's test clips, with a column `group`; rows without a score left out."""
    known = {(clip.dataset, clip.clip): group(clip) for clip in tested(run)}
    pairs = list(zip(table["dataset"], table["clip"], strict=True))
    rows = table[[pair in known for pair in pairs]]
    rows = rows.assign(group=[known[pair] for pair in pairs if pair in known])
    return rows[rows["score_error"].notna()] if "score_error" in rows else rows.iloc[:0]
