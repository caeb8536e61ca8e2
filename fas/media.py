"""Captures as upright RGB frames: videos, still images and HDF5 frame containers behind one interface.

Rotation (a video's display matrix, a picture's EXIF orientation) is applied exactly once, here and nowhere else. Frames are
counted by decoding: what a container says of itself is only a first guess. A video that breaks off is used up to the break if at
least half of what its header promises can be decoded (a damaged packet in the middle is skipped), and is an error otherwise.

    count, frames = select_frames(path, choose=lambda count: range(0, count, 10), media="video")
"""

import itertools
import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from PIL import Image, ImageOps

from fas.errors import UnreachableError, UserError

Media = Literal["video", "image", "frames"]
Choose = Callable[[int], Collection[int]]

PICTURES = ("JPEG", "PNG", "BMP", "TIFF", "WEBP", "PPM", "JPEG2000", "AVIF")  # Pillow also takes MPEG streams for pictures
CONTAINERS = (".h5", ".hdf5")
RAW_COLOUR = "intelsr300_bgr"
SHORTEST = 0.5  # of the promised frames; a clip shorter than that does not show what it was recorded to show

_EXACT = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.BITEXACT  # the same RGB on every processor

logging.getLogger("libav").setLevel(logging.CRITICAL)  # damage is told once, as an error of ours


def media_of(path: Path) -> Media:
    """What kind of media a file holds, judged by its content. Anything that is no picture and no HDF5 file is tried as a video."""
    if path.suffix.lower() in CONTAINERS:
        return "frames"
    try:
        with Image.open(path, formats=PICTURES):
            return "image"
    except (OSError, ValueError, Image.DecompressionBombError):
        return "video"


def read_frames(path: Path, numbers: Collection[int], media: Media = "video") -> list[np.ndarray]:
    """The frames with these numbers (from 0), in the given order: each (H,W,3) uint8 RGB, upright.

    Raises:
        UserError: as `select_frames`, or there is no frame of that number.
    """
    count, frames = select_frames(path, lambda count: [number for number in numbers if 0 <= number < count], media)
    missing = [number for number in numbers if number not in frames]
    if missing:
        raise UserError(f"{path.name}: no frame {missing[0]} (it has {count})")
    return [frames[number] for number in numbers]


def select_frames(path: Path, choose: Choose, media: Media = "video") -> tuple[int, dict[int, np.ndarray]]:
    """The number of frames, and the frames that `choose(count)` asks for: frame number -> (H,W,3) uint8 RGB, upright.

    A video is decoded once, from its beginning to its end; only what is asked for is converted to RGB.

    Raises:
        UserError: one line: no such file, empty, no media, no frame in it, or less than half of the promised frames.
    """
    if not path.is_file():
        raise UnreachableError(f"{path.name}: no such file")
    if path.stat().st_size == 0:
        raise UserError(f"{path.name}: empty file")
    if media == "image":
        picture = _read_picture(path)
        return 1, {number: picture for number in choose(1) if number == 0}
    if media == "frames":
        return _read_container(path, choose)
    return _read_video(path, choose)


def _read_video(path: Path, choose: Choose) -> tuple[int, dict[int, np.ndarray]]:
    try:
        guess, promised = _promise(path)
        count, frames = _decode(path, choose(guess))
        if count == 0:
            raise UserError(f"{path.name}: no frame can be decoded")
        if count < SHORTEST * promised:
            raise UserError(f"{path.name}: breaks off after {count} of {promised} frames")
        wanted = choose(count)
        if not set(wanted) <= frames.keys():  # the guess was wrong: once more, now knowing the number
            count, frames = _decode(path, wanted)
    except av.FFmpegError as error:
        raise UserError(f"{path.name}: not a readable video or image ({error.strerror})") from None
    return count, {number: frames[number] for number in wanted}


def _promise(path: Path) -> tuple[int, int]:
    """How many packets a video has (the guess at its frames), and how many frames its header promises (0: it does not say)."""
    with av.open(str(path), metadata_errors="ignore") as container:
        stream = _video_stream(path, container)
        packets = sum(1 for packet in _packets(container, stream) if not packet.is_discard)
        seconds = stream.duration * stream.time_base if stream.duration else (container.duration or 0) / av.time_base
        claims = [claim for claim in (stream.frames, round(seconds * (stream.average_rate or 0))) if claim > 0]
        edited = "mp4" in container.format.name  # an edit list may hide frames that the sample table counts
        return packets, (min if edited else max)(claims, default=0)


def _decode(path: Path, wanted: Collection[int]) -> tuple[int, dict[int, np.ndarray]]:
    wanted = set(wanted)
    frames: dict[int, np.ndarray] = {}
    count = 0
    reformatter = VideoReformatter()
    with av.open(str(path), metadata_errors="ignore") as container:
        stream = _video_stream(path, container)
        stream.codec_context.thread_count = 1
        for frame in _decoded(container, stream):
            if count in wanted:
                image = reformatter.reformat(frame, format="rgb24", interpolation=_EXACT, threads=1).to_ndarray()
                frames[count] = _upright(image, _display_matrix(frame), path)
            count += 1
    return count, frames


def _video_stream(path: Path, container: Any) -> Any:
    if not container.streams.video:
        raise UserError(f"{path.name}: no video in it")
    return container.streams.video[0]


def _packets(container: Any, stream: Any) -> Iterator[Any]:
    """The packets that hold something, up to the end or to where the file breaks off."""
    try:
        yield from (packet for packet in container.demux(stream) if packet.size)
    except av.FFmpegError:
        return


def _decoded(container: Any, stream: Any) -> Iterator[Any]:
    for packet in itertools.chain(_packets(container, stream), [None]):  # None: what the decoder still holds back
        try:
            yield from stream.codec_context.decode(packet)
        except av.FFmpegError:
            continue  # a damaged packet: the decoder goes on with the next one


def _display_matrix(frame: Any) -> tuple[int, int, int, int]:
    """The signs (a, b, c, d) of the display matrix: a stored point (x, y) is shown at (ax + cy, bx + dy)."""
    side = frame.side_data.get("DISPLAYMATRIX")
    if side is None:
        return 1, 0, 0, 1
    a, b, _, c, d, *_ = np.sign(np.frombuffer(bytes(side), np.int32)).tolist()
    return (a, b, c, d) if (a, b, c, d) != (0, 0, 0, 0) else (1, 0, 0, 1)


def _upright(image: np.ndarray, matrix: tuple[int, int, int, int], path: Path) -> np.ndarray:
    """Apply a display matrix of quarter turns and mirrorings to an (H,W,3) image."""
    a, b, c, d = matrix
    if (b or c) and (a or d):
        raise UserError(f"{path.name}: its display matrix is no quarter turn")
    if b or c:
        image = image.swapaxes(0, 1)
    if a + c < 0:
        image = image[:, ::-1]
    if b + d < 0:
        image = image[::-1]
    return np.ascontiguousarray(image)


def _read_picture(path: Path) -> np.ndarray:
    try:
        with Image.open(path, formats=PICTURES) as picture:
            return np.array(ImageOps.exif_transpose(picture).convert("RGB"))
    except MemoryError:
        raise
    except Exception as error:  # a damaged picture makes its decoder raise nearly anything
        if isinstance(error, OSError) and error.errno:
            raise UnreachableError(f"{path.name}: cannot be read: {error.strerror}") from None
        reason = (str(error).splitlines() or [type(error).__name__])[0].replace(str(path), path.name)
        raise UserError(f"{path.name}: not a readable image ({reason})") from None


def _read_container(path: Path, choose: Choose) -> tuple[int, dict[int, np.ndarray]]:
    """WMCA's two layouts; of a file only the chosen frames are read.

    Preprocessed: groups `Frame_<k>` with `array` (3,H,W) or (H,W,3) uint8 RGB; missing numbers are skipped, frames count from 0.
    Raw: the colour camera's stream `intelsr300_bgr` (N,H,W,3) uint8 BGR, as it was recorded.
    """
    try:
        h5py = import_module("h5py")
    except ImportError:
        raise UserError(f"{path.name}: HDF5 frames are read with h5py (pip install h5py)") from None
    try:
        with h5py.File(path, "r") as file:
            raw, keys = file.get(RAW_COLOUR), _frame_keys(file)
            count = len(keys) if raw is None else len(raw)
            stored = {number: np.asarray(file[keys[number]]["array"] if raw is None else raw[number]) for number in choose(count)}
    except (OSError, KeyError, TypeError, ValueError, IndexError) as error:
        raise UserError(f"{path.name}: not a readable frame container ({str(error).splitlines()[0]})") from None
    if not count:
        raise UserError(f"{path.name}: no Frame_<k> and no frame of {RAW_COLOUR} in it")
    frames = {number: _channels_last(image, path) for number, image in stored.items()}
    return count, frames if raw is None else {number: np.ascontiguousarray(image[..., ::-1]) for number, image in frames.items()}


def _frame_keys(file: Iterable[str]) -> list[str]:
    """The names `Frame_<k>` in a file, by number."""
    return sorted((key for key in file if key.startswith("Frame_")), key=lambda key: int(key.removeprefix("Frame_")))


def _channels_last(image: np.ndarray, path: Path) -> np.ndarray:
    if image.ndim == 3 and image.shape[0] == 3:
        image = image.transpose(1, 2, 0)
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise UserError(f"{path.name}: frames of shape {image.shape} and type {image.dtype} are no colour images")
    return np.ascontiguousarray(image)
