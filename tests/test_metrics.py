"""Metrics against a slow reference, by hand, and by what must hold for any scores."""

import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fas.counts import arrange
from fas.metrics import auc, eer, evaluate, roc

NAN = float("nan")
KEYS = {"n_live", "n_attack", "fta", "auc", "eer", "bpcer10", "bpcer20", "bpcer100", "tpr_at_fpr", "policies", "ci95"}
POLICY_KEYS = {"threshold", "hter", "apcer", "apcer_pooled", "apcer_by_attack", "bpcer", "acer"}

# Few distinct values, so that ties and equal optima are common.
score = st.integers(-3, 3).map(lambda value: value / 4) | st.just(NAN) | st.floats(-1, 1)
QUICK = settings(deadline=None, max_examples=50)
class_scores = st.lists(score, min_size=1, max_size=12)


def shares(live, attack, threshold):
    """FAR and FRR at a threshold, counted clip by clip."""
    far = sum(value >= threshold for value in attack) / len(attack)
    frr = sum(not value >= threshold for value in live) / len(live)
    return far, frr


def candidates(live, attack):
    values = sorted({value for value in [*live, *attack] if np.isfinite(value)})
    if not values:
        return []
    middles = [above if below + (above - below) / 2 == below else below + (above - below) / 2 for below, above in pairwise(values)]
    return [values[0] - 1, *middles, values[-1] + 1]


def reference_eer(live, attack):
    """The definition, word by word, in exact fractions of the counts."""
    best = None
    for threshold in candidates(live, attack):
        accepted = sum(value >= threshold for value in attack) * len(live)
        rejected = sum(not value >= threshold for value in live) * len(attack)
        rank = (abs(accepted - rejected), accepted + rejected)
        if best is None or rank < best[0]:
            best = (rank, threshold)
    if best is None:
        return 50.0, NAN
    return 100 * best[0][1] / (2 * len(live) * len(attack)), best[1]


def reference_auc(live, attack):
    def low(value):
        return -np.inf if np.isnan(value) else value

    wins = sum((low(a) > low(b)) + 0.5 * (low(a) == low(b)) for a in live for b in attack)
    return 100 * wins / (len(live) * len(attack))


def scores(live, attacks, role="test", dataset="m", subject=None):
    """A score table: `attacks` maps a class to its scores. Every clip has a subject of its own unless one is given."""
    rows = [("live", "", value) for value in live] + [("attack", name, value) for name, values in attacks.items() for value in values]
    frame = pd.DataFrame(rows, columns=["label", "attack", "score"])
    names = [f"{role}{number:04d}" for number in range(len(frame))]
    return frame.assign(dataset=dataset, clip=names, subject=subject or names, instrument="", role=role)


@QUICK
@given(class_scores, class_scores)
def test_eer_is_the_reference(live, attack):
    value, threshold = eer(np.array(live), np.array(attack))
    expected, where = reference_eer(live, attack)
    assert value == pytest.approx(expected)
    assert threshold == pytest.approx(where, nan_ok=True)


@QUICK
@given(class_scores, class_scores)
def test_the_threshold_gives_the_eer(live, attack):
    value, threshold = eer(np.array(live), np.array(attack))
    assert value == pytest.approx(50 * sum(shares(live, attack, threshold)))


@QUICK
@given(class_scores, class_scores)
def test_auc_is_the_reference(live, attack):
    assert auc(np.array(live), np.array(attack)) == pytest.approx(reference_auc(live, attack))


@QUICK
@given(class_scores, class_scores)
def test_swapped_classes_mirror_the_auc(live, attack):
    assert auc(np.array(live), np.array(attack)) + auc(np.array(attack), np.array(live)) == pytest.approx(100)


@QUICK
@given(st.lists(st.integers(-50, 50), min_size=1, max_size=12), st.lists(st.integers(-50, 50), min_size=1, max_size=12))
def test_only_the_ranks_matter(live, attack):
    live, attack = np.array(live, float), np.array(attack, float)
    for transform in (lambda value: 3 * value - 7, lambda value: value**3, np.arctan):
        assert eer(transform(live), transform(attack))[0] == eer(live, attack)[0]
        assert auc(transform(live), transform(attack)) == auc(live, attack)


@QUICK
@given(class_scores, class_scores)
def test_negated_and_swapped_scores_have_the_same_eer(live, attack):
    live, attack = (np.array([value for value in values if not np.isnan(value)] or [0.0]) for values in (live, attack))
    assert eer(live, attack)[0] == pytest.approx(eer(-attack, -live)[0])


@QUICK
@given(class_scores, class_scores)
def test_roc_runs_from_corner_to_corner(live, attack):
    curve = roc(np.array(live), np.array(attack))
    for _, point in curve.dropna().iterrows():
        far, frr = shares(live, attack, point["threshold"])
        assert (point["far"], point["frr"]) == pytest.approx((100 * far, 100 * frr))
    assert curve["far"].is_monotonic_decreasing
    assert curve["frr"].is_monotonic_increasing
    assert (curve["far"].iloc[-1], curve["frr"].iloc[-1]) == (0, 100)


def test_by_hand():
    # Perfect: the lowest interval between the classes. Reversed: no threshold separates. Equal: the lowest of two equals.
    assert eer(np.array([3.0, 4]), np.array([1.0, 2])) == (0, 2.5)
    assert eer(np.array([1.0, 2]), np.array([3.0, 4]))[0] == 100
    assert eer(np.array([1.0]), np.array([1.0])) == (50, 0)
    assert auc(np.array([1.0]), np.array([1.0])) == 50
    # FAR 1/3 and FRR 1/3 at 2.5.
    assert eer(np.array([2.0, 3, 4]), np.array([1.0, 2, 3])) == (pytest.approx(100 / 3), 2.5)


def test_not_acquired_is_rejected():
    assert eer(np.array([2.0, NAN]), np.array([1.0]))[0] == 25  # FRR 1/2, FAR 0: the nearest to equal
    assert eer(np.array([2.0]), np.array([1.0, NAN])) == (0, 1.5)
    assert auc(np.array([NAN]), np.array([NAN])) == 50
    assert auc(np.array([NAN, 0]), np.array([-5.0])) == 50


def test_neighbouring_floats_have_a_threshold_between_them():
    low = 1.0
    high = np.nextafter(low, 2)
    value, threshold = eer(np.array([high]), np.array([low]))
    assert value == 0
    assert low < threshold <= high
    huge = eer(np.array([1e308]), np.array([-1e308, 1e300]))
    assert huge[0] == 0
    assert 1e300 < huge[1] <= 1e308


def test_one_class_only_has_no_eer():
    for live, attack in (([], [1.0]), ([1.0], []), ([], [])):
        assert np.isnan([*eer(np.array(live), np.array(attack)), auc(np.array(live), np.array(attack))]).all()


def test_all_keys_and_policies_by_hand():
    table = pd.concat(
        [
            scores([0.9, 0.8, 0.3, NAN], {"print": [0.7, 0.1], "replay": [0.2, 0.1, 0.1, NAN]}),
            scores([0.6], {"print": [0.2]}, role="dev"),
            scores([0.9], {"print": [0.7]}, role="source_eval"),
            scores([0.0], {"print": [1.0]}, role="train"),
        ]
    )
    result = evaluate(table, threshold=0.75)
    assert set(result) == KEYS
    assert (result["n_live"], result["n_attack"], result["fta"]) == (4, 6, 20)
    assert set(result["policies"]) == {"dev_eer", "source_eval_eer", "test_eer", "fixed"}
    assert all(set(policy) == POLICY_KEYS for policy in result["policies"].values())
    dev = result["policies"]["dev_eer"]  # accepts 0.9, 0.8 and the print of 0.7
    assert dev["threshold"] == pytest.approx(0.4)
    assert dev["apcer_by_attack"] == {"print": 50, "replay": 0}
    assert (dev["apcer"], dev["bpcer"], dev["acer"]) == (50, 50, 50)
    assert dev["apcer_pooled"] == pytest.approx(100 / 6)
    assert dev["hter"] == pytest.approx((100 / 6 + 50) / 2)
    assert result["policies"]["source_eval_eer"]["threshold"] == pytest.approx(0.8)
    fixed = result["policies"]["fixed"]
    assert (fixed["threshold"], fixed["apcer"], fixed["bpcer"]) == (0.75, 0, 50)
    assert result["policies"]["test_eer"]["hter"] == pytest.approx(result["eer"])
    assert set(result["ci95"]) == {"eer", "auc", "policies"}
    assert set(result["ci95"]["policies"]) == set(result["policies"])
    assert all(set(policy) == {"hter", "acer"} for policy in result["ci95"]["policies"].values())
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_a_score_at_the_threshold_is_accepted():
    policy = evaluate(scores([0.5], {"print": [0.5]}), resamples=1)["policies"]["fixed"]
    assert (policy["threshold"], policy["apcer"], policy["bpcer"]) == (0.5, 100, 0)


def test_policies_without_their_role_are_absent():
    assert set(evaluate(scores([1], {"print": [0]}), resamples=1)["policies"]) == {"test_eer", "fixed"}


def test_a_dev_of_one_class_gives_no_threshold():
    table = pd.concat([scores([1], {"print": [0]}), scores([1, 2], {}, role="dev")])
    policy = evaluate(table, resamples=5)["policies"]["dev_eer"]
    assert policy == dict.fromkeys(POLICY_KEYS) | {"apcer_by_attack": {"print": None}}


@pytest.mark.parametrize(("live", "attacks"), [([1.0, NAN], {}), ([], {"print": [1.0]}), ([], {})])
def test_what_cannot_be_computed_is_none(live, attacks):
    result = evaluate(scores(live, attacks), resamples=5)
    assert [result[key] for key in ("eer", "auc", "bpcer10", "bpcer20", "bpcer100")] == [None] * 5
    assert set(result["tpr_at_fpr"].values()) == {None}
    assert result["policies"]["test_eer"]["hter"] is None
    assert result["policies"]["fixed"]["bpcer"] == (50 if live else None)
    assert result["policies"]["fixed"]["apcer"] == (100 if attacks else None)
    assert result["ci95"]["eer"] is None


def test_no_score_at_all_is_the_worst_that_chance_gives():
    result = evaluate(scores([NAN], {"print": [NAN]}), resamples=5)
    assert (result["fta"], result["eer"], result["auc"], result["bpcer10"]) == (100, 50, 50, 100)
    assert result["policies"]["test_eer"]["threshold"] is None
    assert (result["policies"]["test_eer"]["bpcer"], result["policies"]["test_eer"]["apcer"]) == (100, 0)


def test_bpcer_at_the_worst_class():
    # Ten prints: one may be accepted. One replay: none may, so the threshold lies above 0.5.
    live = [0.1 * step for step in range(10)]
    result = evaluate(scores(live, {"print": [-1.0] * 9 + [5.0], "replay": [0.5]}), resamples=1)
    assert result["bpcer10"] == 60
    assert result["bpcer20"] == result["bpcer100"] == 100


def test_tpr_at_fpr_of_few_live_clips_allows_no_false_alarm():
    # The least live of the live clips stands at 0.3: two of the five attacks lie below it, the one at 0.3 does not.
    result = evaluate(scores([0.3, 0.4, 0.9], {"print": [0.1, 0.3, 0.5], "replay": [0.2, 0.8]}), resamples=1)
    assert result["tpr_at_fpr"] == {"0.01": 40, "0.005": 40, "0.001": 40}


def test_tpr_at_fpr_by_hand():
    # 400 live clips at 0, 1, ... 399: the threshold is the 4th (3), the 2nd (1) and the 1st (0) of them; what equals it is not below it.
    attacks = [-5.0, -1, 0, 0.5, 1, 2, 2.5, 3, 50, 500]
    result = evaluate(scores(list(map(float, range(400))), {"print": attacks}), resamples=1)
    assert result["tpr_at_fpr"] == {"0.01": 70, "0.005": 40, "0.001": 20}


def test_tpr_at_fpr_counts_what_was_not_acquired_as_rejected():
    # An attack without a score is detected; a live clip without one is a false alarm that no threshold takes back.
    assert evaluate(scores([0.5], {"print": [NAN, 0.9]}), resamples=1)["tpr_at_fpr"]["0.01"] == 50
    assert evaluate(scores([0.5, NAN], {"print": [NAN, 0.1]}), resamples=1)["tpr_at_fpr"]["0.01"] == 0
    live = [NAN, *map(float, range(199))]  # one in 100 may be lost of 200: the second least live stands at 0
    assert evaluate(scores(live, {"print": [NAN, -1.0, 0, 5]}), resamples=1)["tpr_at_fpr"] == {"0.01": 50, "0.005": 0, "0.001": 0}


@QUICK
@given(class_scores, class_scores)
def test_tpr_at_fpr_keeps_its_fpr(live, attack):
    """Some threshold detects that share of attacks (a clip below it is one) and takes no live clip for one, unless one is not acquired."""
    found = evaluate(scores(live, {"print": attack}), resamples=0)["tpr_at_fpr"]["0.01"]
    reached = [100 - 100 * far for far, frr in (shares(live, attack, t) for t in candidates(live, attack)) if frr == 0]
    assert found == pytest.approx(max(reached, default=0))


@QUICK
@given(class_scores, st.dictionaries(st.sampled_from(["print", "replay", "cut"]), class_scores, min_size=1))
def test_bpcer_is_the_reference(live, attacks):
    result = evaluate(scores(live, attacks), resamples=0)
    thresholds = candidates(live, [value for values in attacks.values() for value in values]) or [np.inf]
    for bound in (10, 20, 100):
        met = [t for t in thresholds if all(sum(value >= t for value in values) * bound <= len(values) for values in attacks.values())]
        assert result[f"bpcer{bound}"] == pytest.approx(100 * shares(live, [0.0], met[0])[1])


@settings(deadline=None, max_examples=10)
@given(class_scores, class_scores, class_scores, st.randoms())
def test_the_order_of_rows_does_not_matter(live, first, second, random):
    table = pd.concat([scores(live, {"print": first, "cut": second}), scores(first, {"print": live}, role="dev")], ignore_index=True)
    shuffled = table.iloc[random.sample(range(len(table)), len(table))]
    assert evaluate(table, resamples=20) == evaluate(shuffled, resamples=20)


def test_frames_count_as_clips():
    clips = scores([0.9, 0.4], {"print": [0.5, 0.1]})
    frames = pd.concat([clips.assign(frame=0, score=clips["score"] - 0.25), clips.assign(frame=1, score=clips["score"] + 0.25)])
    assert evaluate(frames, resamples=10) == evaluate(clips, resamples=10)


class TestIntervals:
    def table(self, people=20, spread=1.0, seed=0):
        random = np.random.default_rng(seed)
        rows = []
        for number in range(people):
            shift = random.normal(0, spread)
            for role in ("test", "dev"):
                live, attack = random.normal(1 + shift, 1, 4), random.normal(-1 - shift, 1, 6)
                one = scores(live, {"print": attack[:3], "replay": attack[3:]}, role=role, subject=f"{role}{number}")
                rows.append(one.assign(clip=[f"{clip}-{number}" for clip in one["clip"]]))
        return pd.concat(rows, ignore_index=True)

    def test_the_seed_decides(self):
        table = self.table()
        first = evaluate(table, resamples=100)["ci95"]
        assert first == evaluate(table, resamples=100)["ci95"]
        assert first != evaluate(table, resamples=100, seed=1)["ci95"]

    def test_they_hold_the_point(self):
        result = evaluate(self.table())
        for name in ("eer", "auc"):
            low, high = result["ci95"][name]
            assert low < result[name] < high

    def test_people_are_drawn_not_clips(self):
        def width(table):
            low, high = evaluate(table, resamples=300)["ci95"]["auc"]
            return high - low

        table = self.table(people=8, spread=2)
        assert width(table) > 1.3 * width(table.assign(subject=table["clip"]))

    def test_clips_without_a_subject_are_people_of_their_own(self):
        table = self.table()
        assert evaluate(table.assign(subject=""), resamples=50) == evaluate(table.assign(subject=table["clip"]), resamples=50)

    def test_a_single_person_shows_no_spread(self):
        table = scores([1.0, 0.5], {"print": [0.6, 0.0]}, subject="anna")
        assert evaluate(table, resamples=10)["ci95"] == {
            "eer": None,
            "auc": None,
            "policies": {name: {"hter": None, "acer": None} for name in ("test_eer", "fixed")},
        }

    def test_the_same_subject_in_two_datasets_is_two_people(self):
        table = pd.concat([scores([1.0, 0.2], {"print": [0.0]}, subject="1", dataset=name) for name in "mc"])
        assert arrange(table).people == 2

    @QUICK
    @given(class_scores, class_scores, st.integers(0, 99))
    def test_a_weighted_count_is_a_table_with_repeated_rows(self, live, attack, seed):
        """Every resample gives what the same clips, written out as often as they were drawn, would give."""
        table = scores(live, {"print": attack})
        weights = np.random.default_rng(seed).integers(0, 3, len(table))
        counts = arrange(table).counts(weights[None])
        repeated = table.loc[np.repeat(table.index, weights)]
        scores_of = {label: repeated[repeated["label"] == label]["score"].tolist() for label in ("live", "attack")}
        if not all(scores_of.values()):
            assert np.isnan(counts.eer()[0])
            return
        expected, where = reference_eer(scores_of["live"], scores_of["attack"])
        assert counts.eer()[0] == pytest.approx(expected)
        assert counts.threshold_at(counts.eer_place())[0] == pytest.approx(where, nan_ok=True)
        assert counts.auc()[0] == pytest.approx(reference_auc(scores_of["live"], scores_of["attack"]))
