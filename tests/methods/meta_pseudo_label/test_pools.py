from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fas.clips import Clip
from fas.errors import UserError
from fas.methods.meta_pseudo_label.params import MetaPseudoLabelParams
from fas.methods.meta_pseudo_label.pools import COLUMNS, Pools, apart, labelled_places, unlabelled_places

SIDE = 24
PARAMS = MetaPseudoLabelParams(patch=8, stride=4, labelled=20, unlabelled=30)
PER_FRAME = 25  # places of a patch in a face


def capture(name: str, label: str, frames: int = 2, side: int = SIDE, subject: str = "") -> Clip:
    random = np.random.default_rng([len(name), *name.encode()])
    faces = random.integers(0, 256, (frames, side, side, 3), dtype=np.uint8)
    arrays = {"aligned": faces, "frame": np.arange(3, 3 + 5 * frames, 5, dtype=np.int32)}
    attack = "" if label == "live" else "print"
    return Clip("set", name, label, attack, subject=subject or name, features={"frames": arrays})


CLIPS = [capture(f"{label}{index}", label) for label in ("live", "attack") for index in range(3)]


def changed(**values: object) -> MetaPseudoLabelParams:
    return MetaPseudoLabelParams.model_validate({**PARAMS.model_dump(), **values})


@given(st.integers(0, 99), st.integers(2, 40), st.integers(1, 60))
@settings(max_examples=20)
def test_pools_are_what_was_asked_for(seed: int, labelled: int, unlabelled: int) -> None:
    drawn = Pools(CLIPS, changed(labelled=labelled, unlabelled=unlabelled), seed)
    table = drawn.table()
    assert list(table.columns) == COLUMNS
    assert Counter(table["pool"]) == {"labelled": labelled, "unlabelled": unlabelled}
    assert not table.duplicated(["pool", "dataset", "clip", "frame", "x", "y"]).any()
    known = table[table["pool"] == "labelled"]
    assert (known["label"] == "live").sum() == (labelled + 1) // 2
    assert drawn.patches()[0].live.tolist() == (known["label"] == "live").tolist()
    assert table[["x", "y"]].isin([0, 4, 8, 12, 16]).all(axis=None)


def test_pixels_are_those_of_the_table() -> None:
    drawn = Pools(CLIPS, PARAMS, 1)
    by_name = {clip.clip: clip.read("frames") for clip in CLIPS}
    labelled, unlabelled = drawn.patches()
    for row, image in zip(drawn.table().itertuples(), [*labelled.images, *unlabelled], strict=True):
        arrays = by_name[row.clip]
        face = arrays["aligned"][arrays["frame"].tolist().index(row.frame)]
        np.testing.assert_array_equal(image, face[row.y : row.y + 8, row.x : row.x + 8])


@given(st.integers(0, 99), st.integers(2, 30), st.integers(0, 30))
@settings(max_examples=20)
def test_a_smaller_pool_is_the_beginning_of_a_larger_one(seed: int, labelled: int, more: int) -> None:
    small, large = (labelled_places(CLIPS, changed(labelled=count), seed) for count in (labelled, labelled + more))
    assert large[:labelled] == small
    blind, blinder = (unlabelled_places(CLIPS, changed(unlabelled=count), seed) for count in (labelled, labelled + more))
    assert blinder[:labelled] == blind


@given(st.integers(0, 99), st.integers(2, 40), st.permutations(CLIPS))
@settings(max_examples=15)
def test_pools_know_only_clips_sizes_and_seed(seed: int, labelled: int, order: list[Clip]) -> None:
    """Neither the order of clips nor what a variant changes elsewhere; the unlabelled pool not even how many labelled ones there are."""
    other = changed(mode="pl", plgf="none", width=3, threshold=0.0, steps=7)
    pd.testing.assert_frame_equal(Pools(order, other, seed).table(), Pools(CLIPS, PARAMS, seed).table())
    assert unlabelled_places(CLIPS, changed(labelled=labelled), seed) == unlabelled_places(CLIPS, PARAMS, seed)


def test_every_variant_sees_the_same_pools() -> None:
    """A variant with more or fewer labelled patches sees more or less of the same order; one of whole faces alone draws others."""
    section = MetaPseudoLabelParams()
    clips = [capture(f"{label}{index}", label, frames=45, side=64) for label in ("live", "attack") for index in range(3)]
    first = Pools(clips, section.variant("meta_pseudo_label", "full"), 3)
    for name in section.variants:
        params = section.variant("meta_pseudo_label", name)
        drawn = Pools(clips, params, 3)
        assert len(drawn.labelled) == params.labelled
        both = min(params.labelled, len(first.labelled))
        assert (drawn.labelled[:both] == first.labelled[:both]) == (params.input == "patch"), name
        if params.input == "patch":
            assert drawn.unlabelled == ([] if params.mode == "none" else first.unlabelled), name


def test_without_rgb_branch_only_labelled_faces_are_drawn_and_each_clip_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from fas.methods.meta_pseudo_label import pools as module

    read: list[str] = []
    real = module.read_arrays
    monkeypatch.setattr(module, "read_arrays", lambda clip, *names: read.append(clip.clip) or real(clip, *names))
    drawn = Pools(CLIPS, changed(mode="none", unlabelled=100_000), 0)
    drawn.faces()
    assert set(drawn.table()["pool"]) == {"labelled"}
    assert sorted(read) == sorted({place.clip.clip for place in drawn.labelled})


def test_another_seed_draws_others() -> None:
    assert not Pools(CLIPS, PARAMS, 0).table().equals(Pools(CLIPS, PARAMS, 1).table())


@given(st.integers(0, 99), st.lists(st.sampled_from(["live", "attack"]), min_size=6, max_size=6))
@settings(max_examples=20)
def test_the_unlabelled_pool_does_not_know_labels(seed: int, labels: list[str]) -> None:
    """Whatever the labels are said to be, the same patches come; and none of their places can tell one."""
    lied = [replace(clip, label=label, attack="", instrument="") for clip, label in zip(CLIPS, labels, strict=True)]
    told, known = (unlabelled_places(clips, PARAMS, seed) for clips in (lied, CLIPS))
    assert [(place.clip.clip, *place[1:]) for place in told] == [(place.clip.clip, *place[1:]) for place in known]
    assert {(place.clip.label, place.clip.attack, place.clip.instrument) for place in told} == {("", "", "")}


def test_of_unlabelled_patches_only_pixels_are_handed_on() -> None:
    drawn = Pools(CLIPS, PARAMS, 0)
    assert isinstance(drawn.patches()[1], np.ndarray)
    table = drawn.table()
    assert set(table.loc[table["pool"] == "unlabelled", "label"]) == {""}


def test_every_clip_gives_one_patch_before_any_gives_another() -> None:
    places = unlabelled_places([*CLIPS, capture("live9", "live", frames=1)], changed(unlabelled=14), 0)
    assert set(Counter(place.clip.clip for place in places).values()) == {2}


def test_a_short_clip_does_not_hold_the_others_up() -> None:
    clips = [capture("live0", "live", frames=1, side=8), capture("live1", "live"), *CLIPS[3:]]
    places = labelled_places(clips, changed(labelled=40), 0)
    assert Counter(place.clip.clip for place in places)["live0"] == 1


def test_people_with_dev_clips_train_nothing() -> None:
    dev = [capture("dev", "live", subject="attack1"), capture("unknown", "live")]
    dev[1] = replace(dev[1], subject="")
    assert [clip.clip for clip in apart(CLIPS, dev)] == ["live0", "live1", "live2", "attack0", "attack2"]
    nameless = [replace(clip, subject="") for clip in CLIPS]
    assert apart(nameless, dev) == nameless


def test_whole_faces() -> None:
    drawn = Pools(CLIPS, changed(input="whole", labelled=8, unlabelled=12), 0)
    assert drawn.patches()[0].images.shape == (8, SIDE, SIDE, 3)
    assert (drawn.table()[["x", "y"]] == 0).all(axis=None)


def test_the_faces_of_the_labelled_pool_come_once() -> None:
    drawn = Pools(CLIPS, PARAMS, 4)
    table = drawn.table()
    known = table[table["pool"] == "labelled"].drop_duplicates(["dataset", "clip", "frame"])
    faces = drawn.faces()
    assert faces.images.shape == (len(known), SIDE, SIDE, 3)
    assert faces.live.tolist() == (known["label"] == "live").tolist()


@pytest.mark.parametrize(
    ("clips", "values", "told"),
    [
        (CLIPS, {"labelled": 400}, r"200 live patches of 8 pixels every 4 are asked for \(.*labelled 400\), the 3 clips have 150"),
        (CLIPS, {"unlabelled": 301}, r"301 unlabelled patches .* the 6 clips have 300"),
        (CLIPS, {"input": "whole"}, r"10 live whole faces are asked for .* the 3 clips have 6"),
        (CLIPS, {"patch": 32}, r"set attack0: its faces are 24 x 24 pixels, meta_pseudo_label.patch is 32|set live0: its faces are 24"),
        (CLIPS[:3], {}, r"the training clips need both classes, attack missing"),
        (CLIPS[3:], {}, r"the training clips need both classes, live missing"),
        ([replace(clip, features={"frames": {"frame": np.arange(2)}}) for clip in CLIPS], {}, "computed without aligned"),
    ],
)
def test_bad_pools_are_told_in_one_line(clips: list[Clip], values: dict[str, object], told: str) -> None:
    with pytest.raises(UserError, match=told) as error:
        Pools(clips, changed(**values), 0)
    assert "\n" not in str(error.value)
