"""A copy of a dataset against the published counts (`published.csv`, one row per group of captures)."""

from fnmatch import fnmatchcase
from pathlib import Path

import pandas as pd

from fas.datasets.adapter import Adapter
from fas.errors import UserError
from fas.files import read_table

GROUP = ("media", "split", "label", "attack", "instrument")
_PUBLISHED = Path(__file__).with_name("published.csv")


def published(adapter: Adapter) -> pd.DataFrame:
    """The published counts of a dataset: `edition`, the columns of `GROUP` (`*` stands for any value), `count` and `files`.

    A group of several editions, which the file separates by `|`, is a row of each.

    Raises:
        UserError: none are known.
    """
    counts = read_table(_PUBLISHED, text=("dataset", "edition", *GROUP, "files"))
    mine = counts[counts["dataset"] == adapter.name].drop(columns="dataset").reset_index(drop=True)
    if not len(mine):
        raise UserError(f"{adapter.name}: no published counts to verify with")
    return mine.assign(edition=mine["edition"].str.split("|")).explode("edition", ignore_index=True)


def compare(adapter: Adapter, manifest: pd.DataFrame) -> pd.DataFrame:
    """Published groups beside what a manifest holds, of the edition that the copy comes closest to.

    Returns:
        The columns of `GROUP`, `published`, `found`, `files` (what the files of the group are called) and `edition`. Captures that
        belong to no group are rows of their own at the end, published 0.
    """
    editions = [_beside(groups, manifest) for _, groups in published(adapter).groupby("edition", sort=False)]
    return min(editions, key=_distance)


def _distance(table: pd.DataFrame) -> tuple[int, int]:
    """Captures of no group of the edition, then how far the counts of its groups are off."""
    strangers = table["published"] == 0
    return int(table.loc[strangers, "found"].sum()), int((table["found"] - table["published"]).abs().sum())


def differences(compared: pd.DataFrame) -> pd.DataFrame:
    """The rows of `compare` that differ."""
    return compared[compared["found"] != compared["published"]]


def _beside(groups: pd.DataFrame, manifest: pd.DataFrame) -> pd.DataFrame:
    kinds = manifest.groupby(list(GROUP), as_index=False).size()
    belongs = [[_is_of(group, kind) for _, group in groups.iterrows()] for _, kind in kinds.iterrows()]
    found = [sum(size for size, row in zip(kinds["size"], belongs, strict=True) if row[number]) for number in range(len(groups))]
    table = groups.rename(columns={"count": "published"}).assign(found=found)
    others = kinds[[not any(row) for row in belongs]]
    rest = [{**kind[list(GROUP)], "edition": "", "published": 0, "found": kind["size"], "files": "?"} for _, kind in others.iterrows()]
    table = pd.concat([table, pd.DataFrame(rest)], ignore_index=True) if rest else table
    return table[[*GROUP, "published", "found", "files", "edition"]]


def _is_of(group: pd.Series, kind: pd.Series) -> bool:
    return all(fnmatchcase(kind[column], group[column]) for column in GROUP)
