"""A dev split out of the training people, for protocols without an official one."""

from dataclasses import replace

import pandas as pd
import xxhash

from fas.datasets.protocols.captures import Roles

SHARE = 0.2


def carve(roles: Roles, seed: int) -> Roles:
    """Move every clip of the chosen people of `roles.seeded` from train to dev. People of two datasets are never the same."""
    if roles.seeded is None:
        return roles
    moved = pd.Index([])
    for _, rows in roles.seeded.groupby("dataset", sort=True):
        people = person(rows)
        moved = moved.append(rows.index[people.isin(chosen(rows["dataset"].iloc[0], people.unique().tolist(), seed))])
    dev = roles.train.loc[moved]
    return replace(roles, train=roles.train.drop(moved), dev=dev if roles.dev is None else pd.concat([roles.dev, dev]))


def chosen(dataset: str, people: list[str], seed: int) -> set[str]:
    """The people whose place is below 20 %: each is judged alone, so one more person moves nobody else.

    Where that picks nobody, the one with the lowest place is taken; where it picks everybody, the one with the highest is left.
    """
    places = {name: place(seed, dataset, name) for name in people}
    picked = {name for name in people if places[name] < SHARE}
    if not picked:
        picked = {min(people, key=places.__getitem__)}
    return picked if len(picked) < len(people) else picked - {max(people, key=places.__getitem__)}


def place(seed: int, dataset: str, name: str) -> float:
    """A person's place in [0, 1), from a hash of seed, dataset and person."""
    return xxhash.xxh3_64_intdigest(f"{seed}\n{dataset}\n{name}".encode()) / 2**64


def person(rows: pd.DataFrame) -> pd.Series:
    """Whose capture each row is; a capture of an unknown person counts as one of its own."""
    return rows["subject"].where(rows["subject"] != "", "clip " + rows["clip"])
