import struct
from pathlib import Path

import av
import h5py
import numpy as np
import pytest
from PIL import Image

from fas.errors import UserError
from fas.media import Media, media_of, read_frames, select_frames

WIDTH, HEIGHT, COUNT = 64, 48, 20
IDENTITY = (1, 0, 0, 1)


def scene(number: int) -> np.ndarray:
    """A red corner at the top left and a grey field that tells the frame's number."""
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[: HEIGHT // 2, : WIDTH // 2] = (255, 0, 0)
    image[HEIGHT // 2 :] = number * 10
    return image


def write_video(path: Path, codec: str = "mpeg4", count: int = COUNT) -> Path:
    with av.open(str(path), "w", options={"movflags": "faststart"} if path.suffix == ".mp4" else {}) as container:
        stream = container.add_stream(codec, rate=15)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for number in range(count):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(scene(number), format="rgb24")))
        container.mux(stream.encode())
    return path


def number_of(image: np.ndarray) -> int:
    return round(float(image[HEIGHT * 3 // 4, WIDTH // 2].mean()) / 10)


def counted(path: Path, media: Media = "video") -> int:
    return select_frames(path, lambda count: (), media)[0]


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("media") / "plain.mp4")


def test_the_frames_asked_for_come_in_the_order_asked_for(video: Path) -> None:
    assert counted(video) == COUNT
    assert [number_of(image) for image in read_frames(video, [13, 0, 19, 4])] == [13, 0, 19, 4]


def test_the_choice_knows_the_number_of_frames(video: Path) -> None:
    count, frames = select_frames(video, lambda count: [count - 1])
    assert count == COUNT
    assert {number: number_of(image) for number, image in frames.items()} == {19: 19}


def test_a_frame_that_is_not_there_is_named(video: Path) -> None:
    with pytest.raises(UserError, match=r"plain\.mp4: no frame 20 \(it has 20\)"):
        read_frames(video, [0, 20])


QUARTERS = [
    ((-1, 0, 0, -1), lambda image: np.rot90(image, 2)),
    ((0, 1, -1, 0), lambda image: np.rot90(image, -1)),  # shown turned clockwise
    ((0, -1, 1, 0), lambda image: np.rot90(image, 1)),
    ((-1, 0, 0, 1), lambda image: image[:, ::-1]),
    ((0, 1, 1, 0), lambda image: image.swapaxes(0, 1)),
]


@pytest.mark.parametrize(("name", "codec"), [("phone.mp4", "mpeg4"), ("phone.mp4", "libx264"), ("phone.mov", "mjpeg")])
@pytest.mark.parametrize(("matrix", "turned"), QUARTERS)
def test_a_display_matrix_is_applied_exactly_once(tmp_path: Path, set_display_matrix, matrix, turned, name: str, codec: str) -> None:
    path = write_video(tmp_path / name, codec, count=3)
    (stored,) = read_frames(path, [1])
    set_display_matrix(path, matrix)
    (upright,) = read_frames(path, [1])
    assert np.array_equal(upright, turned(stored))
    assert not np.array_equal(upright, stored)


def test_an_upside_down_clip_comes_out_upright_and_a_plain_one_stays(tmp_path: Path, set_display_matrix, video: Path) -> None:
    """As the six clips of MSU-MFSD that carry a matrix of 180 degrees: stored upside down, shown upright."""
    path = write_video(tmp_path / "msu.mp4", count=2)
    set_display_matrix(path, (-1, 0, 0, -1))
    (turned,) = read_frames(path, [0])
    (plain,) = read_frames(video, [0])
    assert int(turned[-5, -5, 0]) - int(turned[5, 5, 0]) > 150
    assert int(plain[5, 5, 0]) - int(plain[-5, -5, 0]) > 150


def test_a_slanted_display_matrix_is_refused(tmp_path: Path, set_display_matrix) -> None:
    path = write_video(tmp_path / "slanted.mp4", count=2)
    set_display_matrix(path, (1, 1, -1, 1))
    with pytest.raises(UserError, match="no quarter turn"):
        read_frames(path, [0])


ORIENTATIONS = [
    (1, lambda image: image),
    (2, lambda image: image[:, ::-1]),
    (3, lambda image: image[::-1, ::-1]),
    (4, lambda image: image[::-1]),
    (5, lambda image: image.swapaxes(0, 1)),
    (6, lambda image: np.rot90(image, -1)),
    (7, lambda image: np.rot90(image, 2).swapaxes(0, 1)),
    (8, np.rot90),
]


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
@pytest.mark.parametrize(("orientation", "turned"), ORIENTATIONS)
def test_exif_orientation_is_applied_exactly_once(tmp_path: Path, orientation, turned, suffix: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"still.{suffix}"
    Image.fromarray(scene(3)).save(path, exif=exif)
    with Image.open(path) as picture:
        stored = np.array(picture.convert("RGB"))
    assert media_of(path) == "image"
    assert counted(path, "image") == 1
    assert np.array_equal(read_frames(path, [0], media="image")[0], turned(stored))
    assert np.abs(stored.astype(int) - scene(3)).mean() < 5


@pytest.mark.parametrize(("orientation", "turned"), ORIENTATIONS)
def test_a_tiff_is_turned_once_although_pillow_turns_it_too(tmp_path: Path, orientation, turned) -> None:
    path = tmp_path / "still.tif"
    Image.fromarray(scene(3)).save(path, tiffinfo={0x0112: orientation})
    assert np.array_equal(read_frames(path, [0], media="image")[0], turned(scene(3)))


@pytest.mark.parametrize("mode", ["L", "RGBA", "P"])
def test_any_picture_becomes_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "still.png"
    Image.fromarray(scene(3)).convert(mode).save(path)
    (image,) = read_frames(path, [0], media="image")
    assert image.shape == (HEIGHT, WIDTH, 3)
    assert image.dtype == np.uint8


def test_media_is_judged_by_content(tmp_path: Path, video: Path) -> None:
    misnamed = tmp_path / "really_a_video.jpg"
    misnamed.write_bytes(video.read_bytes())
    assert media_of(misnamed) == "video"
    assert media_of(video) == "video"
    assert media_of(tmp_path / "capture.HDF5") == "frames"


@pytest.mark.parametrize("media", ["video", "image"])
@pytest.mark.parametrize(("content", "told"), [(None, "no such file"), (b"", "empty file"), (b"just text " * 400, "not a readable")])
def test_what_is_no_media_is_told_in_one_line_without_its_path(tmp_path: Path, media, content, told: str) -> None:
    path = tmp_path / "broken.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=rf"^broken\.mp4: .*{told}") as caught:
        counted(path, media)
    assert "\n" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_a_truncated_picture_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "still.jpg"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(UserError, match="not a readable image"):
        counted(path, "image")


@pytest.mark.parametrize(("suffix", "codec"), [("mp4", "mjpeg"), ("avi", "mjpeg"), ("mkv", "mjpeg")])
def test_a_video_that_breaks_off_is_used_if_half_of_it_is_there(tmp_path: Path, suffix: str, codec: str) -> None:
    path = write_video(tmp_path / f"whole.{suffix}", codec)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * 0.85)])
    count, frames = select_frames(path, lambda count: [0, count - 1])
    assert COUNT // 2 <= count < COUNT
    assert {number: number_of(image) for number, image in frames.items()} == {0: 0, count - 1: count - 1}
    path.write_bytes(data[: int(len(data) * 0.45)])
    with pytest.raises(UserError, match=f"breaks off after .* of {COUNT} frames|no frame can be decoded"):
        counted(path)


def test_a_damaged_packet_costs_its_frames_only(tmp_path: Path) -> None:
    path = write_video(tmp_path / "damaged.avi", "mjpeg")
    data = bytearray(path.read_bytes())
    start = data.index(b"\xff\xd8\xff", len(data) // 2)
    end = data.index(b"\xff\xd9", start)
    data[start:end] = bytes(end - start)
    path.write_bytes(bytes(data))
    count, frames = select_frames(path, lambda count: [count - 1])
    assert count == COUNT - 1  # the choice knew the number that can be decoded
    assert number_of(frames[count - 1]) == COUNT - 1


@pytest.mark.parametrize("claimed", [5, COUNT + 9, 2 * COUNT])
def test_frames_are_counted_whatever_the_header_says(tmp_path: Path, claimed: int) -> None:
    path = write_video(tmp_path / "lying.avi", "mjpeg")
    data = bytearray(path.read_bytes())
    for start in (data.index(b"avih") + 24, data.index(b"strh") + 40):  # dwTotalFrames, dwLength
        assert struct.unpack_from("<I", data, start) == (COUNT,)
        struct.pack_into("<I", data, start, claimed)
    path.write_bytes(bytes(data))
    count, frames = select_frames(path, lambda count: [count - 1])
    assert count == COUNT
    assert number_of(frames[COUNT - 1]) == COUNT - 1


def test_a_sound_file_holds_no_video(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        sound.rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    with pytest.raises(UserError, match=r"sound\.wav: no video in it"):
        counted(path)


@pytest.mark.parametrize("channels_first", [True, False])
def test_hdf5_frames_are_sorted_by_number_and_gaps_are_skipped(tmp_path: Path, channels_first: bool) -> None:
    path = tmp_path / "wmca.hdf5"
    with h5py.File(path, "w") as file:
        file["note"] = 1
        for key in (10, 2, 7):
            file[f"Frame_{key}/array"] = scene(key).transpose(2, 0, 1) if channels_first else scene(key)
    assert counted(path, "frames") == 3
    images = read_frames(path, [0, 1, 2], media="frames")
    assert [number_of(image) for image in images] == [2, 7, 10]
    assert np.array_equal(images[2], scene(10))  # RGB, height by width


def test_a_raw_recording_s_colour_stream_is_turned_to_rgb(tmp_path: Path) -> None:
    path = tmp_path / "raw.h5"
    with h5py.File(path, "w") as file:
        file["intelsr300_bgr"] = np.stack([scene(number)[..., ::-1] for number in range(4)])
        file["intelsr300_depth"] = np.zeros((4, HEIGHT, WIDTH), np.uint16)
    count, frames = select_frames(path, lambda count: [1, count - 1], media="frames")
    assert count == 4
    assert all(np.array_equal(frames[number], scene(number)) for number in (1, 3))
    assert frames[3].flags["C_CONTIGUOUS"]


CONTAINERS = {
    "no Frame_<k> and no frame of intelsr300_bgr in it": {"depth": np.zeros((2, 4, 4), np.uint8)},
    "no Frame_<k> and no frame of intelsr300_bgr": {"intelsr300_bgr": np.zeros((0, 4, 4, 3), np.uint8)},
    r"frames of shape \(4, 8, 8\) and type uint8 are no colour images": {"Frame_0/array": np.zeros((4, 8, 8), np.uint8)},  # CDIT
    r"frames of shape \(8, 8, 3\) and type uint16 are no colour images": {"Frame_0/array": np.zeros((3, 8, 8), np.uint16)},
    "not a readable frame container .*invalid literal": {"Frame_x/array": np.zeros((3, 8, 8), np.uint8)},
    "not a readable frame container .*array": {"Frame_0/picture": np.zeros((3, 8, 8), np.uint8)},
    "not a readable frame container": {"intelsr300_bgr/array": np.zeros((3, 8, 8), np.uint8)},
}


@pytest.mark.parametrize("told", CONTAINERS)
def test_a_container_without_colour_frames_is_told_in_one_line(tmp_path: Path, told: str) -> None:
    path = tmp_path / "wmca.hdf5"
    with h5py.File(path, "w") as file:
        for name, values in CONTAINERS[told].items():
            file[name] = values
    with pytest.raises(UserError, match=rf"^wmca\.hdf5: {told}") as caught:
        select_frames(path, range, media="frames")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("share", [0.0, 0.6])
def test_a_truncated_container_is_told(tmp_path: Path, share: float) -> None:
    path = tmp_path / "wmca.hdf5"
    with h5py.File(path, "w") as file:
        for key in range(4):
            file[f"Frame_{key}/array"] = scene(key).transpose(2, 0, 1)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(UserError, match=r"^wmca\.hdf5: (empty file|not a readable frame container)"):
        counted(path, "frames")
