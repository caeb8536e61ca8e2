"""The protocols of SiW: everything, an unseen screen, an unseen kind of attack (Liu, Jourabloo and Liu 2018, section 4).

Protocol 1 trains on the first 60 frames of each video only; its dev and test clips are sampled as all others.
"""

from collections.abc import Callable, Iterator
from functools import partial

import pandas as pd

from fas.datasets.adapter import LIVE
from fas.datasets.protocols.captures import Captures, Protocol, Roles, split
from fas.datasets.siw import SCREENS

Choice = Callable[[pd.DataFrame], pd.Series]

FIRST60 = {"train": "first60"}


def siw(captures: Captures, seen: Choice, unseen: Choice) -> Roles:
    """Train people with the attacks that `seen` marks, test people with those that `unseen` marks; live clips always all."""
    rows = captures.adapter("siw")
    live = rows["label"] == LIVE
    train, test = split(rows[live | seen(rows)], "train"), split(rows[live | unseen(rows)], "test")
    return Roles(train, test, seeded=train)


def _all(rows: pd.DataFrame) -> pd.Series:
    return pd.Series(True, index=rows.index)


def _attack(rows: pd.DataFrame, attack: str) -> pd.Series:
    return rows["attack"] == attack


def _screen(rows: pd.DataFrame, screen: str) -> pd.Series:
    return rows["instrument"] == screen


def _other_screens(rows: pd.DataFrame, screen: str) -> pd.Series:
    return (rows["attack"] == "replay") & (rows["instrument"] != screen)


def _protocols() -> Iterator[Protocol]:
    yield Protocol("siw-1", "SiW protocol 1: all attacks, training on the first 60 frames", partial(siw, seen=_all, unseen=_all), FIRST60)
    for number, screen in SCREENS.items():
        build = partial(siw, seen=partial(_other_screens, screen=screen), unseen=partial(_screen, screen=screen))
        yield Protocol(f"siw-2-{number}", f"SiW protocol 2: replay only, unseen screen {screen}", build)
    for fold, (seen, unseen) in enumerate((("print", "replay"), ("replay", "print")), 1):
        build = partial(siw, seen=partial(_attack, attack=seen), unseen=partial(_attack, attack=unseen))
        yield Protocol(f"siw-3-{fold}", f"SiW protocol 3: {seen} to {unseen}", build)


PROTOCOLS = tuple(_protocols())
