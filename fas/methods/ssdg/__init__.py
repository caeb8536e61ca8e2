"""SSDG: single-side domain generalisation (Jia et al. 2020), a baseline of paper 001 and the strategy that AG-FAS trains with."""

from fas.domains.params import inputs, weights
from fas.methods.base import Method
from fas.methods.ssdg.params import SsdgParams

METHOD = Method(
    name="ssdg",
    title="Single-side domain generalisation (SSDG)",
    version=2,
    paper=None,
    params=SsdgParams,
    inputs=inputs,
    implementation="fas.methods.ssdg.train",
    weights=weights,
    embedding="fas.methods.ssdg.score",
    layer="the normalised feature that the classifier sees",
)
