import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fas.report.book import Book
from fas.report.listing import listed, shortened
from fas.report.views import pairs

SCORES = st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), max_size=40)


@given(SCORES, st.lists(st.floats(-1e6, 1e6), max_size=3))
def test_shortening_changes_no_decision(scores, thresholds):
    short = shortened(scores, thresholds)
    assert [one is None for one in short] == [bool(np.isnan(score)) for score in scores]
    for threshold in thresholds:
        assert [one is not None and one >= threshold for one in short] == [score >= threshold for score in scores]


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40))
def test_shortening_keeps_four_digits_of_the_range(scores):
    short = shortened(scores, [])
    assert np.abs(np.subtract(short, scores)).max() <= np.ptp(scores) * 1e-3 / 2 + 1e-12


def test_short_scores_are_short():
    short = shortened(np.random.default_rng(0).normal(size=1000), [0.123456789])
    assert np.mean([len(str(one)) for one in short]) < 7


def clips(count, seed=0):
    live = np.arange(count) % 2 == 0
    return pd.DataFrame(
        {
            "label": np.where(live, "live", "attack"),
            "attack": np.where(live, "", "print"),
            "clip": [f"{number:04d}.avi" for number in range(count)],
            "score": np.random.default_rng(seed).normal(size=count),
        }
    )


def test_all_clips_are_listed_where_there_is_room(make):
    views = [make.view(make.row(clips(30))), make.view(make.row(clips(20)))]
    assert [len(one) for one in listed(views, [[], []], 50, 3)] == [30, 20]


def test_where_there_is_none_the_gallery_and_the_worst_stay(make):
    rows = [make.row(clips(1000, seed), f"row {seed}") for seed in range(2)]
    view = make.view(*rows)
    gallery = [("s", "0500.avi")]
    (table,) = listed([view], [gallery], 400, 5)
    assert len(table) == 200  # two scores each
    kept = set(pairs(table))
    assert set(gallery) <= kept
    for row in rows:
        for label, ascending in (("live", True), ("attack", False)):
            wrong = row.test[row.test["label"] == label].sort_values("score", ascending=ascending).head(5)
            assert set(pairs(wrong)) <= kept
    assert table["clip"].is_monotonic_increasing


def test_nothing_to_list(make):
    assert listed([], [], 10, 3) == []
    assert len(listed([make.view(make.row(clips(0)))], [[]], 10, 3)[0]) == 0


def test_a_book_numbers_each_clip_once(make):
    first, second = (table.assign(dataset=name, instrument="") for table, name in ((clips(3), "b"), (clips(4), "a")))
    book = Book([first, second, first.head(2)])
    content = book.content()
    assert content["datasets"] == ["a", "b"]
    assert content["starts"] == [0, 4]
    assert content["names"] == ["0000.avi", "0001.avi", "0002.avi", "0003.avi", "0000.avi", "0001.avi", "0002.avi"]
    assert [content["classes"][number] for number in content["class"]] == ["live", "print", "live", "print", "live", "print", "live"]
    assert book.of([("b", "0001.avi"), ("c", "x")]) == [5, -1]
    assert book.ranges([("b", "0000.avi"), ("a", "0003.avi"), ("a", "0000.avi")]) == [[0, 1], [3, 5]]


def test_an_empty_book():
    assert Book([]).content()["names"] == []
    assert Book([]).ranges([]) == []


@pytest.mark.parametrize("span", [1e-9, 1e9])
def test_shortening_works_on_any_scale(span):
    scores = np.linspace(0, span, 7)
    assert len(set(shortened(scores, []))) == 7
