"""SA-FAS: domains stay apart, the live-to-attack direction is one for all (Sun et al. 2023). See README.md."""

from fas.domains.params import inputs, weights
from fas.methods.base import Method
from fas.methods.safas.params import SafasParams

METHOD = Method(
    name="safas",
    title="Domain separability with aligned live-to-attack transitions",
    version=2,
    paper=None,
    params=SafasParams,
    inputs=inputs,
    implementation="fas.methods.safas.train",
    weights=weights,
    embedding="fas.methods.safas.score",
    layer="what the heads see",
)
