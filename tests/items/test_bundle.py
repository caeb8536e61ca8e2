"""Bundles: many captures in one item, each with a fate of its own."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fas.clips import Clip, Member
from fas.config import Config
from fas.errors import NoFace, StageError, UnreachableError, UserError
from fas.features.task import read_arrays
from fas.items.bundle import MEMBERS, Bundle, BundleWorker
from fas.items.engine import Stage
from fas.items.item import Item


class Squares:
    """Makes [n, n * n]; has no face at 3, cannot read 5, and breaks at 7."""

    name = "squares"
    version = 1
    file = "squares.npz"
    compress = False

    def depends(self):
        return {}

    def setup(self, runtime):
        pass

    def arrays(self, task):
        if task == 3:
            raise NoFace("nobody")
        if task == 5:
            raise UserError("five.png: not a readable image")
        if task == 7:
            raise OSError(5, "Input/output error")
        return {"value": np.array([task, task * task]), "frame": np.array([0])}

    def work(self, task, out, scratch):
        raise AssertionError("a bundle calls arrays()")


def bundle(*numbers):
    tasks = tuple((f"{number}.png", number) for number in numbers)
    return Item("d/images", {"dataset": "d", "clip": ""}, {"members": list(numbers)}, Bundle(tasks), "d", "images.npz")


def stage(*numbers, max_failed=1.0):
    with Stage("squares", "data/squares", max_failed, Config(executor="serial")) as running:
        return running.run(BundleWorker(Squares()), [bundle(*numbers)])[0]


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_each_member_is_read_as_if_it_were_alone():
    row = stage(2, 3, 4)
    path = Path("data/squares") / row.file
    assert path == Path("data/squares/d/images.npz")
    for number, value in ((0, 2), (2, 4)):
        clip = Clip("d", f"{value}.png", features={"squares": Member(path, number)})
        assert {name: array.tolist() for name, array in clip.read("squares").items()} == {"value": [value, value * value], "frame": [0]}
        assert read_arrays(Member(path, number), ("value",))[0].tolist() == [value, value * value]
    with pytest.raises(UserError, match=r"no 'flow' in it .there is: value, frame"):
        read_arrays(Member(path, 0), ("flow",))


def test_a_member_without_a_face_or_with_a_damaged_file_is_a_line_and_no_failure():
    row = stage(2, 3, 5)
    members = pd.read_parquet(Path("data/squares") / MEMBERS)
    assert row.record.status == "ok"
    assert list(members["clip"]) == ["2.png", "3.png", "5.png"]
    assert list(members["status"]) == ["ok", "no_face", "failed"]
    assert list(members["error"]) == ["", "nobody", "five.png: not a readable image"]
    assert set(members["digest"]) == {row.record.digest}


def test_a_fault_of_the_machine_fails_the_bundle_to_be_tried_again():
    row = stage(2, 7)
    assert (row.record.status, row.record.error) == ("failed", "OSError: [Errno 5] Input/output error")
    assert not (Path("data/squares") / MEMBERS).exists()


def test_too_many_damaged_members_stop_the_stage():
    with pytest.raises(StageError, match=r"1 of 2 captures in shared files failed, more than max_failed=0\.1; the first: 5\.png: five"):
        stage(2, 5, max_failed=0.1)


def test_the_same_members_give_the_same_bytes():
    first = stage(2, 3, 5).record
    (Path("data/squares") / "d/images.npz").unlink()
    assert stage(2, 3, 5).record == first


def test_a_stage_without_bundles_has_no_members_file():
    with Stage("squares", "data/squares", 1.0, Config(executor="serial")) as running:
        running.run(BundleWorker(Squares()), [])
    assert not (Path("data/squares") / MEMBERS).exists()


def test_a_member_that_cannot_be_reached_fails_the_bundle_and_is_tried_again(monkeypatch):
    def unreachable(self, task):
        raise UnreachableError("a.png: no such file")

    with monkeypatch.context() as patch:
        patch.setattr(Squares, "arrays", unreachable)
        assert stage(2).record.status == "failed"
    assert stage(2).record.status == "ok"


def test_a_face_that_cannot_be_aligned_is_its_own_failure(monkeypatch):
    def odd(self, task):
        if task == 3:
            raise ValueError("landmarks coincide: no alignment")
        return {"value": np.array([task])}

    monkeypatch.setattr(Squares, "arrays", odd)
    stage(2, 3)
    assert list(pd.read_parquet(Path("data/squares") / MEMBERS)["status"]) == ["ok", "failed"]
