"""MemAE: an autoencoder whose latent is put together from learned prototypes (Gong et al. 2019). See README.md."""

from fas.features.cues.base import Cue, frames_only
from fas.features.cues.memae.params import MemaeParams

CUE = Cue(
    name="memae",
    title="Memory-augmented autoencoder (MemAE)",
    version=2,
    paper="001",
    params=MemaeParams,
    inputs=frames_only,
    implementation="fas.features.cues.memae.cue",
)
