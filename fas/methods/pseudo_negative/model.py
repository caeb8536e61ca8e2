"""AlexNet in two parts: the extractor up to the features that pseudo features are made of, and the classifier behind them.

extractor, classifier = Extractor(params), Classifier(params)
logits = classifier(extractor(images))
"""

import torch
from torch import Tensor, nn

from fas.methods.pseudo_negative.generator import Generator
from fas.methods.pseudo_negative.params import PseudoNegativeParams

WIDTHS = (1, 3, 6, 4, 4)  # output channels of conv1 ... conv5, in those of conv1 (AlexNet: 64)
HIDDEN = 64  # units of fc6 and fc7, in the same unit (AlexNet: 4096)
PAPER_WIDTH = 64
PAPER_SIDE = 6  # of conv5's map after pooling, for images of 224 pixels


def side(size: int) -> int:
    """Height and width of conv5's map after pooling, for square images of `size` pixels."""
    after = (size - 7) // 4 + 1
    for _ in range(3):
        after = (after - 3) // 2 + 1
    return after


def feature_size(params: PseudoNegativeParams) -> int:
    """D, the number of features at the chosen layer."""
    return params.width * (WIDTHS[-1] if params.layer == "conv5" else HIDDEN)


class Extractor(nn.Module):
    """AlexNet up to the chosen layer; without norm the layers are named as in torchvision."""

    def __init__(self, params: PseudoNegativeParams) -> None:
        super().__init__()
        width, hidden = params.width, params.width * HIDDEN
        self.whole = params.layer != "conv5"
        self.after = params.activation == "after"
        self.features = _convolutions(width, params.norm == "batch", self.whole)
        fc6 = [nn.Dropout(params.dropout), nn.Linear(WIDTHS[-1] * width * side(params.size) ** 2, hidden)]
        fc7 = [nn.ReLU(), nn.Dropout(params.dropout), nn.Linear(hidden, hidden)]
        self.classifier = nn.Sequential(*{"conv5": [], "fc6": fc6, "fc7": fc6 + fc7}[params.layer])
        _initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        """(N,3,S,S) normalised -> features (N,D)."""
        maps = self.features(images)
        features = self.classifier(maps.flatten(1)) if self.whole else maps.mean(dim=(2, 3))
        return torch.relu(features) if self.after else features


def _convolutions(width: int, norm: bool, whole: bool) -> nn.Sequential:
    """conv1 ... conv5; the last one's ReLU and pooling only in the `whole` network."""
    channels = [3, *(width * factor for factor in WIDTHS)]
    geometry = [(11, 4, 2), (5, 1, 2), (3, 1, 1), (3, 1, 1), (3, 1, 1)]  # kernel, stride, padding
    layers: list[nn.Module] = []
    for index, (kernel, stride, padding) in enumerate(geometry):
        layers.append(nn.Conv2d(channels[index], channels[index + 1], kernel, stride, padding))
        if norm:
            layers.append(nn.BatchNorm2d(channels[index + 1]))
        if index < 4 or whole:
            layers.append(nn.ReLU(inplace=True))
        if index in (0, 1) or (index == 4 and whole):
            layers.append(nn.MaxPool2d(3, 2))
    return nn.Sequential(*layers)


class Classifier(nn.Module):
    """The rest of AlexNet, with two logits (attack, live). `rest` is fc7 when the features are fc6's, else empty."""

    def __init__(self, params: PseudoNegativeParams) -> None:
        super().__init__()
        size = feature_size(params)
        fc7 = [nn.Dropout(params.dropout), nn.Linear(size, size), nn.ReLU()]
        self.rest = nn.Sequential(*(fc7 if params.layer == "fc6" else []))
        self.head = nn.Linear(size, 2)
        _initialise(self)

    def forward(self, features: Tensor) -> Tensor:
        """(N,D) -> logits (N,2) of (attack, live)."""
        return self.head(self.rest(torch.relu(features)))


def _initialise(network: nn.Module) -> None:
    """He's normal weights: torchvision's initial ones shrink the signal with every layer."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            assert module.bias is not None
            nn.init.zeros_(module.bias)


class Live(nn.Module):
    """Extractor and classifier as one: images -> the probability of live."""

    def __init__(self, extractor: nn.Module, classifier: nn.Module) -> None:
        super().__init__()
        self.extractor, self.classifier = extractor, classifier

    def forward(self, images: Tensor) -> Tensor:
        """(N,3,S,S) normalised -> (N,) in [0, 1]."""
        return self.classifier(self.extractor(images)).softmax(dim=1)[:, 1]


def imagenet_layers(extractor: Extractor, classifier: Classifier) -> nn.Module:
    """The layers that ImageNet weights are of, by torchvision's names; they share their weights with the networks given."""
    named: dict[str, nn.Module] = {name: module for name, module in extractor.classifier.named_children() if isinstance(module, nn.Linear)}
    if len(classifier.rest):
        named["4"] = classifier.rest[1]
    layers = nn.Module()
    layers.features, layers.classifier = extractor.features, nn.ModuleDict(named)
    return layers


def networks(params: PseudoNegativeParams) -> dict[str, nn.Module]:
    """Extractor, classifier and, unless its loss has no weight, the generator; random weights."""
    built: dict[str, nn.Module] = {"extractor": Extractor(params), "classifier": Classifier(params)}
    if params.pseudo_weight:
        built["generator"] = Generator(params, feature_size(params))
    return built
