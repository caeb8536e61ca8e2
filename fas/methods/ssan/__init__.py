"""SSAN: shuffled style assembly (Wang et al. 2022), content and style of a face apart and recombined. See README.md."""

from fas.domains.params import inputs, weights
from fas.methods.base import Method
from fas.methods.ssan.params import SsanParams

METHOD = Method(
    name="ssan",
    title="Shuffled style assembly",
    version=2,
    paper=None,
    params=SsanParams,
    inputs=inputs,
    implementation="fas.methods.ssan.train",
    weights=weights,
    embedding="fas.methods.ssan.score",
    layer="the content with its own style, before the head",
)
