"""DFG: the de-fake face generator, an identity-conditioned latent diffusion model of live faces (paper 001). See README.md."""

from fas.features.cues.base import Cue
from fas.features.cues.dfg.folder import check
from fas.features.cues.dfg.params import DfgParams, inputs

CUE = Cue(
    name="dfg",
    title="De-fake face generator (AG-FAS)",
    version=2,
    paper="001",
    params=DfgParams,
    inputs=inputs,
    implementation="fas.features.cues.dfg.cue",
    check=check,
)
