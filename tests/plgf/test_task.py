from pathlib import Path

import pandas as pd
import pytest
import torch
from torch import Tensor

from fas.config import Runtime
from fas.errors import UserError
from fas.plgf.attvlad import AttVLAD
from fas.plgf.plgf import Plgf
from fas.plgf.task import Faces, Optimisation, PlgfTask, clustered, score
from fas.sampling import generator
from fas.training import seeded, train

RUNTIME = Runtime()
SIDE = 32


class KilledError(Exception):
    pass


def faces(step: int) -> tuple[Tensor, Tensor]:
    """Live ones are smooth, attacks have a fine grid; of any brightness."""
    random = generator("faces", step)
    live = torch.arange(8) % 2 == 0
    smooth = torch.from_numpy(random.uniform(0.4, 0.6, (8, 3, SIDE, SIDE))).float()
    grid = 0.15 * (torch.arange(SIDE) % 2).float()
    gain = torch.from_numpy(random.uniform(0.5, 1.2, (8, 1, 1, 1))).float()
    return gain * (smooth + grid * (~live).float().view(8, 1, 1, 1)), live


def network() -> AttVLAD:
    with seeded("test", 3):
        return AttVLAD(width=2, clusters=4, hidden=8)


def fitted(scratch: Path, given: Faces = faces, steps: int = 12, seed: int = 1, **task: object) -> tuple[AttVLAD, pd.DataFrame]:
    built = network()
    training = PlgfTask(built, given, seed=seed, **task)  # type: ignore[arg-type]
    return built, train(training, steps=steps, seed=seed, scratch=scratch, runtime=RUNTIME, checkpoint_every=4)


def test_the_rate_falls_where_equation_30_says() -> None:
    rates = Optimisation()
    assert [rates.factor(step) for step in (0, 199, 200, 1999, 2000, 9000)] == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01])
    task = PlgfTask(network(), faces)
    assert task.rate("sgd", 200) == pytest.approx(0.1)
    (group,) = task.optimizers["sgd"].param_groups
    assert (group["lr"], group["momentum"], group["nesterov"], group["weight_decay"]) == (0.01, 0.9, False, 0)


def test_it_learns_what_can_be_learned(tmp_path: Path) -> None:
    built, history = fitted(tmp_path, steps=80, optimisation=Optimisation(learning_rate=0.03))
    assert history["loss"].iloc[-5:].mean() < 0.5 * history["loss"].iloc[:5].mean()
    images, live = faces(1000)
    assert torch.equal(score(built, images) > 0.5, live)


@pytest.mark.parametrize("centroids", ["kmeans", "random"])
def test_a_resumed_training_gives_the_same_bytes(tmp_path: Path, centroids: str) -> None:
    whole, history = fitted(tmp_path / "whole", centroids=centroids)

    def kills(step: int) -> tuple[Tensor, Tensor]:
        if step == 6:
            raise KilledError
        return faces(step)

    with pytest.raises(KilledError):
        fitted(tmp_path / "killed", kills, centroids=centroids)
    resumed, again = fitted(tmp_path / "killed", centroids=centroids)
    pd.testing.assert_frame_equal(again, history)
    for one, other in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_centroids_are_the_batch_s_own_and_the_network_is_left_as_it_was() -> None:
    built = network()
    before = {name: value.clone() for name, value in built.state_dict().items()}
    maps = Plgf()(faces(0)[0])
    found = clustered(built, maps, seed=0)
    assert found.shape == (4, 16)
    assert torch.equal(found, clustered(built, maps, seed=0))
    assert (found.norm(dim=1) <= 1 + 1e-6).all()  # means of unit vectors
    assert all(torch.equal(value, before[name]) for name, value in built.state_dict().items())
    task = PlgfTask(built, faces, centroids="kmeans")
    assert built.vlad is not None
    assert torch.equal(built.vlad.centroids, found)
    assert task.modules["plgf"] is built


def test_random_centroids_are_unit_vectors() -> None:
    built = network()
    PlgfTask(built, faces, centroids="random")
    assert built.vlad is not None
    torch.testing.assert_close(built.vlad.centroids.norm(dim=1), torch.ones(4))


def test_the_baseline_and_colours_are_trained_too(tmp_path: Path) -> None:
    for built, plgf in ((AttVLAD(width=2, vlad=False), Plgf(1)), (AttVLAD(3, width=2, clusters=4), Plgf(channels="rgb"))):
        task = PlgfTask(built, faces, plgf=plgf)
        history = train(task, steps=2, seed=0, scratch=tmp_path / str(built.maps), runtime=RUNTIME)
        assert history["loss"].notna().all()
        assert score(built, faces(0)[0], plgf).shape == (8,)


def test_scores_are_probabilities_that_do_not_know_the_gain(tmp_path: Path) -> None:
    built, _ = fitted(tmp_path)
    images, _ = faces(5)
    found = score(built, images)
    assert ((found > 0) & (found < 1)).all()
    torch.testing.assert_close(score(built, 0.5 * images), found, rtol=0, atol=1e-5)
    assert not built.training


def test_what_does_not_fit_is_one_line() -> None:
    with pytest.raises(UserError, match="an image gives 3 maps, the network reads 1"):
        PlgfTask(network(), faces, plgf=Plgf(channels="rgb"))
    with pytest.raises(UserError, match="the first batch has 1 different local features, fewer than its 4 clusters"):
        PlgfTask(network(), lambda step: (torch.full((2, 3, 16, 16), 0.5), torch.tensor([True, False])))
