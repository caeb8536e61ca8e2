import numpy as np
import pytest

from fas.clips import Clip
from fas.errors import UserError
from fas.report.embedding import project, spread


def clips(count, label="live", attack=""):
    return [Clip("s", f"{attack}{number:03d}.avi", label, attack) for number in range(count)]


def test_groups_that_are_apart_stay_apart():
    random = np.random.default_rng(0)
    points = project(np.concatenate([random.normal(0, 1, (20, 8)), random.normal(30, 1, (20, 8))]))
    first, second = points[:20], points[20:]
    inside = max(np.linalg.norm(part - part.mean(axis=0), axis=1).mean() for part in (first, second))
    assert np.linalg.norm(first.mean(axis=0) - second.mean(axis=0)) > 2 * inside


def test_the_same_features_give_the_same_places():
    vectors = np.random.default_rng(1).normal(size=(30, 5)).astype(np.float32)
    assert (project(vectors) == project(vectors.copy())).all()


@pytest.mark.parametrize(
    ("vectors", "told"), [(np.ones((4, 3)), "4 clips"), (np.ones((9, 1)), "one dimension"), (np.full((9, 2), np.nan), "not all finite")]
)
def test_what_cannot_be_projected_is_told(vectors, told):
    with pytest.raises(UserError, match=told):
        project(vectors)


def test_few_clips_are_all_shown():
    assert len(spread(clips(7), 7)) == 7


def test_of_many_clips_each_class_keeps_its_share():
    chosen = spread([*clips(300), *clips(100, "attack", "print")], 40)
    assert len(chosen) == len({clip.clip for clip in chosen}) == 40
    assert sum(clip.live for clip in chosen) == 30
    assert spread([*clips(100, "attack", "print"), *clips(300)], 40) == chosen
