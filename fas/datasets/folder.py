"""A team's own captures: `{train,dev,test}/{live,attack/<class>}/<subject>/<any video or image>`."""

import re

from fas.datasets.adapter import ATTACK, ATTACKS, LIVE, Adapter, Capture
from fas.datasets.walk import IMAGE_TYPES, VIDEO_TYPES
from fas.errors import UserError

_INSIDE = re.compile(r"(?:live|attack/(?P<attack>[^/]+))/(?P<subject>[^/]+)/.+", re.DOTALL)


def describe(match: re.Match[str], side: None) -> Capture | None:
    """The capture, or None for a file that is neither a video nor an image.

    Raises:
        UserError: a video or an image in the wrong place, or of an unknown attack class.
    """
    media = media_type(match["inside"])
    if media is None:
        return None
    split, inside = match["split"], _INSIDE.fullmatch(match["inside"])
    if inside is None:
        raise UserError(f"{match[0]}: captures lie in {split}/live/<subject>/ and {split}/attack/<class>/<subject>/")
    attack = inside["attack"] or ""
    if attack and attack not in ATTACKS:
        raise UserError(f"{match[0]}: attack class '{attack}' is none of {', '.join(ATTACKS)}")
    label = ATTACK if attack else LIVE
    return Capture(label=label, attack=attack, instrument=attack, subject=inside["subject"], split=split, media=media)


def media_type(path: str) -> str | None:
    """`video`, `image` or None by the extension, in any case."""
    extension = path.rpartition(".")[2].lower()
    if extension in VIDEO_TYPES:
        return "video"
    return "image" if extension in IMAGE_TYPES else None


ADAPTER = Adapter(
    name="folder",
    title="your own captures: {train,dev,test}/{live,attack/<class>}/<subject>/<file>",
    splits=("train", "test"),  # a dev folder is welcome, not asked for
    example="train/live/anna/door.mp4",
    grammar=r"(?P<split>train|dev|test)/(?P<inside>.+)",
    describe=describe,
)
