"""Pictures inside index.html: small WebP files as data URIs, up to a size."""

import base64
from io import BytesIO

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

SIDE = 112  # pixels
_QUALITY = 80
_HARDLY = 20_000  # characters


class Album:
    """Pictures by key, as much as `megabytes` hold; figures have half of it at most. What does not fit is left out and counted."""

    def __init__(self, megabytes: float) -> None:
        self.pictures: dict[str, str] = {}
        self.left_out = 0
        self.size = 0  # characters
        self._room = int(megabytes * 1_000_000)
        self._reserved = self._room // 2

    def add(self, key: str, pictures: dict[str, np.ndarray]) -> bool:
        """Keep `pictures` (head -> (h,w,3) uint8), shrunk to `SIDE`, as `key head`, all or none; whether they are kept."""
        uris = {f"{key} {head}": _uri(_shrunk(picture)) for head, picture in pictures.items() if f"{key} {head}" not in self.pictures}
        return self._keep(uris, 0)

    def add_figure(self, key: str, figure: Figure) -> bool:
        """Keep a figure as it is drawn."""
        buffer = BytesIO()
        figure.savefig(buffer, format="png", dpi=110)
        return self._keep({key: _uri(Image.open(buffer).convert("RGB"))}, self._reserved)

    @property
    def full(self) -> bool:
        """Whether hardly anything fits any more: no need to make it."""
        return self._room < _HARDLY

    def _keep(self, uris: dict[str, str], reserved: int) -> bool:
        size = sum(map(len, uris.values()))
        if size > self._room - reserved:
            self.left_out += 1
            return False
        self._room -= size
        self.size += size
        self.pictures |= uris
        return True


def _shrunk(picture: np.ndarray) -> Image.Image:
    image = Image.fromarray(np.ascontiguousarray(picture))
    scale = SIDE / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.BOX if scale < 1 else Image.Resampling.NEAREST)


def _uri(image: Image.Image) -> str:
    buffer = BytesIO()
    image.save(buffer, format="WEBP", quality=_QUALITY, method=6)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()
