from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper, numpy_helper
from skimage.data import astronaut

from fas import assets
from fas.config import Runtime
from fas.errors import UserError
from fas.faces.align import TEMPLATE
from fas.features.embedder import Embedder, shrink, to_template
from fas.features.identity import IdentityWorker
from fas.features.onnx_graph import expose_map, fold_constants, normalises_itself
from fas.features.params import IdentityParams
from fas.features.task import FeatureTask
from fas.files import read_npz, write_npz

GOLDEN = [-0.01796, -0.03976, 0.07012, -0.02277]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder(assets.find("sface"))


@pytest.fixture(scope="module")
def faces() -> np.ndarray:
    """Three faces (3,112,112,3): one roughly aligned, its mirror image, and a blurred one."""
    face = cv2.resize(astronaut()[30:200, 140:310], (112, 112), interpolation=cv2.INTER_AREA)
    return np.stack([face, face[:, ::-1], cv2.GaussianBlur(face, (0, 0), 3)])


def arcface(folder: Path, channels: int = 3, size: int = 112, name: str = "arcface.onnx", sub: bool = False) -> Path:
    """A small network of the shape of a face recogniser: strided convolution to 7 x 7, flatten, linear to 8."""
    random = np.random.default_rng(0)
    weight = random.normal(size=(4, channels, 16, 16)).astype(np.float32) * 0.01
    linear = random.normal(size=(8, 4 * (size // 16) ** 2)).astype(np.float32)
    nodes = [helper.make_node("Sub", ["data", "half"], ["centred"], name="shift")] if sub else []
    nodes += [
        helper.make_node("Conv", ["centred" if sub else "data", "weight"], ["features"], strides=[16, 16]),
        helper.make_node("Flatten", ["features"], ["flat"]),
        helper.make_node("Gemm", ["flat", "linear"], ["embedding"], transB=1),
    ]
    tensors = [numpy_helper.from_array(value, key) for key, value in (("weight", weight), ("linear", linear))]
    tensors.append(numpy_helper.from_array(np.float32(127.5), "half"))
    inputs = [helper.make_tensor_value_info("data", onnx.TensorProto.FLOAT, [1, channels, size, size])]
    outputs = [helper.make_tensor_value_info("embedding", onnx.TensorProto.FLOAT, [1, 8])]
    graph = helper.make_graph(nodes, "arcface", inputs, outputs, initializer=tensors)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), folder / name)
    return folder / name


def test_folding_keeps_the_function(faces: np.ndarray) -> None:
    original = onnx.load(assets.find("sface"))
    folded = fold_constants(original)
    assert [value.name for value in folded.graph.input] == ["data"]
    assert not {node.op_type for node in folded.graph.node} & {"DequantizeLinear", "Reshape", "Constant"}
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    before, after = (onnxruntime.InferenceSession(model.SerializeToString(), options) for model in (original, folded))
    picture = faces[0].astype(np.float32).transpose(2, 0, 1)[None]
    stale = {value.name: np.zeros(value.shape, np.float32) for value in before.get_inputs() if value.name != "data"}
    assert stale
    np.testing.assert_allclose(after.run(None, {"data": picture})[0], before.run(None, {"data": picture, **stale})[0], atol=1e-4)


def test_parity_with_opencv(embedder: Embedder, faces: np.ndarray, tmp_path: Path) -> None:
    assert (embedder.mean, embedder.std) == (0.0, 1.0)
    onnx.save(fold_constants(onnx.load(assets.find("sface"))), tmp_path / "folded.onnx")
    recogniser = cv2.FaceRecognizerSF.create(str(tmp_path / "folded.onnx"), "")
    for face, embedding in zip(faces, embedder(faces)[0], strict=True):
        theirs = recogniser.feature(np.ascontiguousarray(face[:, :, ::-1])).ravel()
        assert embedding @ theirs / np.linalg.norm(theirs) >= 0.999


def test_embeddings_are_unit_vectors_and_maps_are_tokens(embedder: Embedder, faces: np.ndarray) -> None:
    embeddings, maps = embedder(faces)
    assert embeddings.shape == (3, 128)
    assert embeddings.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-6)
    assert maps.shape == (3, 49, 1024)
    assert maps.dtype == np.float16
    assert np.abs(embeddings[0] - embeddings[1]).max() > 0.01


def test_maps_go_row_by_row(embedder: Embedder, faces: np.ndarray) -> None:
    """Painting over the top of a face changes the tokens of the top row more than those of the bottom row."""
    painted = faces[:1].copy()
    painted[:, :24] = 0
    change = np.abs(embedder(painted)[1].astype(np.float32) - embedder(faces[:1])[1]).mean(axis=(0, 2)).reshape(7, 7)
    assert change[0].mean() > 2 * change[-1].mean()


def test_no_result_depends_on_its_neighbours(embedder: Embedder, faces: np.ndarray) -> None:
    together = embedder(faces)
    alone = [embedder(faces[row : row + 1]) for row in (2, 0, 1)]
    for row, (embedding, tokens) in zip((2, 0, 1), alone, strict=True):
        np.testing.assert_array_equal(embedding[0], together[0][row])
        np.testing.assert_array_equal(tokens[0], together[1][row])


@pytest.mark.parametrize("size", [128, 256])
def test_template_alignment_moves_the_landmarks_there(size: int) -> None:
    from insightface.utils.face_align import arcface_dst

    picture = np.zeros((1, size, size, 3), np.uint8)
    for x, y in TEMPLATE * size:
        cv2.circle(picture[0], (round(x), round(y)), size // 40, (255, 255, 255), -1)
    warped = to_template(picture)[0, :, :, 0] > 100
    _, _, _, centres = cv2.connectedComponentsWithStats(warped.astype(np.uint8))
    for target in arcface_dst:
        assert np.linalg.norm(centres[1:] - target, axis=1).min() < 4  # the two templates differ in their proportions
    assert shrink(picture).shape == (1, 112, 112, 3)


def test_any_arcface_model_by_path(tmp_path: Path, faces: np.ndarray) -> None:
    path = arcface(tmp_path)
    write_npz(tmp_path / "frames.npz", {"aligned": faces, "frame": np.array([3, 5, 8], np.int32)})
    params = IdentityParams(model="mine", sha256=assets.sha256(path), input="resized256", frames=2)
    worker = IdentityWorker(params)
    worker.setup(Runtime(weights=(("mine", str(path)),)))
    worker.work(FeatureTask(tmp_path / "frames.npz"), tmp_path, tmp_path)
    arrays = read_npz(tmp_path / "identity.npz")
    assert arrays["embedding"].shape == (2, 8)
    assert arrays["map"].shape == (2, 49, 4)
    np.testing.assert_array_equal(arrays["frame"], [3, 8])
    graph = numpy_graph(path)
    expected = graph((faces[0].astype(np.float32) - 127.5) / 127.5)
    np.testing.assert_allclose(arrays["embedding"][0], expected / np.linalg.norm(expected), atol=1e-4)


def numpy_graph(path: Path):
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    return lambda picture: session.run(None, {"data": picture.transpose(2, 0, 1)[None]})[0][0]


def test_a_model_that_would_be_normalised_twice_is_refused(tmp_path: Path) -> None:
    path = arcface(tmp_path, sub=True)
    assert normalises_itself(onnx.load(path))
    with pytest.raises(UserError, match="normalise its input wrongly"):
        Embedder(path)


def test_models_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not a face recogniser"):
        Embedder(arcface(tmp_path, size=128))
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(UserError, match="not an ONNX file"):
        Embedder(tmp_path / "text.onnx")


def test_the_map_is_the_last_one_with_positions(tmp_path: Path) -> None:
    model, name = expose_map(fold_constants(onnx.load(arcface(tmp_path))))
    assert name == "features"
    assert [output.name for output in model.graph.output] == ["embedding", "features"]


def worker_error(params: IdentityParams, runtime: Runtime) -> str:
    with pytest.raises(UserError) as error:
        IdentityWorker(params).setup(runtime)
    return str(error.value)


def test_weights_are_checked(tmp_path: Path) -> None:
    path = arcface(tmp_path)
    given = Runtime(weights=(("mine", str(path)),))
    assert "no path given" in worker_error(IdentityParams(model="mine", sha256="0" * 64), Runtime())
    assert "has SHA-256" in worker_error(IdentityParams(model="mine", sha256="0" * 64), given)
    assert "give the SHA-256" in worker_error(IdentityParams(model="mine"), given)
    assert "has SHA-256" in worker_error(IdentityParams(), Runtime(weights=(("sface", str(path)),)))


def test_depends_on_weights_not_on_names() -> None:
    one, other = (IdentityWorker(IdentityParams(model=name, sha256="0" * 64)).depends() for name in ("a", "b"))
    assert one == other
    assert IdentityWorker(IdentityParams()).depends() != IdentityWorker(IdentityParams(input="resized256")).depends()


def test_golden(embedder: Embedder, faces: np.ndarray) -> None:
    """Raise IdentityWorker.version when this changes."""
    assert IdentityWorker.version == 1
    embeddings, maps = embedder(to_template(faces[:1]))
    found = [embeddings[0, 0], embeddings[0, -1], maps[0].astype(np.float32).std(), maps[0, 24, 100]]
    np.testing.assert_allclose(np.array(found, np.float64), GOLDEN, atol=2e-3)
