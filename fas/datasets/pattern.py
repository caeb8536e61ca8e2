"""A user's own pattern in place of a dataset's grammar, for copies whose names differ or are not public."""

import re
from dataclasses import fields, replace
from functools import partial

from fas.datasets.adapter import ATTACK, ATTACKS, Adapter, Capture, official_path
from fas.datasets.folder import media_type
from fas.datasets.words import LABELS, SPLITS, read
from fas.errors import UserError

_CONTAINERS = (".hdf5", ".h5")
GROUPS = tuple(field.name for field in fields(Capture) if field.name != "media")


def patterned(adapter: Adapter, pattern: str) -> Adapter:
    """The adapter with a regular expression of the user's as its grammar; its lists and label files do not count.

    It is matched against a whole path below the root, and its named groups fill the manifest's columns `GROUPS`. The groups
    `label` and `split` are words such as real, wax, val or test. A dataset with one attack class needs no group `attack`.

    Raises:
        UserError: no regular expression, an unknown or unnamed group, or no group `label` or `attack` where it is needed.
    """
    try:
        groups = re.compile(pattern)
        changed = replace(
            adapter,
            grammar=pattern,
            example=f"the pattern '{pattern}'",
            describe=partial(describe, attack=adapter.attack),
            identity=official_path,
            folder="",
            side=lambda tree: None,
            lists=lambda tree: (),
        )
        changed.pattern()
    except re.error as error:
        raise UserError(f"pattern '{pattern}': {error}") from None
    unknown = [group for group in groups.groupindex if group not in GROUPS]
    if unknown:
        raise UserError(f"pattern '{pattern}': unknown group '{unknown[0]}' (there is: {', '.join(GROUPS)})")
    if groups.groups > len(groups.groupindex):
        raise UserError(f"pattern '{pattern}': a group without a name (write (?:...) where none is meant)")
    needed = ("label",) if adapter.attack else ("label", "attack")
    for group in needed:
        if group not in groups.groupindex:
            raise UserError(f"pattern '{pattern}': no group '{group}'")
    return changed


def describe(match: re.Match[str], side: None, attack: str) -> Capture | None:
    """The capture; None for a file that is neither video nor image nor a container of frames.

    `attack` is the dataset's only attack class, if there is one.

    Raises:
        UserError: the label, the split or the attack class is none that there is.
    """
    media = "frames" if match[0].lower().endswith(_CONTAINERS) else media_type(match[0])
    if media is None:
        return None
    found = {name: value or "" for name, value in match.groupdict().items() if name in GROUPS}
    label = _word("label", LABELS, found["label"], match[0])
    if label == ATTACK:
        found["attack"] = found.get("attack") or attack
        if found["attack"] not in ATTACKS:
            raise UserError(f"{match[0]}: attack class '{found['attack']}' is none of {', '.join(ATTACKS)}")
    else:
        found |= {"attack": "", "instrument": ""}
    split = _word("split", SPLITS, found["split"], match[0]) if found.get("split") else ""
    return Capture(**{"subject": "", **found, "label": label, "split": split, "media": media})


def _word(group: str, words: dict[str, str], text: str, path: str) -> str:
    try:
        meaning = read(words, [text])
    except UserError as error:
        raise UserError(f"{path}: {group} {error}") from None
    if not meaning:
        raise UserError(f"{path}: {group} '{text}' is none of {', '.join(words)}")
    return meaning
