import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from fas.complexity import measure as module
from fas.complexity.count import operations, parameters
from fas.complexity.figure import draw
from fas.complexity.measure import measure
from fas.complexity.networks import NETWORKS, SIDE, PlgfBranch
from fas.complexity.timing import interleaved
from fas.config import Runtime
from fas.errors import UserError
from fas.tables.complexity import COLUMNS, versions
from fas.tables.published import published
from fas.tables.spec import PlainSpec, load_any

RUNTIME = Runtime()


class Small(nn.Module):
    """Notes its name at every call."""

    def __init__(self, name: str, called: list[str]) -> None:
        super().__init__()
        self.name = name
        self.called = called
        self.conv = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(4)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.called.append(self.name)
        assert not self.training
        return self.norm(self.conv(images))


def small(called: list[str]) -> dict[str, Small]:
    return {name: Small(name, called) for name in ("a", "b", "c")}


def table() -> PlainSpec:
    spec = load_any("004-T14")
    assert isinstance(spec, PlainSpec)
    return spec


@pytest.mark.parametrize(
    ("name", "count", "giga"),
    [("ResNet18", 11_689_512, 1.814), ("MobileNetV2", 3_504_872, 0.301), ("WideResNet", 1_466_578, 10.503), ("AttVLAD", 94_364, 0.0451)],
)
def test_networks_have_the_published_sizes(name: str, count: int, giga: float) -> None:
    network = NETWORKS[name]()
    assert parameters(network) == count
    found = operations(network, torch.zeros(1, 3, SIDE, SIDE)) / 1e9
    assert found == pytest.approx(giga, rel=2e-3)
    numbers = published(table()).set_index(["row", "column"])["value"]
    assert count / 1e6 == pytest.approx(numbers[name, "network parameters"], rel=0.02)
    assert found == pytest.approx(numbers[name, "network FLOPs"], rel=0.07)


def test_every_row_of_the_table_is_a_network() -> None:
    assert [row.label for row in table().rows] == list(NETWORKS)


def test_operations_are_those_of_convolutions_and_products() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 25, 2))
    assert operations(network, torch.zeros(1, 3, 5, 5)) == 25 * 4 * 3 * 9 + 100 * 2
    assert parameters(network) == 4 * 27 + 4 + 8 + 200 + 2
    network[0].weight.requires_grad_(False)
    assert parameters(network) == 4 + 8 + 200 + 2


def test_the_branch_s_operations_are_its_network_s() -> None:
    branch = PlgfBranch()
    assert operations(branch, torch.rand(1, 3, 32, 32)) == operations(branch.network, torch.rand(1, 1, 32, 32))
    assert branch.eval()(torch.rand(2, 3, 32, 32)).shape == (2, 2)


def test_networks_take_turns_and_another_begins_each_round() -> None:
    called: list[str] = []
    times = interleaved(small(called), torch.rand(1, 3, 8, 8), repeats=3, warm_up=1)
    assert called == [*"abc", *"bca", *"cab", *"abc"]
    assert {name: len(values) for name, values in times.items()} == {"a": 3, "b": 3, "c": 3}
    assert all((values > 0).all() for values in times.values())


def test_a_measurement_is_the_table_s_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times are given here, so that medians, quartiles and quotients can be checked."""
    rows = [{"label": name} for name in ("ResNet18", "b")]
    spec = PlainSpec(id="toy", title="Toy", kind="complexity", rows=rows, columns=table().columns)
    given = {"ResNet18": np.array([2.0, 4.0, 6.0]), "b": np.array([1.0, 6.0, 3.0])}
    monkeypatch.setattr(module, "interleaved", lambda networks, images, repeats, warm_up: given)
    called: list[str] = []
    builders = {name: (lambda: Small("x", called)) for name in given}
    found = measure(spec, RUNTIME, repeats=3, side=8, builders=builders)
    assert list(found.columns) == list(COLUMNS)
    assert len(found) == len(spec.rows) * len(spec.columns)
    cells = found.set_index(["row", "column"])[["value", "low", "high"]]
    assert cells.loc["b", "network time per frame"].tolist() == [3, 2, 4.5]
    assert cells.loc["b", "network relative time"].tolist() == [0.5, 0.5, 1]  # of 0.5, 1.5, 0.5
    assert cells.loc["ResNet18", "network relative time"].tolist() == [1, 1, 1]
    assert cells.loc["b", "network parameters"]["value"] == pytest.approx(116e-6)
    assert cells.loc["b", "network FLOPs"]["value"] == pytest.approx(64 * 108e-9)
    assert set(found["versions"]) == {versions()}
    assert found["machine"].str.contains(", 1 thread").all()
    assert found["settings"].str.contains("8 x 8, 3 rounds").all()


def test_versions_name_the_packages_and_the_code() -> None:
    assert "torch " in versions()
    assert "networks " in versions()


def test_the_code_is_all_that_the_numbers_depend_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our networks' modules and every module of this room but the picture's; another line in any of them is another version."""
    from fas.tables import complexity

    room = {f"complexity/{path.name}" for path in Path(module.__file__).parent.glob("*.py")}
    assert room - {"complexity/__init__.py", "complexity/figure.py"} == {part for part in complexity._CODE if part in room}
    for part in complexity._CODE:
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(complexity.__file__).parents[1] / part, tmp_path / part)
    monkeypatch.setattr(complexity, "files", lambda package: tmp_path)
    before = versions()
    for part in complexity._CODE:
        with (tmp_path / part).open("a") as file:
            file.write("# another line\n")
        assert versions() != before
        before = versions()


@pytest.mark.parametrize(
    ("builders", "repeats", "told"),
    [({"other": nn.Identity}, 1, "table 004-T14: no network 'ResNet18' .there is: other"), (None, 0, "0 repeats")],
)
def test_what_cannot_be_measured_is_one_line(builders: dict | None, repeats: int, told: str) -> None:
    with pytest.raises(UserError, match=told):
        measure(table(), RUNTIME, repeats, builders=builders)


def test_torch_s_generator_is_left_as_it_was() -> None:
    spec = PlainSpec(id="toy", title="Toy", kind="complexity", rows=[{"label": "a"}], columns=table().columns)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    measure(spec, RUNTIME, 1, warm_up=0, side=8, builders={"a": lambda: nn.Sequential(nn.Conv2d(3, 1, 1))})
    assert torch.equal(torch.rand(3), expected)


def test_the_picture_is_the_same_bytes_for_the_same_cells(tmp_path) -> None:
    about = {"machine": "m", "settings": "s", "versions": "v"}
    cells = pd.DataFrame(
        [{"row": row, "column": f"network {column}", "value": value, "low": value * 0.9, "high": value * 1.1, **about}
         for row, size in (("a", 0.1), ("b", 10.0)) for column, value in (("parameters", size), ("time per frame", 3 * size))]
    )  # fmt: skip
    for name in ("one.png", "two.png"):
        draw(cells, tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
