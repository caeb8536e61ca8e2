"""Meta-pseudo-labels with UDA on patches, fused with the PLGF branch (paper 004). See README.md in this folder."""

from fas.methods.base import Method
from fas.methods.meta_pseudo_label.params import MetaPseudoLabelParams, inputs

METHOD = Method(
    name="meta_pseudo_label",
    title="Meta-pseudo-labels, UDA and PLGF/AttVLAD",
    version=2,
    paper="004",
    params=MetaPseudoLabelParams,
    inputs=inputs,
    implementation="fas.methods.meta_pseudo_label.train",
    cue_maps="fas.methods.meta_pseudo_label.heat",
    figures="fas.methods.meta_pseudo_label.figures",
)
