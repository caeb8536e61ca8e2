"""The proposed method of paper 003 and its plain autoencoder: the reconstruction error is the score (section 4.2.1)."""

from pathlib import Path

from torch import Tensor, nn

from fas.adversarial.loss import image_errors
from fas.adversarial.model import networks
from fas.adversarial.task import AdversarialTask
from fas.config import Runtime
from fas.one_class.data import Problem
from fas.one_class.fitting import apply, batches, fit, patches, steps
from fas.one_class.outcome import Outcome
from fas.one_class.params import OneClassParams
from fas.training import seeded


def adversarial(problem: Problem, params: OneClassParams, seed: int, scratch: Path, runtime: Runtime) -> Outcome:
    """Encoder-decoder against discriminator."""
    return _run(problem, params, seed, scratch, runtime, discriminator=True)


def autoencoder(problem: Problem, params: OneClassParams, seed: int, scratch: Path, runtime: Runtime) -> Outcome:
    """The same encoder-decoder without a discriminator."""
    return _run(problem, params, seed, scratch, runtime, discriminator=False)


def _run(problem: Problem, params: OneClassParams, seed: int, scratch: Path, runtime: Runtime, discriminator: bool) -> Outcome:
    chosen = params.networks.model_copy(update={"discriminator": discriminator})
    images = patches(problem.train)
    with seeded("one-class", seed):
        built = networks(chosen, channels=images.shape[1])
    task = AdversarialTask(built, chosen, batches(images, chosen.batch, seed))
    count = steps(len(images), chosen.batch, chosen.epochs)
    fit(task, steps=count, seed=seed, scratch=scratch, runtime=runtime, label="adversarial" if discriminator else "autoencoder")
    return scored(built["generator"], problem)


def scored(generator: nn.Module, problem: Problem) -> Outcome:
    """Errors and reconstructions of the test images."""
    test = patches(problem.test)

    def rebuild(images: Tensor) -> Tensor:
        return generator(images).images

    rebuilt = apply(rebuild, test, generator)
    return Outcome(image_errors(test, rebuilt).double().numpy(), rebuilt)
