"""The protocol lists that a copy carries, beside the rules that define the protocols."""

from collections.abc import Iterable

import pandas as pd

from fas.datasets.adapter import Adapter, Listed
from fas.datasets.protocols import protocol
from fas.datasets.walk import Tree
from fas.errors import UserError

SHOWN = 3


def check(adapter: Adapter, tree: Tree, manifest: pd.DataFrame) -> None:
    """Compare every official list in the copy with its protocol's rule. Only captures that are there count: a copy may be incomplete.

    Raises:
        UserError: a list and its rule disagree; the line names the list and the captures.
    """
    keyed = manifest.assign(key=[adapter.key(clip) for clip in manifest["clip"]])
    adapters = dict.fromkeys(keyed["dataset"], adapter.name)
    roles: dict[str, pd.DataFrame] = {}
    for listed in adapter.lists(tree):
        if listed.protocol not in roles:
            roles[listed.protocol] = _roles(listed.protocol, keyed, adapters)
        problems = _problems(listed, _by_rule(listed, roles[listed.protocol], keyed), keyed[keyed["label"].isin(listed.labels)])
        if problems:
            raise UserError(f"{listed.path}: not the {listed.role} captures of {listed.protocol}: {'; '.join(problems)}")


def _roles(name: str, keyed: pd.DataFrame, adapters: dict[str, str]) -> pd.DataFrame:
    try:
        return protocol(name, keyed, {}, adapters, dev="none")
    except UserError:  # nothing of this protocol is in the copy
        return pd.DataFrame({"clip": [], "role": []})


def _by_rule(listed: Listed, roles: pd.DataFrame, keyed: pd.DataFrame) -> set[str]:
    """The keys of the captures that the rule gives this list's role and labels."""
    clips = set(roles.loc[roles["role"] == listed.role, "clip"])
    return set(keyed.loc[keyed["clip"].isin(clips) & keyed["label"].isin(listed.labels), "key"])


def _problems(listed: Listed, by_rule: set[str], there: pd.DataFrame) -> list[str]:
    classes = dict(zip(there["key"], there["attack"], strict=True))
    in_list = {key for key in listed.entries if key in classes}
    wrong = {key for key in in_list & by_rule if classes[key] not in listed.entries[key]}
    found = {"not in its rule": in_list - by_rule, "missing in the list": by_rule - in_list, "with another label": wrong}
    return [f"{len(keys)} {what}: {_some(keys)}" for what, keys in found.items() if keys]


def _some(keys: Iterable[str]) -> str:
    ordered = sorted(keys)
    return ", ".join(ordered[:SHOWN]) + (", ..." if len(ordered) > SHOWN else "")
