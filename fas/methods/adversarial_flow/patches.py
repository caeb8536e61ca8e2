"""What the networks see: 32x32 windows of colour-coded flow maps, or of faces."""

from collections.abc import Iterable

import numpy as np

from fas.adversarial.model import PATCH
from fas.clips import FLOW, FRAMES, Clip
from fas.errors import UserError
from fas.features.flow_colour import colour, own_scale
from fas.methods.adversarial_flow.params import AdversarialFlowParams
from fas.sampling import evenly, read_arrays

_ARRAYS = {"flow": (FLOW, "flow"), "appearance": (FRAMES, "aligned")}


def source(params: AdversarialFlowParams) -> tuple[str, str]:
    """The feature and the array that hold the maps."""
    return _ARRAYS[params.input]


def maps_of(clip: Clip, params: AdversarialFlowParams) -> tuple[np.ndarray, np.ndarray]:
    """The numbers (F,) int32 of a clip's frames, and its maps: flow (F,2,h,w), or faces (F,h,w,3) uint8.

    Raises:
        UserError: the feature was computed without them.
    """
    feature, name = source(params)
    arrays = read_arrays(clip, feature, (name, "frame"))
    return arrays["frame"].astype(np.int32), arrays[name]


def scored(maps: np.ndarray, params: AdversarialFlowParams) -> np.ndarray:
    """The indices of the maps that are reconstructed, evenly spread over the clip."""
    return evenly(len(maps), params.score_frames)


def windows(size: tuple[int, int], stride: int) -> list[tuple[int, int]]:
    """The upper left corners (y, x) of all windows that lie inside a map of `size` (h, w), row by row.

    Raises:
        UserError: the map is smaller than a window.
    """
    if min(size) < PATCH:
        raise UserError(f"adversarial_flow: maps of {size[1]} x {size[0]} pixels are smaller than a window of {PATCH} (frames.pairs.size)")
    rows, columns = (range(0, side - PATCH + 1, stride) for side in size)
    return [(y, x) for y in rows for x in columns]


def size_of(maps: np.ndarray, params: AdversarialFlowParams) -> tuple[int, int]:
    """(h, w) of maps."""
    height, width = maps.shape[-2:] if params.input == "flow" else maps.shape[1:3]
    return height, width


def images(maps: np.ndarray, params: AdversarialFlowParams, scale: float) -> np.ndarray:
    """The maps as pictures (F,h,w,3) uint8: flow in colour, with `scale` pixels or each map's own maximum in full colour; or the faces."""
    if params.input == "appearance":
        return maps
    return colour(maps, own_scale(maps) if params.scale == "frame" else scale)


def normalised(pictures: np.ndarray) -> np.ndarray:
    """(N,h,w,3) uint8 -> (N,3,h,w) float32 in [-1, 1]."""
    return np.ascontiguousarray(pictures.transpose(0, 3, 1, 2), dtype=np.float32) / np.float32(127.5) - 1


def all_patches(maps: np.ndarray, params: AdversarialFlowParams, scale: float) -> np.ndarray:
    """Every window of every map: (F,W,3,32,32) float32 in [-1, 1]."""
    pictures = normalised(images(maps, params, scale))
    corners = windows(size_of(maps, params), params.stride)
    return np.stack([pictures[:, :, y : y + PATCH, x : x + PATCH] for y, x in corners], axis=1)


def one_patch(maps: np.ndarray, params: AdversarialFlowParams, scale: float, random: np.random.Generator) -> np.ndarray:
    """One window of one map, drawn: (3,32,32) float32 in [-1, 1]."""
    chosen = maps[random.integers(len(maps))][None]
    corners = windows(size_of(chosen, params), params.stride)
    y, x = corners[random.integers(len(corners))]
    if params.input == "flow" and params.scale == "training":  # the colour of a pixel depends on no other: code the window alone
        return normalised(images(chosen[:, :, y : y + PATCH, x : x + PATCH], params, scale))[0]
    return normalised(images(chosen, params, scale)[:, y : y + PATCH, x : x + PATCH])[0]


def training_scale(maps: Iterable[np.ndarray], percentile: float) -> float:
    """The percentile of |flow| over all pixels of all maps (F,2,h,w): the length in pixels that has full colour.

    Counted in thousandths of a pixel, so that no more than one clip is in memory.

    Raises:
        UserError: nothing moves in any of them.
    """
    counts = np.zeros(0, np.int64)
    for one in maps:
        lengths = np.hypot(*np.moveaxis(np.asarray(one, np.float32), 1, 0))
        found = np.bincount(np.rint(1000 * lengths).astype(np.int64).ravel())
        size = max(len(counts), len(found))
        counts = np.pad(counts, (0, size - len(counts))) + np.pad(found, (0, size - len(found)))
    scale = np.searchsorted(np.cumsum(counts), percentile / 100 * counts.sum()) / 1000
    if not scale > 0:
        raise UserError("adversarial_flow: nothing moves in the live training clips")
    return float(scale)
