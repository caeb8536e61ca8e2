"""AG-FAS's classifier: OA-Net, the off-real attention network, trained with SSDG (paper 001). See README.md."""

from fas.domains.params import inputs, weights
from fas.methods.agfas.params import AgfasParams
from fas.methods.base import Method

METHOD = Method(
    name="agfas",
    title="Off-real attention network (AG-FAS)",
    version=2,
    paper="001",
    params=AgfasParams,
    inputs=inputs,
    implementation="fas.methods.agfas.train",
    weights=weights,
    cue_maps="fas.methods.agfas.cue_maps",
    embedding="fas.methods.ssdg.score",
    layer="the normalised feature that the classifier sees",
)
