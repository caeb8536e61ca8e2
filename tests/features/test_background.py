"""The face's region of an aligned picture, from landmarks or from a parsing network."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from fas.assets import sha256
from fas.config import Runtime
from fas.errors import UserError
from fas.faces.align import TEMPLATE
from fas.features.background import Parser, ellipse, masks
from fas.features.params import ParsingParams, ResidualsParams

SIZE = 64
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")  # torch means to do without TorchScript one day


def test_the_template_s_face_reaches_from_the_hairline_to_the_chin() -> None:
    region = ellipse(TEMPLATE * SIZE, SIZE)
    assert region.shape == (SIZE, SIZE)
    for x, y in TEMPLATE:
        assert region[round(y * SIZE), round(x * SIZE)], "every landmark is face"
    for y, x in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
        assert not region[y, x], "no corner is"
    rows, columns = np.flatnonzero(region.any(axis=1)), np.flatnonzero(region.any(axis=0))
    assert rows[0] <= 2
    assert 0.93 < rows[-1] / SIZE < 0.99
    assert columns[0] == pytest.approx(0.15 * SIZE, abs=2)
    assert 0.4 < region.mean() < 0.65


@given(
    angle=st.floats(-180, 180),
    scale=st.floats(0.2, 5),
    x=st.floats(-500, 500),
    y=st.floats(-500, 500),
)
def test_where_the_face_was_in_its_frame_is_no_matter(angle: float, scale: float, x: float, y: float) -> None:
    turn = np.deg2rad(angle)
    matrix = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moved = ellipse(TEMPLATE * 100 @ matrix.T + [x, y], SIZE)
    assert (moved != ellipse(TEMPLATE * SIZE, SIZE)).mean() < 0.01


@given(st.floats(0.3, 1.0))
def test_a_turned_head_keeps_its_width(narrow: float) -> None:
    """Eyes and mouth corners come closer when a head turns; the region does not shrink with them."""
    points = TEMPLATE * SIZE
    points[:, 0] = points[:, 0].mean() + narrow * (points[:, 0] - points[:, 0].mean())
    region = ellipse(points, SIZE)
    assert region.mean() > 0.35
    assert region[SIZE // 2, SIZE // 2]


def test_masks_are_of_each_face_by_itself() -> None:
    made = masks(ResidualsParams(background="landmarks"), Runtime())
    assert made is not None
    landmarks = np.stack([TEMPLATE * 50, TEMPLATE * 80 + 7])
    regions = made(np.zeros((2, SIZE, SIZE, 3), np.uint8), landmarks)
    np.testing.assert_array_equal(regions[0], ellipse(landmarks[0], SIZE))
    assert masks(ResidualsParams(), Runtime()) is None


class Brightness(torch.nn.Module):
    """Class 1 where a picture is bright, class 0 elsewhere."""

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return torch.cat([torch.zeros_like(pictures[:, :1]), pictures[:, :1]], dim=1)


@pytest.fixture(params=["parser.onnx", "parser.pt"])
def parser(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / request.param
    if path.suffix == ".pt":
        torch.jit.trace(Brightness(), torch.zeros(1, 3, 32, 32)).save(path)
        return path
    first = helper.make_tensor("first", TensorProto.INT64, [1], [0])
    weights = helper.make_tensor("w", TensorProto.FLOAT, [2, 3, 1, 1], [0, 0, 0, 1, 0, 0])
    node = helper.make_node("Conv", ["picture", "w"], ["scores"])
    graph = helper.make_graph(
        [node],
        "parser",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, 32, 32])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 2, 32, 32])],
        [weights, first],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10), path)
    return path


def section(path: Path, **changes: object) -> ParsingParams:
    return ParsingParams(**({"weights": "bisenet", "sha256": sha256(path), "size": 32, "face": [1]} | changes))  # type: ignore[arg-type]


def test_a_parser_s_classes_are_the_face(parser: Path) -> None:
    face = np.zeros((SIZE, SIZE, 3), np.uint8)
    face[:, : SIZE // 2] = 255
    region = Parser(section(parser), Runtime(weights=(("bisenet", str(parser)),)))(face)
    assert region[:, : SIZE // 2].all()
    assert not region[:, SIZE // 2 :].any()


def test_what_is_missing_is_told_in_one_line(parser: Path, tmp_path: Path) -> None:
    good = section(parser)
    given_ = Runtime(weights=(("bisenet", str(parser)),))
    broken = tmp_path / f"broken{parser.suffix}"
    broken.write_bytes(b"nothing")
    cases = [
        (ParsingParams(), given_, "residuals.parsing: `background: parsing` needs weights"),
        (good, Runtime(), "weights 'bisenet' missing: no path given (fas.toml [weights] bisenet or FAS_WEIGHTS_BISENET)"),
        (good, Runtime(weights=(("bisenet", "/nowhere"),)), "no file /nowhere"),
        (good.model_copy(update={"sha256": "0" * 64}), given_, "has SHA-256"),
        (section(broken), Runtime(weights=(("bisenet", str(broken)),)), "not an ONNX file" if broken.suffix == ".onnx" else "neither ONNX"),
    ]
    for params, runtime, message in cases:
        with pytest.raises(UserError) as caught:
            masks(ResidualsParams(background="parsing", parsing=params), runtime)
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)
