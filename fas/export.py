"""A trained model as ONNX, checked against torch before it is written."""

import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn

from fas.errors import UserError
from fas.files import write_atomic
from fas.predict import Card, opened
from fas.sampling import generator

OPSET = 18
TOLERANCE = 1e-4
BATCHES = (1, 3)  # sizes that the check tries: the first dimension is free


@dataclass(frozen=True)
class Exported:
    """What was written: the method's name, the input's shape (C,H,W), and how far its scores were from torch's at most."""

    method: str
    shape: tuple[int, ...]
    difference: float


def write_onnx(folder: Path, out: Path) -> Exported:
    """Write the model in `folder` as ONNX: input `image` (batch,C,H,W) float32, normalised; output `score` (batch,), higher = more live.

    Its metadata say what the input is, how to normalise it, what the score means, and the model's threshold. Equal models give equal bytes.

    Raises:
        UserError: not a model folder, a method that one graph cannot express, a name that does not end in .onnx, or scores that
            differ from torch's by more than `TOLERANCE`.
    """
    if out.suffix != ".onnx":
        raise UserError(f"{out}: an ONNX file is called .onnx")
    card, method, params = opened(folder)
    if not method.export:
        raise UserError(f"{folder}: {method.name} has no export: no ONNX graph is written for it")
    hook = method.exporter()
    network, shape = hook.exportable(folder, params)
    graph = to_onnx(network, shape)
    _describe(graph, _metadata(card, hook.described(params)))
    written = graph.SerializeToString(deterministic=True)
    apart = difference(network, written, shape)
    if not apart <= TOLERANCE:
        raise UserError(f"{folder}: its ONNX scores differ from torch's by {apart:.1e} (allowed: {TOLERANCE:.0e}): nothing is written")
    write_atomic(out, lambda temporary: temporary.write_bytes(written))
    return Exported(method.name, shape, apart)


def to_onnx(network: nn.Module, shape: tuple[int, ...]) -> onnx.ModelProto:
    """The graph of `network`, (batch,*shape) float32 `image` -> (batch,) `score`, without what torch notes in it of files and lines."""
    batch = {0: torch.export.Dim("batch")}
    with _quiet():
        program = torch.onnx.export(
            network.eval(),
            (torch.zeros(2, *shape),),
            input_names=["image"],
            output_names=["score"],
            opset_version=OPSET,
            dynamo=True,
            dynamic_shapes=(batch,),
            verbose=False,
        )
    assert program is not None
    graph: onnx.ModelProto = program.model_proto
    _strip(graph)
    onnx.checker.check_model(graph, full_check=True)
    return graph


def difference(network: nn.Module, written: bytes, shape: tuple[int, ...]) -> float:
    """The largest difference between onnxruntime's scores and torch's on seeded noise in [-1, 1]; NaN where one of them is NaN."""
    session = onnxruntime.InferenceSession(written, providers=["CPUExecutionProvider"])
    random = generator("export")
    largest = [0.0]
    for size in BATCHES:
        image = random.uniform(-1, 1, (size, *shape)).astype(np.float32)
        with torch.inference_mode():
            expected = network(torch.from_numpy(image)).numpy()
        (score,) = session.run(["score"], {"image": image})
        if score.shape != expected.shape:
            return float("nan")
        largest.append(float(np.abs(score - expected).max()))
    return float(np.max(largest))


def _metadata(card: Card, described: Mapping[str, str]) -> dict[str, str]:
    """Everything by name, as text; `params` and `frames` (how faces were found and cut) as JSON."""
    return {
        **described,
        "method": card.method,
        "version": str(card.version),
        "threshold": repr(float(card.threshold)),
        "decision": "live when a clip's score >= threshold, else attack",
        "params": json.dumps(card.params, sort_keys=True),
        "frames": json.dumps(card.extraction.frames.model_dump(mode="json"), sort_keys=True),
    }


def _describe(graph: onnx.ModelProto, metadata: Mapping[str, str]) -> None:
    for name in sorted(metadata):
        graph.metadata_props.add(key=name, value=metadata[name])


def _strip(graph: onnx.ModelProto) -> None:
    """Leave out notes of where in the source a node came from: they hold this machine's paths."""
    graph.ClearField("metadata_props")
    main = graph.graph
    for part in (main, *main.node, *main.initializer, *main.input, *main.output, *main.value_info):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's advice to its own developers."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
