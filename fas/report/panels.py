"""What the pipeline makes of one frame of a clip: face, optical flow, reconstructions, residuals, and a method's cue map."""

import cv2
import numpy as np
from matplotlib import colormaps

from fas.clips import FLOW, FRAMES, Clip
from fas.features.cues import split
from fas.features.flow_colour import colour

FLOW_SCALE = 2.0  # pixels per gap that have full colour
RESIDUAL_GAIN = 2.0
FACE, CUE_MAP = "face", "cue map"


def frame_shown(clip: Clip) -> int:
    """The number of the clip's frame that is shown: the first that a cue maker has reconstructed, else the first of all."""
    made = _reconstructions(clip)
    return int(clip.read(made[0] if made else FRAMES)["frame"][0])


def face(clip: Clip) -> np.ndarray:
    """The aligned face (h,w,3) uint8 of the frame that is shown."""
    faces = clip.read(FRAMES)
    return faces["aligned"][_nearest(faces["frame"], frame_shown(clip))]


def panels(clip: Clip) -> dict[str, np.ndarray]:
    """Head -> picture (h,w,3) uint8; all of one frame, or of the nearest to it."""
    number = frame_shown(clip)
    found = {FACE: face(clip)}
    if clip.has(FLOW) and len(clip.read(FLOW)["flow"]):
        arrays = clip.read(FLOW)
        found["flow"] = colour(arrays["flow"][_nearest(arrays["frame"], number)], FLOW_SCALE)
    for name in _reconstructions(clip):
        arrays = clip.read(name)
        reconstruction = arrays["reconstruction"][_nearest(arrays["frame"], number)]
        cue = name.partition("/")[2]
        found[f"{cue} reconstruction"] = reconstruction
        found[f"{cue} residual"] = residual(found[FACE], reconstruction)
    return found


def residual(face: np.ndarray, reconstruction: np.ndarray) -> np.ndarray:
    """What the reconstruction (h,w,3) lacks of the face (H,W,3), shrunk to it, as uint8: grey is nothing."""
    height, width = reconstruction.shape[:2]
    shrunk = cv2.resize(face, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.clip(128 + RESIDUAL_GAIN * (shrunk - reconstruction), 0, 255).astype(np.uint8)


def coloured(cue_map: np.ndarray, top: float) -> np.ndarray:
    """A cue map (h,w), 0 = live, as (h,w,3) uint8: black at 0, bright from `top` on."""
    return colormaps["magma"](np.clip(cue_map / top if top > 0 else cue_map, 0, 1), bytes=True)[..., :3]


def caption(head: str, cue: str = "", top: float = 1.0) -> str:
    """What stands above a panel, in two lines: its name and its scale. `cue` names the method whose cue map it is."""
    if head == "flow":
        return f"flow\nfull colour: {FLOW_SCALE:g} px"
    if head == CUE_MAP:
        return f"{cue}: cue map\n0 to {top:.2g}"
    name, _, what = head.partition(" ")
    return f"{name}\n{what} x{RESIDUAL_GAIN:g}" if what == "residual" else f"{name}\n{what}" if what else name


def _reconstructions(clip: Clip) -> list[str]:
    """The cue makers' features: those of the makers themselves, of their variants only where there is no other."""
    found = sorted(name for name in clip.features if name.startswith("residuals/"))
    return [name for name in found if not split(name)[1]] or found


def _nearest(numbers: np.ndarray, number: int) -> int:
    return int(np.abs(np.asarray(numbers, np.int64) - number).argmin())
