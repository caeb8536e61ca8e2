"""Protocols: which clip of which dataset plays `train`, `dev`, `test` or `source_eval`.

captures.py  the manifests' rows, found by adapter or letter       seeded.py   a dev split where none is official
inside.py    protocols within one dataset                          across.py   protocols between datasets
wmca.py      WMCA's, with an attack held out                       siw.py       SiW's, with a screen or a kind of attack held out
nuaa.py      NUAA's, from its list files
"""

from collections.abc import Mapping
from typing import Literal

import pandas as pd

from fas.datasets.protocols import across, inside, nuaa, siw, wmca
from fas.datasets.protocols.captures import Captures, Protocol, Roles
from fas.datasets.protocols.seeded import carve
from fas.errors import UserError

COLUMNS = ("dataset", "clip", "role")
PROTOCOLS: dict[str, Protocol] = {
    protocol.name: protocol for protocol in (*inside.PROTOCOLS, *siw.PROTOCOLS, *nuaa.PROTOCOLS, *wmca.PROTOCOLS, *across.PROTOCOLS)
}

__all__ = ["COLUMNS", "PROTOCOLS", "Protocol", "protocol", "protocols", "sampling"]


def protocols() -> list[str]:
    """The names of all protocols."""
    return list(PROTOCOLS)


def protocol(
    name: str,
    manifests: pd.DataFrame,
    letters: Mapping[str, str],
    adapters: Mapping[str, str],
    *,
    dev: Literal["seeded", "none"] = "seeded",
    seed: int = 0,
) -> pd.DataFrame:
    """The clips that play a part in protocol `name`: columns dataset, clip, role; sorted by dataset and clip.

    `manifests` holds the rows of all manifests at hand, `letters` and `adapters` say what each dataset is. A name that begins
    with a dataset's adapter may begin with the dataset's own name instead (`office-official` for a `folder` called `office`).
    `dev` says what becomes of training people where the protocol has no official dev: 20 % of them are its dev, or it has none.

    Raises:
        UserError: an unknown protocol, a dataset it needs is not in the manifests, or none of its clips is.
    """
    captures = Captures(manifests, letters, adapters)
    known, captures = _find(name, captures)
    roles = known.build(captures)
    if dev == "seeded":
        roles = carve(roles, seed)
    table = _table(roles)
    if table.empty:
        raise UserError(f"protocol {name}: no clip of the manifests plays a part in it")
    return table


def sampling(name: str, adapters: Mapping[str, str]) -> Mapping[str, str]:
    """Role -> the frame sampling policy that protocol `name` prescribes for its videos; empty for nearly all protocols.

    `adapters` says what each dataset is: a name may begin with a dataset's own name, as in `protocol`.
    """
    if name in PROTOCOLS:
        return PROTOCOLS[name].sampling
    aliases = (f"{adapter}{name[len(dataset) :]}" for dataset, adapter in adapters.items() if name.startswith(f"{dataset}-"))
    return next((PROTOCOLS[alias].sampling for alias in aliases if alias in PROTOCOLS), {})


def _find(name: str, captures: Captures) -> tuple[Protocol, Captures]:
    if name in PROTOCOLS:
        return PROTOCOLS[name], captures
    for dataset in captures.datasets:
        alias = f"{captures.adapters.get(dataset)}{name[len(dataset) :]}"
        if name.startswith(f"{dataset}-") and alias in PROTOCOLS:
            return PROTOCOLS[alias], captures.only(dataset)
    raise UserError(f"unknown protocol '{name}' (`fas protocols` lists the names)")


def _table(roles: Roles) -> pd.DataFrame:
    parts = {"train": roles.train, "dev": roles.dev, "test": roles.test, "source_eval": roles.source_eval}
    tables = [rows.assign(role=role)[list(COLUMNS)] for role, rows in parts.items() if rows is not None]
    return pd.concat(tables, ignore_index=True).sort_values(["dataset", "clip"], kind="stable", ignore_index=True)
