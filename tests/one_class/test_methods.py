"""Every method on a few synthetic digits: it tells the normal class apart, whatever stands beside an image in the test."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fas.config import Runtime
from fas.one_class.data import Images, problem
from fas.one_class.deep_svdd import away_from_zero, normalised
from fas.one_class.methods import methods
from fas.one_class.params import ClassicalParams, NetworkParams, OneClassParams, SvddParams
from fas.one_class.results import auc

RUNTIME = Runtime(threads=1)
TINY = OneClassParams(
    networks=NetworkParams(width=0.1, latent=4, epochs=20, batch=4, learning_rate=5e-3),
    deep_svdd=SvddParams(pretrain_epochs=5, epochs=25, milestone=20, batch=3, learning_rate=1e-3),
    classical=ClassicalParams(folds=2, bandwidths=[0.5, 1.0]),
)


DIGITS, OBJECTS = (28, 1), (32, 3)
CASES = [*((name, DIGITS) for name in methods()), ("deep_svdd", OBJECTS), ("adversarial", OBJECTS)]


@pytest.mark.parametrize(("name", "images"), CASES, indirect=["images"])
def test_it_tells_the_normal_class_apart_and_a_score_does_not_depend_on_the_other_test_images(
    tmp_path: Path, images: Images, name: str
) -> None:
    whole = problem(images, 3)
    run = methods()[name].load()
    scores = run(whole, TINY, 0, tmp_path / "a", RUNTIME).scores
    assert scores.shape == (len(images.test),)
    assert np.isfinite(scores).all()
    assert auc(scores, images.test_labels != 3) > 80
    few = run(replace(whole, test=whole.test[:4]), TINY, 0, tmp_path / "b", RUNTIME).scores
    np.testing.assert_allclose(few, scores[:4], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("images", [DIGITS], indirect=True)
@pytest.mark.parametrize("name", ["adversarial", "autoencoder", "dae", "vae"])
def test_the_optimizer_asked_for_is_the_one_that_trains(tmp_path: Path, images: Images, name: str) -> None:
    """Plain gradient descent with a vanishing rate leaves the first weights; Adam's steps have a length of their own."""
    runs = {}
    for optimizer, rate in (("sgd", 1e-30), ("sgd", 1e-29), ("sgd", 1e-2), ("adam", 1e-2)):
        networks = NetworkParams(width=0.1, latent=4, epochs=1, batch=6, optimizer=optimizer, learning_rate=rate)
        chosen = TINY.model_copy(update={"networks": networks})
        runs[optimizer, rate] = methods()[name].load()(problem(images, 3), chosen, 0, tmp_path / f"{optimizer}{rate}", RUNTIME).scores
        assert methods()[name].used(chosen)["optimizer"] == optimizer
    np.testing.assert_array_equal(runs["sgd", 1e-30], runs["sgd", 1e-29])
    assert not np.array_equal(runs["sgd", 1e-2], runs["sgd", 1e-30])
    assert not np.array_equal(runs["sgd", 1e-2], runs["adam", 1e-2])


def test_the_denoising_noise_is_read_by_nobody_else() -> None:
    louder = TINY.model_copy(update={"networks": TINY.networks.model_copy(update={"noise": 0.9})})
    assert {name for name, one in methods().items() if one.used(TINY) != one.used(louder)} == {"dae"}


def test_no_part_of_the_centre_is_near_zero() -> None:
    centre = away_from_zero(torch.tensor([-2.0, -0.01, 0.0, 0.01, 3.0]))
    torch.testing.assert_close(centre, torch.tensor([-2.0, -0.1, 0.1, 0.1, 3.0]))


def test_the_range_is_that_of_the_training_images() -> None:
    train, test = torch.rand(5, 1, 8, 8), torch.rand(3, 1, 8, 8) ** 8
    ours, theirs = normalised(train, test)
    assert (ours.min().item(), ours.max().item()) == (0.0, 1.0)
    torch.testing.assert_close(theirs[:1], normalised(train, test[:1])[1])
