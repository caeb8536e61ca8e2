from pathlib import Path

import numpy as np
import pytest

from fas.clips import Clip
from fas.errors import UserError
from fas.features.cues.base import CueParams
from fas.features.cues.faces import gather, resized


def params(**changes: object) -> CueParams:
    return CueParams(**({"size": 16, "frames": None} | changes))  # type: ignore[arg-type]


def used(clips: list[Clip], params: CueParams, folder: Path, conditioned: bool = True) -> tuple[np.ndarray, np.ndarray | None]:
    faces = gather(clips, params, folder, conditioned)
    return np.array(faces.pictures[faces.rows]), None if faces.maps is None else np.array(faces.maps[faces.rows])


def test_the_order_of_the_clips_does_not_matter(clips: list[Clip], tmp_path: Path) -> None:
    one, other = used(clips, params(), tmp_path / "a"), used(clips[::-1], params(), tmp_path / "b")
    np.testing.assert_array_equal(one[0], other[0])
    np.testing.assert_array_equal(one[1], other[1])


def test_faces_keep_their_maps(clips: list[Clip], tmp_path: Path) -> None:
    pictures, maps = used(clips, params(), tmp_path)
    assert len(pictures) == 9  # three clips of three frames that have a map
    frames, identity = clips[1].read("frames"), clips[1].read("identity")
    wanted = resized(frames["aligned"][2], 16)
    place = [row for row, picture in enumerate(pictures) if np.array_equal(picture, wanted)]
    assert len(place) == 1
    np.testing.assert_array_equal(maps[place[0]], identity["map"][1])


def test_without_identity_all_frames_count(clips: list[Clip], tmp_path: Path) -> None:
    pictures, maps = used(clips, params(), tmp_path, conditioned=False)
    assert len(pictures) == 12
    assert maps is None


def test_smaller_shares_are_parts_of_larger_ones(clips: list[Clip], tmp_path: Path) -> None:
    whole, half, quarter = (used(clips, params(share=share), tmp_path / str(share))[0] for share in (1.0, 0.5, 0.25))
    assert [len(whole), len(half), len(quarter)] == [9, 4, 2]
    np.testing.assert_array_equal(half, whole[:4])
    np.testing.assert_array_equal(quarter, whole[:2])


def test_the_seed_chooses_the_share(clips: list[Clip], tmp_path: Path) -> None:
    one, other = (used(clips, params(share=0.5, seed=seed), tmp_path / str(seed))[0] for seed in (0, 1))
    assert not np.array_equal(one, other)


def test_frames_of_a_clip_are_limited(clips: list[Clip], tmp_path: Path) -> None:
    assert len(used(clips, params(frames=2), tmp_path)[0]) == 6


def test_no_faces_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no face"):
        gather([], params(), tmp_path, conditioned=True)
