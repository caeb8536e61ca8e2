"""Adversarial training on optical flow of live faces alone (paper 003). See README.md in this folder."""

from operator import attrgetter

from fas.methods.adversarial_flow.params import AdversarialFlowParams, inputs
from fas.methods.base import Method

METHOD = Method(
    name="adversarial_flow",
    title="Adversarial training on optical flow, live faces only",
    version=2,
    paper="003",
    params=AdversarialFlowParams,
    inputs=inputs,
    implementation="fas.methods.adversarial_flow.train",
    live_percentile=attrgetter("live_percentile"),
    figures="fas.methods.adversarial_flow.figures",
)
