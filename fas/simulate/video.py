"""Writing video files of which every byte depends on the pixels only.

Motion JPEG and MPEG-4 part 2 at constant quality, on one thread: default H.264 encoders are not reproducible.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import av
import numpy as np


@dataclass(frozen=True)
class Format:
    """A container with its codec; `quantiser` is the constant quality (1 best .. 31)."""

    codec: str
    pixels: str
    quantiser: int


FORMATS = {
    "mov": Format("mjpeg", "yuvj420p", 3),
    "avi": Format("mpeg4", "yuv420p", 3),
    "mp4": Format("mpeg4", "yuv420p", 2),
}


def write(path: Path, frames: Iterable[np.ndarray], fps: int, rotation: int = 0) -> None:
    """Write (h,w,3) uint8 RGB frames; the suffix decides the format.

    `rotation` (degrees, counter-clockwise) becomes a display matrix: players turn the stored frames by it (mov and mp4).
    """
    form = FORMATS[path.suffix.removeprefix(".")]
    quality = {"qmin": str(form.quantiser), "qmax": str(form.quantiser), "flags": "+bitexact"}
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        stream = cast(av.VideoStream, container.add_stream(form.codec, rate=fps, options=quality))
        stream.codec_context.thread_count = 1
        stream.pix_fmt = form.pixels
        if rotation:
            stream.set_display_rotation(rotation)
        for number, frame in enumerate(frames):
            if number == 0:
                stream.height, stream.width = frame.shape[:2]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())


def truncate(path: Path, keep: float = 0.6) -> None:
    """Cut a file short. A mov loses its index, which is at its end, and can no longer be read."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
