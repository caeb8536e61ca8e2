"""AnoDDPM: a diffusion model of pixels that a face is noised into and drawn back from (Wyatt et al. 2022). See README.md."""

from fas.features.cues.anoddpm.params import AnoddpmParams
from fas.features.cues.base import Cue, frames_only

CUE = Cue(
    name="anoddpm",
    title="Pixel diffusion (AnoDDPM)",
    version=2,
    paper="001",
    params=AnoddpmParams,
    inputs=frames_only,
    implementation="fas.features.cues.anoddpm.cue",
)
