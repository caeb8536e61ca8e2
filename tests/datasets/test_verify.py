"""Copies beside the published counts."""

import re
from fnmatch import fnmatchcase

import pandas as pd
import pytest

from fas.cli import run
from fas.datasets.adapter import ATTACKS, LABELS, SPLITS
from fas.datasets.registry import ADAPTERS, adapter
from fas.datasets.verify import GROUP, compare, differences, published
from fas.errors import UserError

FOUR = ("msu_mfsd", "casia_fasd", "replay_attack", "oulu_npu")


def alternatives(pattern: str) -> list[str]:
    """A pattern of the column `files` as shell patterns: braces spelled out, `<what stands here>` as `*`."""
    braces = re.search(r"\{([^}]*)\}", pattern)
    if braces:
        return [one for part in braces[1].split(",") for one in alternatives(pattern.replace(braces[0], part, 1))]
    return [re.sub(r"<[^>]*>", "*", pattern)]


@pytest.mark.parametrize("name", FOUR)
def test_a_complete_copy_is_as_published(manifests, name):
    mine = manifests[manifests["dataset"] == name]
    compared = compare(adapter(name), mine)
    assert differences(compared).empty
    assert compared["found"].sum() == len(mine)


@pytest.mark.parametrize("name", FOUR)
def test_the_patterns_name_the_files_of_their_group(manifests, name):
    mine = manifests[manifests["dataset"] == name]
    for _, group in published(adapter(name)).iterrows():
        of_group = mine[(mine["label"] == group["label"]) & (mine["instrument"] == group["instrument"])]
        of_group = of_group[of_group["split"] == group["split"]]
        shapes = alternatives(group["files"])
        assert all(any(fnmatchcase(clip, shape) for shape in shapes) for clip in of_group["clip"])
        others = mine[(mine["label"] != group["label"]) | (mine["instrument"] != group["instrument"])]
        assert not [clip for clip in others["clip"] if any(fnmatchcase(clip, shape) for shape in shapes) and "enroll" not in clip]


def test_what_is_missing_is_told_with_its_pattern(manifests):
    mine = manifests[(manifests["dataset"] == "oulu_npu") & ~manifests["clip"].str.match(r"Dev_files/.*_3_2[1-9]_4\.avi")]
    (row,) = differences(compare(adapter("oulu_npu"), mine)).to_dict("records")
    assert (row["split"], row["instrument"], row["published"] - row["found"]) == ("dev", "display_1", 54)
    assert row["files"] == "Dev_files/<phone>_<session>_<21-35>_4.avi"


def test_captures_of_no_group_are_told(manifests):
    mine = manifests[manifests["dataset"] == "msu_mfsd"].copy()
    mine.loc[mine.index[0], "split"] = "dev"
    different = differences(compare(adapter("msu_mfsd"), mine))
    assert different[["published", "found"]].values.tolist() in ([[30, 29], [0, 1]], [[40, 39], [0, 1]])


@pytest.mark.parametrize(("edition", "live", "attack"), [("V1 (110 clips)", 70, 40), ("V2", 504, 504), ("V2", 400, 300)])
def test_a_copy_is_compared_with_the_edition_it_is_nearest_to(edition, live, attack):
    rows = [dict.fromkeys(GROUP, "") | {"label": "live"}] * live + [
        dict.fromkeys(GROUP, "") | {"label": "attack", "attack": "mask_rigid"}
    ] * attack
    compared = compare(adapter("hkbu_mars"), pd.DataFrame(rows))
    assert set(compared["edition"]) == {edition}
    assert compared["found"].tolist() == [live, attack]


@pytest.mark.parametrize(
    ("there", "edition"),
    [
        ((("image", "train", "live", 20), ("image", "dev", "attack", 5)), "photographs"),
        ((("video", "train", "live", 84), ("video", "test", "attack", 57)), "sequences"),
        ((("image", "train", "live", 1320), ("video", "train", "live", 84)), "photographs and sequences"),
        ((("image", "train", "live", 17808), ("image", "test", "live", 11162)), "pictures of sequences"),
    ],
)
def test_wffd_is_told_by_its_media_and_splits(there, edition):
    kinds = [dict(zip(("media", "split", "label"), kind, strict=False)) for kind in there]
    rows = [
        {"attack": "wax" if kind["label"] == "attack" else "", "instrument": "wax" if kind["label"] == "attack" else ""} | kind
        for kind, (*_, number) in zip(kinds, there, strict=True)
        for _ in range(number)
    ]
    compared = compare(adapter("wffd"), pd.DataFrame(rows))
    assert set(compared["edition"]) == {edition}
    assert compared["found"].sum() == len(rows)


def test_counts_are_of_known_datasets_and_classes():
    for name in ADAPTERS:
        if name == "folder":
            continue
        counts = published(adapter(name))
        assert (counts["count"] > 0).all()
        assert set(counts["label"]) <= set(LABELS)
        assert set(counts["split"]) <= {*SPLITS, "", "*"}
        assert set(counts["attack"]) <= {*ATTACKS, "", "*"}
        assert (counts.loc[counts["label"] == "live", ["attack", "instrument"]] == "").all(axis=None)


def test_your_own_captures_have_no_published_counts():
    with pytest.raises(UserError, match="folder: no published counts"):
        published(adapter("folder"))


@pytest.mark.parametrize(("lost", "code"), [(None, 0), ("train_release/3/HR_2.avi", 1)])
def test_the_command_exits_1_when_something_is_missing(plant, tmp_path, capsys, lost, code):
    videos = [*map(str, range(1, 9)), *(f"HR_{number}" for number in range(1, 5))]
    names = [
        f"{split}_release/{n}/{v}.avi" for split, people in (("train", 20), ("test", 30)) for n in range(1, people + 1) for v in videos
    ]
    root = plant(tmp_path / "casia", [name for name in names if name != lost])
    assert run(["scan", "casia_fasd", str(root), "--out", str(tmp_path / "c.csv"), "--verify"]) == code
    told = capsys.readouterr().out
    if lost:
        assert "not as published, 1 of 8 groups differ" in told
        assert "train_release/<1-20>/{3,4,HR_2}.avi" in told
    else:
        assert "as published: 8 groups, 600 captures" in told
