"""Parameters of the flow, identity and residuals stages. What the embedded default has is in params.yaml; the papers' values are named."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from fas.schema import Section

SHA256 = "^([0-9a-f]{64})?$"
STEPS = 1000  # of a diffusion model's noise schedule
Background = Literal["keep", "landmarks", "parsing"]


def _divides(grid: int) -> int:
    if STEPS % grid:
        raise ValueError(f"{grid} does not divide the schedule's {STEPS} steps")
    return grid


Grid = Annotated[int, Field(ge=1, le=STEPS), AfterValidator(_divides)]  # equal parts that the whole schedule is cut into


class FlowParams(Section):
    """Optical flow of the frame pairs. Paper 003 computes FlowNet2's, which needs weights and kernels of its own.

    `dis`: dense inverse search (Kroeger et al. 2016); `farneback`: polynomial expansion (Farnebäck 2003); both without weights.
    `raft`: torchvision's `model` with the user's file in [weights] under that name, whose SHA-256 is `sha256`.
    `precomputed`: the user's own .flo files, FlowNet2's say (fas/features/flow_files.py says where they lie).
    """

    algorithm: Literal["dis", "farneback", "raft", "precomputed"] = "dis"
    preset: Literal["ultrafast", "fast", "medium"] = "medium"  # of dis; fast errs by 0.1 px, medium by 0.01
    model: Literal["raft_large", "raft_small"] = "raft_large"
    sha256: str = Field("", pattern=SHA256)


class IdentityParams(Section):
    """The face recogniser that embeds the aligned faces.

    `model`: `sface` (it comes with a package), or the name of any ArcFace-style ONNX in the user's [weights], whose SHA-256 is `sha256`
    (paper 001: insightface's iResNet-18).
    `input`: `template112` warps the face onto insightface's 112 px template; `resized256` shrinks it as it is (paper 001).
    """

    model: str = Field("sface", min_length=1)
    sha256: str = Field("", pattern=SHA256)
    input: Literal["template112", "resized256"] = "template112"
    frames: int | None = Field(4, ge=1)  # at most so many of a clip, evenly spread; null: all. Cue makers look at no others


class ParsingParams(Section):
    """A face parser for `background: parsing` (paper 001: BiSeNet), an ONNX or TorchScript file of the user's.

    It takes pictures (B,3,size,size) in RGB, normalised as ImageNet's, and gives (B,K,h,w), a score per class; the masks of public
    BiSeNets have 19 classes, of which `face` are those of skin and features of the face. `weights`: its name in the user's [weights].
    """

    weights: str = ""
    sha256: str = Field("", pattern=SHA256)
    size: int = Field(512, ge=16)
    face: list[int] = Field(default=[1, 2, 3, 4, 5, 6, 10, 11, 12, 13], min_length=1)


class ResidualsParams(Section):
    """Which faces a cue maker reconstructs, and from which noise level on (paper 001: `t_start` 800, `grid` 50, so 41 calls).

    `background`: outside the face the reconstruction is the picture itself, so that the residual is zero there. `landmarks`: the face is
    an ellipse through what the five landmarks say; `parsing`: a parsing network's classes; `keep`: nothing is masked.
    """

    background: Background = "keep"
    parsing: ParsingParams = ParsingParams()
    t_start: int = Field(400, ge=1, le=STEPS)  # 1000: pure noise
    grid: Grid = 10
    frames: int | None = Field(4, ge=1)  # at most so many of a clip's with an identity, evenly spread; null: all (paper 001: 10)
    vae_batch: int | None = Field(None, ge=1)  # faces at once in a generator's autoencoder; null: `batch`
    batch: int = Field(4, ge=1)  # faces at once, always so many (blank ones fill up); a result depends on it in its last bit only
