from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision.models.optical_flow import raft_small

from fas.assets import sha256
from fas.config import Runtime
from fas.errors import UserError
from fas.features.flow import FlowWorker
from fas.features.flow_raft import Raft
from fas.features.params import FlowParams

PAIRS = np.random.default_rng(0).integers(0, 256, (2, 2, 40, 36, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("raft") / "raft_small.pth"
    torch.manual_seed(0)
    torch.save(raft_small(weights=None).state_dict(), path)
    return path


def used(path: Path, digest: str = "") -> tuple[FlowParams, Runtime]:
    params = FlowParams(algorithm="raft", model="raft_small", sha256=digest or sha256(path))
    return params, Runtime(weights=(("raft_small", str(path)),))


def test_any_size_of_picture_gives_a_flow_of_its_size(weights: Path) -> None:
    estimate = Raft(*used(weights))
    flow = estimate(PAIRS)
    assert flow.shape == (2, 2, 40, 36)
    assert flow.dtype == np.float32
    assert np.isfinite(flow).all()
    np.testing.assert_array_equal(estimate(PAIRS[1:])[0], flow[1])


def test_the_digest_is_what_the_key_knows_of_the_weights(weights: Path) -> None:
    params, _ = used(weights)
    assert FlowWorker(params).depends() == {"algorithm": "raft", "model": "raft_small", "sha256": sha256(weights)}
    with pytest.raises(UserError, match=r"flow\.sha256: give the SHA-256 of weights 'raft_small'"):
        FlowWorker(params.model_copy(update={"sha256": ""})).depends()


def test_missing_and_other_weights_are_told_in_one_line(weights: Path, tmp_path: Path) -> None:
    params, runtime = used(weights)
    cases = [
        (params, Runtime(), r"weights 'raft_small' missing: no path given \(fas.toml \[weights\] raft_small"),
        (
            params,
            Runtime(weights=(("raft_small", str(tmp_path / "no.pth")),)),
            r"weights 'raft_small' missing: no file .* \(fas.toml \[weights\] raft_small",
        ),
        (used(weights, "0" * 64)[0], runtime, "has SHA-256"),
    ]
    for section, given, message in cases:
        with pytest.raises(UserError, match=message) as error:
            FlowWorker(section).setup(given)
        assert "\n" not in str(error.value)
