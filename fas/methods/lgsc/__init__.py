"""LGSC: learned spoof cues, an image that is zero for live faces (paper 002). See README.md in this folder."""

from fas.methods.base import Method
from fas.methods.lgsc.params import LgscParams, inputs, weights

METHOD = Method(
    name="lgsc",
    title="LGSC: learning generalized spoof cues",
    version=3,
    paper="002",
    params=LgscParams,
    inputs=inputs,
    implementation="fas.methods.lgsc.train",
    cue_maps="fas.methods.lgsc.score",
    embedding="fas.methods.lgsc.score",
    layer="layer D4, averaged over the picture",
    figures="fas.methods.lgsc.figures",
    export="fas.methods.lgsc.export",
    weights=weights,
)
