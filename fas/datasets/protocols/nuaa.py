"""The official protocol of NUAA, which only its list files know."""

from fas.datasets.adapter import ATTACK, LIVE
from fas.datasets.protocols.captures import Captures, Protocol, Roles
from fas.datasets.protocols.inside import official as splits
from fas.errors import UserError


def official(captures: Captures) -> Roles:
    """The images of the train lists and those of the test lists. Most people are in both.

    Raises:
        UserError: a list was not there when the dataset was scanned: no image of its class has its split.
    """
    rows = captures.adapter("nuaa")
    for label, kind in ((LIVE, "client"), (ATTACK, "imposter")):
        there = rows[rows["label"] == label]
        missing = {"train", "test"} - set(there["split"])
        if missing and len(there):
            lists = " and ".join(f"{kind}_{split}_*.txt" for split in sorted(missing, reverse=True))
            raise UserError(f"protocol nuaa-official: no {label} image was in {lists} (put the lists beside the folders, scan again)")
    return splits(captures, "nuaa")


PROTOCOLS = (Protocol("nuaa-official", "NUAA, the images of the official train and test lists", official),)
