"""Deep SVDD (Ruff et al. 2018), one-class objective: LeNet, pre-trained as an autoencoder, then drawn to a centre."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, leaky_relu, mse_loss

from fas.config import Runtime
from fas.one_class.data import Problem
from fas.one_class.fitting import apply, batches, fit, steps, tensor
from fas.one_class.outcome import Outcome
from fas.one_class.params import OneClassParams, SvddParams
from fas.training import Batch, Update, seeded

# Convolutions and code of the authors' LeNets, by the images' channels. No biases anywhere: with one, a constant is the best code.
_LENET = {1: ((8, 4), 32), 3: ((32, 64, 128), 128)}
_CENTRE_EPSILON = 0.1


class LeNet(nn.Module):
    """(N,C,S,S) -> codes (N,32) of digits, (N,128) of objects."""

    def __init__(self, channels: int, side: int) -> None:
        super().__init__()
        widths, code = _LENET[channels]
        inside = (channels, *widths)
        self.convolutions = nn.ModuleList(nn.Conv2d(a, b, 5, padding=2, bias=False) for a, b in zip(inside, widths, strict=False))
        self.norms = nn.ModuleList(nn.BatchNorm2d(width, eps=1e-4, affine=False) for width in widths)
        self.head = nn.Linear(widths[-1] * (side >> len(widths)) ** 2, code, bias=False)

    def forward(self, images: Tensor) -> Tensor:
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            images = nn.functional.max_pool2d(leaky_relu(norm(convolution(images))), 2)
        return self.head(images.flatten(1))


class Mirror(nn.Module):
    """The decoder for the pre-training: codes -> (N,C,S,S) in [0, 1]."""

    def __init__(self, channels: int, side: int) -> None:
        super().__init__()
        widths, code = _LENET[channels]
        outside = (*reversed(widths), channels)
        inside = (code // 16, *reversed(widths))
        self.sides = [side >> number for number in reversed(range(len(widths)))]
        self.convolutions = nn.ModuleList(nn.Conv2d(a, b, 5, padding=2, bias=False) for a, b in zip(inside, outside, strict=True))
        self.norms = nn.ModuleList(nn.BatchNorm2d(width, eps=1e-4, affine=False) for width in inside)

    def forward(self, codes: Tensor) -> Tensor:
        images = codes.unflatten(1, (-1, 4, 4))
        for convolution, norm, side in zip(self.convolutions, self.norms, [0, *self.sides], strict=True):
            images = leaky_relu(norm(images))
            images = convolution(interpolate(images, (side, side)) if side else images)
        return torch.sigmoid(images)


class _SvddTask:
    """Pre-training of encoder and decoder, or (with a `centre`) the one-class objective on the encoder alone."""

    def __init__(self, modules: dict[str, nn.Module], params: SvddParams, images: Tensor, seed: int, centre: Tensor | None = None) -> None:
        self.modules = modules
        weights = [weight for module in modules.values() for weight in module.train().parameters()]
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            "adam": torch.optim.Adam(weights, lr=params.learning_rate, weight_decay=params.weight_decay, fused=True)
        }
        self.batch = batches(images, params.batch, seed)
        self.centre = centre
        self.milestone = steps(len(images), params.batch, params.milestone)

    def rate(self, optimizer: str, step: int) -> float:
        return 1.0 if step < self.milestone else 0.1

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        images = batch["image"]
        codes = self.modules["encoder"](images)
        if self.centre is None:
            loss = mse_loss(self.modules["decoder"](codes), images)
        else:
            loss = ((codes - self.centre.to(codes.device)) ** 2).sum(1).mean()
        update("adam", loss)
        return {"loss": loss}


def deep_svdd(problem: Problem, params: OneClassParams, seed: int, scratch: Path, runtime: Runtime) -> Outcome:
    """The squared distance of an image's code from the centre."""
    train, test = normalised(tensor(problem.train), tensor(problem.test))
    channels, side = train.shape[1], train.shape[2]
    with seeded("one-class", seed):
        encoder, decoder = LeNet(channels, side), Mirror(channels, side)
    chosen = params.deep_svdd
    if chosen.pretrain_epochs:
        task = _SvddTask({"encoder": encoder, "decoder": decoder}, chosen, train, seed)
        count = steps(len(train), chosen.batch, chosen.pretrain_epochs)
        fit(task, steps=count, seed=seed, scratch=scratch, runtime=runtime, label="pretrain")
    encoder.eval()
    centre = away_from_zero(apply(encoder, train, encoder).mean(0))
    task = _SvddTask({"encoder": encoder}, chosen, train, seed, centre)
    fit(task, steps=steps(len(train), chosen.batch, chosen.epochs), seed=seed, scratch=scratch, runtime=runtime, label="svdd")
    return Outcome(((apply(encoder, test, encoder) - centre) ** 2).sum(1).double().numpy())


def normalised(train: Tensor, test: Tensor) -> tuple[Tensor, Tensor]:
    """Each image without its mean, divided by its mean absolute value; then the training images' range becomes [0, 1] (for both)."""

    def contrast(images: Tensor) -> Tensor:
        images = images - images.mean((1, 2, 3), keepdim=True)
        return images / images.abs().mean((1, 2, 3), keepdim=True).clamp(min=1e-6)

    train, test = contrast(train), contrast(test)
    low, high = train.min(), train.max()
    return (train - low) / (high - low), (test - low) / (high - low)


def away_from_zero(centre: Tensor) -> Tensor:
    """The centre with no part nearer to zero than 0.1: zero can be reached by zero weights."""
    sign = torch.where(centre < 0, -1.0, 1.0)
    return torch.where(centre.abs() < _CENTRE_EPSILON, sign * _CENTRE_EPSILON, centre)
