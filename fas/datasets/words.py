"""Label and split out of folder names, for datasets whose exact names are not public."""

import re
from collections.abc import Collection, Iterable, Mapping

from fas.datasets.adapter import ATTACK, LIVE
from fas.errors import UserError

LABELS = {
    **dict.fromkeys(("live", "real", "genuine", "bonafide", "client"), LIVE),
    **dict.fromkeys(("attack", "attacks", "fake", "spoof", "mask", "wax", "imposter"), ATTACK),
}
SPLITS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("dev", "devel", "development", "val", "valid", "validation"), "dev"),
    **dict.fromkeys(("test", "testing"), "test"),
}


def read(words: Mapping[str, str], names: Iterable[str]) -> str:
    """What the first of `names` that holds one of `words` means; empty when none does. Any case; letters only make a word.

    Raises:
        UserError: one name holds words of two meanings.
    """
    for name in names:
        meanings = {words[word] for word in re.split(r"[^a-z]+", name.lower()) if word in words}
        if len(meanings) > 1:
            raise UserError(f"'{name}' says {' and '.join(sorted(meanings))}")
        if meanings:
            return meanings.pop()
    return ""


def only(words: Collection[str], name: str) -> bool:
    """Whether a name holds nothing but some of `words`. A number says something too."""
    return all(word in words for word in re.split(r"[^a-z0-9]+", name.lower()) if word)
