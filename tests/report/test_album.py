import base64
import io

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from fas.report.album import SIDE, Album


def picture(seed, shape=(64, 64, 3)):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def image(uri):
    head, _, data = uri.partition(",")
    assert head == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))


def test_a_picture_comes_back_in_its_size():
    album = Album(1)
    assert album.add("a", {"face": np.full((300, 200, 3), 90, np.uint8)})
    shown = image(album.pictures["a face"])
    assert max(shown.size) == SIDE
    assert shown.size == (75, 112)
    assert abs(np.asarray(shown.convert("RGB"), int) - 90).max() <= 3


def test_the_bound_holds_and_what_is_left_out_is_counted():
    album = Album(0.02)
    kept = [album.add(str(number), {"face": picture(number)}) for number in range(20)]
    assert any(kept)
    assert not all(kept)
    assert sum(map(len, album.pictures.values())) == album.size <= 20_000
    assert album.left_out == kept.count(False)


def test_a_clip_s_pictures_are_kept_together_or_not_at_all():
    album = Album(0.012)
    album.add("a", {"face": picture(0), "flow": picture(1), "residual": picture(2)})
    assert album.pictures == {}
    assert album.add("b", {"face": np.zeros((8, 8, 3), np.uint8)})


def test_figures_leave_room_for_clips():
    album = Album(0.1)
    figure = Figure(figsize=(4, 3))
    figure.subplots().plot([1, 3, 2])
    while album.add_figure(f"figure {len(album.pictures)}", figure):
        pass
    assert album.pictures
    assert album.size <= 50_000
    assert album.add("a", {"face": picture(0)})


def test_no_room_no_picture():
    album = Album(0)
    assert not album.add("a", {"face": picture(0)})
    assert album.full
