"""Deep SVDD: an autoencoder whose latents are drawn to one centre (Ruff et al. 2018). See README.md."""

from fas.features.cues.base import Cue, frames_only
from fas.features.cues.deep_svdd.params import DeepSvddParams

CUE = Cue(
    name="deep_svdd",
    title="Deep SVDD, with reconstruction",
    version=2,
    paper="001",
    params=DeepSvddParams,
    inputs=frames_only,
    implementation="fas.features.cues.deep_svdd.cue",
)
