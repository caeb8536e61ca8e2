import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from fas.plan.samples import FEW, Sample, buckets, grouped


def manifest(count, media="image", split="train", label="live"):
    return pd.DataFrame({"clip": [f"{split}/{label}/{n}.png" for n in range(count)], "media": media, "split": split, "label": label})


def test_few_images_have_files_of_their_own_and_many_share_them():
    assert buckets(manifest(FEW), None) == {}
    many = pd.Series(buckets(manifest(FEW + 1), None))
    assert 64 <= len(many) / many.nunique() <= 128


@given(st.integers(1, 60), st.integers(1, 9))
def test_a_bucket_depends_on_the_clip_alone(count, number):
    assert buckets(manifest(count), number).items() <= buckets(manifest(count + 7), number).items()


def test_a_split_or_a_label_has_buckets_of_its_own():
    both = pd.concat([manifest(30, split=split, label=label) for split in ("train", "test") for label in ("live", "attack")])
    found = pd.Series(buckets(both, 2))
    assert found.nunique() == 8
    assert (found.groupby(found).apply(lambda group: len({clip.rpartition("/")[0] for clip in group.index})) == 1).all()


def test_videos_have_none():
    assert buckets(manifest(10, media="video"), 4) == {}
    assert buckets(manifest(10), 0) == {}


def test_grouping_keeps_every_sample_once():
    wanted = {Sample("d", str(n)) for n in range(9)}
    places = {("d", str(n)): f"b{n % 2}" for n in range(6)}
    groups = grouped(wanted, places)
    assert sorted(sample for _, group in groups for sample in group) == sorted(wanted)
    assert [bucket for bucket, _ in groups] == ["", "", "", "b0", "b1"]


def test_a_sample_under_a_prescribed_policy_has_a_name_of_its_own():
    assert Sample("siw", "a.mov").name == "siw/a.mov"
    assert Sample("siw", "a.mov", "first60").name == "siw/a.mov@first60"
