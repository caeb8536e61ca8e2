"""Parameters of the frames stage."""

from typing import Literal

from pydantic import Field

from fas.schema import Section


class SamplingParams(Section):
    """Which frames of a clip: `uniform` (the middles of k equal parts), `ssdg` (index 6 + j*floor(n/k), as SSDG's and AG-FAS's code)
    or `first60` (uniform among the first 60)."""

    policy: Literal["uniform", "ssdg", "first60"] = "uniform"
    k: int = Field(default=8, ge=1)


class PairParams(Section):
    """Frame pairs for optical flow: k uniform start frames, each with the frame `gap` later; size in pixels. k = 0: none."""

    k: int = Field(default=12, ge=0)
    gap: int = Field(default=3, ge=1)
    size: int = Field(default=96, ge=16)


class NativeParams(Section):
    """The unresampled face crop: `margin` times the box's longer side, at least `min_size` pixels."""

    margin: float = Field(default=1.3, ge=1.0, le=4.0)
    min_size: int = Field(default=224, ge=16)


class DetectorParams(Section):
    """MTCNN. The paper's detector looks for faces from `min_face` pixels on whatever the frame's size: `min_face_share` 0.

    `min_face_share` is the smallest face as a share of the frame's shorter side (the larger of the two bounds holds): in
    presentation attacks the face is near, and on 1080 rows most of a full pyramid's work goes into faces of 20 pixels.
    `confident`: a face at least so sure is preferred by its size, and a propagated one below it is looked for anew.
    `batch`: frames that one P-Net pass takes.
    """

    min_face: int = Field(default=20, ge=12)
    min_face_share: float = Field(default=0.05, ge=0.0, le=1.0)
    thresholds: list[float] = Field(default=[0.6, 0.7, 0.8], min_length=3, max_length=3)
    factor: float = Field(default=0.709, ge=0.3, le=0.95)
    confident: float = Field(default=0.9, ge=0.0, le=1.0)
    batch: int = Field(default=8, ge=1)


class FramesParams(Section):
    """The frames stage. `size`: side of the aligned face in pixels. `propagate`: refine the previous frame's box instead of a full
    detection in every frame. `antialias`: average when a face is shrunk (off: plain bilinear, as is usual in the literature's code)."""

    size: int = Field(default=128, ge=16)
    sampling: SamplingParams = SamplingParams()
    pairs: PairParams = PairParams()
    views: list[Literal["aligned", "native"]] = Field(default=["aligned"], min_length=1)
    native: NativeParams = NativeParams()
    detector: DetectorParams = DetectorParams()
    propagate: bool = True
    antialias: bool = True
