"""Pseudo-negative features: attack features that no capture has, made between attack and live (paper 000). See README.md."""

from fas.methods.base import Method
from fas.methods.pseudo_negative.params import PseudoNegativeParams, inputs, weights

METHOD = Method(
    name="pseudo_negative",
    title="AlexNet with pseudo-negative features",
    version=1,
    paper="000",
    params=PseudoNegativeParams,
    inputs=inputs,
    implementation="fas.methods.pseudo_negative.train",
    weights=weights,
    embedding="fas.methods.pseudo_negative.score",
    layer="fc7, before its ReLU",
    figures="fas.methods.pseudo_negative.figures",
    export="fas.methods.pseudo_negative.export",
)
