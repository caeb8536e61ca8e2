"""A still image's pair with the next image of its sequence."""

import numpy as np
import pytest
from PIL import Image

from fas.errors import UnreachableError
from fas.faces.align import align, whole_picture
from fas.faces.frames import Capture, FramesWorker
from fas.faces.neighbour import Neighbour, pair
from fas.faces.params import FramesParams
from fas.files import digest_file

SIZE = 32
STILLS = FramesWorker(FramesParams()).stills().params


@pytest.fixture
def work(moving, detector, tmp_path):
    """The arrays of the first frame, a still image, with a neighbour; and where the two lie."""
    paths = [tmp_path / "0.bmp", tmp_path / "3.bmp"]

    def arrays(second=None, **about):
        Image.fromarray(moving[0]).save(paths[0])
        if second is not None:
            Image.fromarray(second).save(paths[1])
        worker = FramesWorker(STILLS)
        worker._detector = detector
        beside = Neighbour(paths[1], about.pop("scanned", ""), about.pop("step", 3), SIZE)
        return worker.arrays(Capture(paths[0], "0.bmp", "image", neighbour=beside, **about))

    arrays.paths = paths
    return arrays


def test_both_pictures_are_of_one_place_whatever_the_pairs_of_videos_are(work, moving):
    arrays = work(moving[1])
    expected = [align(image, arrays["landmarks"][0], SIZE) for image in moving[:2]]
    assert np.abs(arrays["pairs"][0].astype(int) - expected).max() <= 1  # landmarks are kept in single precision
    assert arrays["pair_frame"].tolist() == [[0, 3]]
    assert arrays["pair_frame"].dtype == np.int32
    assert work(moving[1], step=-4)["pair_frame"].tolist() == [[0, -4]]


@pytest.mark.parametrize("damage", ["size", "bytes", "empty"])
def test_a_neighbour_that_does_not_fit_is_no_pair_and_costs_nothing_else(work, moving, damage):
    plain = work(moving[1])
    if damage != "size":
        work.paths[1].write_bytes(b"no picture" if damage == "bytes" else b"")
    arrays = work(moving[1][:-2] if damage == "size" else None)
    assert arrays["pairs"].shape == (0, 2, SIZE, SIZE, 3)
    assert arrays["pair_frame"].shape == (0, 2)
    assert np.array_equal(arrays["aligned"], plain["aligned"])


def test_of_tight_crops_the_whole_pictures_are_the_pair(work, moving):
    arrays = work(moving[1][:150, :130], faces="whole")
    crops = (moving[0], moving[1][:150, :130])
    expected = [align(image, whole_picture(*image.shape[:2])[1], SIZE) for image in crops]
    assert np.array_equal(arrays["pairs"][0], expected)


def test_a_neighbour_that_is_not_there_or_not_as_scanned_is_tried_again(work, moving):
    with pytest.raises(UnreachableError, match=r"^3\.bmp: no such file$"):
        work()
    own = digest_file(work.paths[0])
    with pytest.raises(UnreachableError, match=r"^3\.bmp: not the file that was scanned"):
        work(moving[1], content=own, scanned=own)
    assert len(work(moving[1], content=own, scanned=digest_file(work.paths[1]))["pairs"]) == 1


def test_an_averaged_or_a_plainly_sampled_pair_as_the_faces_are(tmp_path, moving):
    Image.fromarray(moving[1]).save(tmp_path / "1.bmp")
    landmarks = whole_picture(*moving[0].shape[:2])[1]
    averaged, plain = (pair(Neighbour(tmp_path / "1.bmp", "", 1, SIZE), moving[0], landmarks, False, one)["pairs"] for one in (True, False))
    assert np.array_equal(plain[0, 1], align(moving[1], landmarks, SIZE, antialias=False))
    assert (averaged != plain).any()
