"""The split of digits that have none, protocol 2, and where datasets are looked for."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fas.config import Config
from fas.errors import UserError
from fas.one_class.data import Images, problem, source, stratified
from fas.one_class.params import OneClassParams, load

ROOT = Path(__file__).resolve().parents[2]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.floats(0.05, 0.95), st.integers(0, 5))
def test_a_split_parts_every_class_by_itself(labels: list[int], share: float, seed: int) -> None:
    values = np.array(labels)
    train, test = stratified(values, share, seed)
    assert sorted([*train, *test]) == list(range(len(values)))
    for label in set(labels):
        assert (values[test] == label).sum() == round(share * labels.count(label))
    assert all(np.array_equal(one, two) for one, two in zip((train, test), stratified(values, share, seed), strict=True))


def test_another_seed_is_another_split() -> None:
    labels = np.zeros(50, int)
    assert not np.array_equal(stratified(labels, 0.5, 0)[1], stratified(labels, 0.5, 1)[1])


def test_only_normal_images_are_trained_on_and_all_are_tested(images: Images) -> None:
    one = problem(images, 4)
    np.testing.assert_array_equal(one.train, images.train[images.train_labels == 4].astype(np.float32) / 255)
    assert len(one.test) == len(images.test)
    assert 0 <= one.test.min() <= one.test.max() <= 1


def test_a_class_that_is_not_there_is_one_line(images: Images) -> None:
    lacking = Images(images.train, np.zeros_like(images.train_labels), images.test, images.test_labels)
    with pytest.raises(UserError, match="class 1: 0 training and 3 of 30 test images are too few"):
        problem(lacking, 1)


def test_the_user_says_where_a_dataset_lies(tmp_path: Path) -> None:
    params = OneClassParams()
    assert source("digits", params, Config(), tmp_path).root == tmp_path
    assert source("mnist", params, Config(roots={"mnist": "/x"})).root == Path("/x")
    with pytest.raises(
        UserError, match=r"dataset 'cifar10': nobody said where it lies \(fas.toml \[roots\] cifar10, or FAS_ROOT_CIFAR10\)"
    ):
        source("cifar10", params, Config())


def test_the_default_s_file_says_the_defaults() -> None:
    assert load(ROOT / "stages/one_class/params.yaml") == OneClassParams()


def test_the_papers_sizes_are_there() -> None:
    paper = load(ROOT / "stages/one_class/paper.yaml")
    assert (paper.networks.width, paper.networks.latent, paper.deep_svdd.pretrain_epochs, paper.deep_svdd.milestone) == (1.0, 100, 150, 50)
    assert paper.datasets == ["mnist", "cifar10"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("datasets: [faces]", "datasets.0"),
        ("datasets: [digits, mnist]", "'digits' and 'mnist' would fill the same columns"),
        ("classes: [1, 1]", "classes are different numbers of 0..9"),
        ("networks: {discriminator: false}", "networks.discriminator"),
        ("epochs: 3", "epochs: unknown key"),
    ],
)
def test_bad_parameters_are_one_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=told) as error:
        load(path)
    assert "\n" not in str(error.value)
