"""Optical flow that the user has computed elsewhere, FlowNet2's say, as Middlebury's .flo files.

    ROOT/<dataset>/<clip>/<number>.flo

ROOT is `[roots] precomputed_flow` in fas.toml (or FAS_ROOT_PRECOMPUTED_FLOW), `<clip>` the clip as the manifest names it, with its suffix,
`<number>` that of the pair's first frame without leading zeros. A file holds the flow of one pair of `pairs` in frames.npz, so of the
aligned face: as many pixels wide and high as `frames.pairs.size`.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from fas.errors import UnreachableError, UserError
from fas.files import digest_file, digest_value

ROOT = "precomputed_flow"
WHERE = f"[roots] {ROOT} in fas.toml, or FAS_ROOT_{ROOT.upper()}"
_MAGIC = np.array(202021.25, "<f4").tobytes()
_UNKNOWN = 1e9  # Middlebury's mark of a pixel whose flow nobody knows, and above
_LARGEST = float(np.finfo(np.float16).max)  # pixels; the flow stage writes half precision


def read_flo(path: Path) -> np.ndarray:
    """A .flo file: (2,h,w) float32, x then y, in pixels.

    Raises:
        UnreachableError: no such file.
        UserError: not a .flo file, one of another length than it says, pixels without a known flow, or a flow that half precision cannot
            hold (beyond 65504 pixels).
    """
    if not path.is_file():
        raise UnreachableError(f"{path}: no such file")
    data = path.read_bytes()
    if data[:4] != _MAGIC:
        raise UserError(f"{path}: not a .flo file (its first bytes are not PIEH)")
    width, height = (int(side) for side in np.frombuffer(data[4:12].ljust(8, b"\0"), "<i4"))
    if width < 1 or height < 1 or len(data) != 12 + 8 * width * height:
        raise UserError(f"{path}: {len(data)} bytes, not those of {width} x {height} pixels")
    flow = np.frombuffer(data, "<f4", offset=12).reshape(height, width, 2)
    if not (np.abs(flow) < _UNKNOWN).all():
        raise UserError(f"{path}: pixels without a known flow")
    if (longest := float(np.abs(flow).max())) > _LARGEST:
        raise UserError(f"{path}: a flow of {longest:g} pixels, more than the {_LARGEST:g} that are kept")
    return flow.transpose(2, 0, 1)


def read_folder(folder: Path | None, numbers: Iterable[int], size: tuple[int, int]) -> np.ndarray:
    """The flow of the pairs that begin at the frames `numbers`: (P,2,h,w) float32; `size` is (h,w).

    Raises:
        UserError: no folder is given, a file is missing or damaged, or has another size.
    """
    if folder is None:
        raise UserError(f"precomputed flow: no folder of .flo files ({WHERE})")
    found = []
    for number in numbers:
        path = folder / f"{number}.flo"
        flow = read_flo(path)
        if flow.shape[1:] != size:
            sides = (f"{shape[1]} x {shape[0]}" for shape in (flow.shape[1:], size))
            raise UserError("{}: {} pixels, the pairs have {}".format(path, *sides))
        found.append(flow)
    return np.stack(found)


def folder_digest(folder: Path) -> str:
    """What a clip's precomputed flow depends on: the names and bytes of its .flo files; empty without any."""
    files = sorted(folder.glob("*.flo"))
    return digest_value([[path.name, digest_file(path)] for path in files]) if files else ""
