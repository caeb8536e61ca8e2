"""What the files hold: reproducible bytes, rotation, faces where the geometry says, and nothing that gives an attack away."""

import hashlib
import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from fas.config import Runtime
from fas.simulate.catalog import NO_FACE, TRUNCATED, UPSIDE_DOWN, Capture, captures
from fas.simulate.params import LookParams, SimulateParams
from fas.simulate.render import SimulateWorker, frames
from fas.simulate.take import plan

PARAMS = SimulateParams(frames=3)
CAPTURES = captures(PARAMS)
GOLDEN = {
    1: "57 59 7 32 56 67 62 126 196 56 74 182 136 173 114 63 65 185 143 39 56 59 90 88 41 101 74 "
    "97 160 108 64 98 171 138 148 155 171 163 138 150 157 156 89 87 163 159 56 99 169 144 93 93 98 61 "
    "115 146 132 131 87 113 170 174 147 89 115 153 181 253 104 123 197 171 231 88 95 92 102 144"
}


def pick(dataset: str, label: str = "live", **what: str) -> Capture:
    return next(c for c in CAPTURES if c.dataset == dataset and c.label == label and all(getattr(c, k) == v for k, v in what.items()))


def make(capture: Capture, folder: Path, params: SimulateParams = PARAMS) -> Path:
    worker = SimulateWorker(params)
    worker.setup(Runtime())
    folder.mkdir(parents=True, exist_ok=True)
    worker.work(capture, folder, folder)
    (path,) = folder.iterdir()
    assert path.name == Path(capture.clip).name
    return path


def decode(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


EACH_FORMAT = [
    pick("sim_msu_mfsd", camera="laptop"),
    pick("sim_casia_fasd", "attack", instrument="cut"),
    pick("sim_faces", camera="sharp"),
    pick("sim_msu_mfsd", "attack", instrument="ipad_video", camera="android"),
]
ANOTHER_PROCESS = """
import hashlib, sys
from pathlib import Path
from fas.config import Runtime
from fas.simulate.catalog import captures
from fas.simulate.params import SimulateParams
from fas.simulate.render import SimulateWorker
params = SimulateParams(frames=3)
worker = SimulateWorker(params)
worker.setup(Runtime())
made = {capture.clip: capture for capture in captures(params)}
for clip in sys.argv[2:]:
    worker.work(made[clip], Path(sys.argv[1]), Path(sys.argv[1]))
    print(hashlib.sha256((Path(sys.argv[1]) / Path(clip).name).read_bytes()).hexdigest())
"""


def test_another_process_writes_the_same_bytes(tmp_path: Path) -> None:
    clips = [capture.clip for capture in EACH_FORMAT]
    (tmp_path / "other").mkdir()
    command = [sys.executable, "-c", ANOTHER_PROCESS, str(tmp_path / "other"), *reversed(clips)]
    other = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    here = [hashlib.sha256(make(capture, tmp_path / str(i)).read_bytes()).hexdigest() for i, capture in enumerate(EACH_FORMAT)]
    assert here == other[::-1]


def sample(capture: Capture) -> list[int]:
    """Thirty pixels' red values of the last frame."""
    return list(frames(PARAMS, capture))[-1][20::45, 20::60, 0].ravel().tolist()


def test_the_version_number_is_raised_when_the_pixels_change() -> None:
    """Other noise, another colour or place would change most values by more than the one level that processors may differ by."""
    golden = [int(value) for value in GOLDEN[SimulateWorker.version].split()]
    values = sample(EACH_FORMAT[0]) + sample(EACH_FORMAT[1]) + sample(EACH_FORMAT[3])
    assert np.abs(np.subtract(values, golden)).max() <= 1


def test_depends_names_what_a_capture_depends_on_and_no_more() -> None:
    depends = SimulateWorker(PARAMS).depends()
    assert SimulateWorker(PARAMS.model_copy(update={"people": 3, "planted": False})).depends() == depends
    for change in ({"seed": 2}, {"frames": 4}, {"fps": 10}, {"look": LookParams(pattern=0.5)}):
        assert SimulateWorker(PARAMS.model_copy(update=change)).depends() != depends


def test_the_phone_clip_is_stored_upside_down(tmp_path: Path) -> None:
    capture = next(c for c in CAPTURES if c.planted == UPSIDE_DOWN)
    path = make(capture, tmp_path)
    reader = cv2.VideoCapture(str(path))
    assert reader.get(cv2.CAP_PROP_ORIENTATION_META) == 180
    upright = reader.read()[1][..., ::-1].astype(int)
    stored = decode(path)[0].astype(int)
    assert np.abs(upright - stored[::-1, ::-1]).max() <= 2
    truth = next(frames(PARAMS, capture)).astype(int)
    assert np.abs(upright - truth).mean() < 4 < np.abs(stored - truth).mean()


def test_the_truncated_file_cannot_be_opened(tmp_path: Path) -> None:
    path = make(next(c for c in CAPTURES if c.planted == TRUNCATED), tmp_path)
    assert path.stat().st_size > 1000
    with pytest.raises(av.FFmpegError):
        av.open(str(path))


@pytest.mark.parametrize("capture", EACH_FORMAT, ids=lambda capture: capture.clip)
def test_frames_and_rate_are_the_same_everywhere(capture: Capture, tmp_path: Path) -> None:
    path = make(capture, tmp_path)
    with av.open(str(path)) as container:
        assert container.streams.video[0].average_rate == PARAMS.fps
    assert len(decode(path)) == PARAMS.frames


def test_live_and_attack_files_of_a_camera_probe_alike(tmp_path: Path) -> None:
    def probe(capture: Capture) -> tuple:
        path = make(capture, tmp_path / capture.label / capture.camera)
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            context = stream.codec_context
            return (container.format.name, context.name, context.pix_fmt, context.width, context.height, stream.average_rate, stream.frames)

    for camera in ("normal", "low", "high"):
        assert probe(pick("sim_casia_fasd", camera=camera)) == probe(pick("sim_casia_fasd", "attack", camera=camera))


def test_a_print_keeps_still_and_a_replay_moves() -> None:
    """Inside the face of a fixed instrument: only noise changes in a print, the face moves in a replay."""

    def change(capture: Capture) -> float:
        params = SimulateParams(frames=16, look=LookParams(still=0.0))
        seen = list(frames(params, capture))
        x1, y1, x2, y2 = plan(params, capture).boxes()[0].astype(int)
        smooth = [cv2.GaussianBlur(seen[i][y1:y2, x1:x2], (0, 0), 3).astype(float) for i in (0, 15)]
        return float(np.abs(smooth[1] - smooth[0]).mean())

    still = pick("sim_replay_attack", "attack", instrument="highdef_photo", support="fixed", planted="")
    moving = pick("sim_replay_attack", "attack", instrument="highdef_video", support="fixed")
    assert change(still) < 1.0 < change(moving)


def test_mean_brightness_says_little() -> None:
    """The exposure is set on the face; the default seed's levels are not related to the labels."""
    params = SimulateParams(frames=2)
    chosen = [c for c in captures(params) if c.dataset != "sim_faces" and c.planted in ("", UPSIDE_DOWN)][::6]
    levels = {"live": [], "attack": []}
    for capture in chosen:
        x1, y1, x2, y2 = plan(params, capture).boxes()[0].astype(int)
        levels[capture.label].append(next(frames(params, capture))[y1:y2, x1:x2].mean())
    live, attack = np.array(levels["live"])[:, None], np.array(levels["attack"])[None, :]
    assert 0.3 < np.mean(live > attack) < 0.7
    assert abs(live.mean() - attack.mean()) < 6


def test_nothing_but_the_planted_captures_lacks_a_face() -> None:
    """Eyes are darker than the cheeks where the geometry says that they are; an empty picture is even there."""

    def contrast(capture: Capture) -> float:
        grey = cv2.GaussianBlur(cv2.cvtColor(next(frames(PARAMS, capture)), cv2.COLOR_RGB2GRAY), (0, 0), 2).astype(float)
        points = plan(PARAMS, capture).landmarks()[0]
        cheeks = points[:2] * 0.55 + points[3:] * 0.45
        level = [[grey[round(y), round(x)] for x, y in place] for place in (points[:2], cheeks)]
        return float(np.mean(level[1]) - np.mean(level[0]))

    faces = [contrast(c) for c in CAPTURES[::17] if c.planted in ("", UPSIDE_DOWN)]
    empty = [contrast(c) for c in CAPTURES if c.planted == NO_FACE]
    assert np.mean(faces) > 20
    assert np.max(np.abs(empty)) < 10
