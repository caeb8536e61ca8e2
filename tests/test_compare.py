"""Paired differences: what must hold for any two methods, and whether the interval may be believed."""

import json

import numpy as np
import pandas as pd
import pytest

from fas.compare import compare, pair
from fas.errors import UserError
from fas.metrics import evaluate
from fas.tables.pool import evaluate_pool

POLICIES = ("dev_eer", "test_eer", "fixed")


def table(seed, people=12, dataset="m", roles=("test", "dev"), own=0.6, world=0):
    """Clip scores of a method: what people and clips are like is the same for every `seed`; `own` is how much methods differ on them."""
    common, random = np.random.default_rng([world, len(dataset)]), np.random.default_rng([world, 1000 + seed])
    rows = []
    for role in roles:
        for person in range(people):
            ease, liking = common.normal(0, 0.7), random.normal(0, own)  # the second: how well this method copes with this person
            for label, attack, sign in (("live", "", 1), ("live", "", 1), ("attack", "print", -1), ("attack", "replay", -0.6)):
                score = sign * (1 + ease + liking) + common.normal(0, 0.5) + random.normal(0, own)
                rows.append({"label": label, "attack": attack, "role": role, "subject": f"{role}{person}", "score": score})
    clips = [f"{number:04d}.mp4" for number in range(len(rows))]
    return pd.DataFrame(rows).assign(dataset=dataset, clip=clips, instrument="")


def measures(result):
    """All measures of a comparison by name."""
    return {"auc": result["auc"], "eer": result["eer"]} | {
        f"{policy}.{name}": one for policy, named in result["policies"].items() for name, one in named.items()
    }


def test_a_method_against_itself_differs_by_nothing():
    a = table(0)
    result = compare([pair(a, a.sample(frac=1, random_state=0))], resamples=50)
    assert set(result["policies"]) == set(POLICIES)
    for one in measures(result).values():
        assert (one["difference"], one["ci95"], one["opposite"]) == (0, [0, 0], None)


def test_exchanged_methods_have_the_opposite_difference():
    a, b = table(0), table(1)
    one, other = (measures(compare([pair(*both)], resamples=100)) for both in ((a, b), (b, a)))
    assert any(value["difference"] for value in one.values())
    for name, value in one.items():
        mirrored = other[name]
        assert (value["a"], value["b"], value["difference"]) == (mirrored["b"], mirrored["a"], -mirrored["difference"])
        assert value["ci95"] == pytest.approx([-mirrored["ci95"][1], -mirrored["ci95"][0]])
        assert value["opposite"] == mirrored["opposite"]


def test_attacks_moved_towards_live_are_worse():
    a = table(0, people=30)
    b = a.assign(score=a["score"] + 1.2 * (a["label"] == "attack"))
    for name, one in measures(compare([pair(a, b)])).items():
        low, high = one["ci95"]
        assert (high < 0) if name == "auc" else (low > 0), name
        assert one["opposite"] < 2.5


def test_a_shift_of_all_scores_changes_only_what_a_fixed_threshold_decides():
    a = table(0)
    result = measures(compare([pair(a, a.assign(score=a["score"] + 0.25))], resamples=50))
    for name, one in result.items():
        assert (one["difference"] == 0) == (not name.startswith("fixed"))
    moved = measures(compare([pair(a, a.assign(score=a["score"] + 0.25))], thresholds=[(0.5, 0.75)], resamples=50))
    assert all(one["difference"] == 0 for one in moved.values())


def test_the_values_are_those_of_evaluate():
    a, b = table(0), table(1)
    result = compare([pair(a, b)], thresholds=[(0.1, None)], resamples=2)
    alone = {"a": evaluate(a, 0.1, resamples=2), "b": evaluate(b, resamples=2)}
    for name, one in measures(result).items():
        policy, _, measure = name.rpartition(".")
        for side, metrics in alone.items():
            assert one[side] == pytest.approx((metrics["policies"][policy] if policy else metrics)[measure])
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_folds_are_pooled_as_the_tables_pool_them():
    pairs = [pair(table(number, dataset=name), table(10 + number, dataset=name)) for number, name in enumerate(("m", "c", "oulu"))]
    result = compare(pairs, resamples=20)
    for side, folds in zip("ab", zip(*pairs, strict=True), strict=True):
        pool = evaluate_pool(folds, resamples=2)
        assert result["auc"][side] == pytest.approx(pool["auc_mean"])
        for policy in ("dev_eer", "test_eer"):
            for name in ("hter", "acer"):
                assert result["policies"][policy][name][side] == pytest.approx(pool["policies"][policy][name])
    assert (result["n_live"], result["n_attack"], result["people"]) == (72, 72, 36)


def test_two_seeds_of_one_run_are_the_same_people():
    """Otherwise a run counted twice would look like twice the evidence."""
    once = compare([pair(table(0), table(1))])
    twice = compare([pair(table(0), table(1))] * 2)
    assert twice["people"] == once["people"]
    for name, one in measures(once).items():
        assert measures(twice)[name]["ci95"] == pytest.approx(one["ci95"])


def test_a_policy_that_one_fold_lacks_is_absent():
    both, only_test = table(0), table(0, dataset="c", roles=("test",))
    assert set(compare([pair(both, both), pair(only_test, only_test)], resamples=2)["policies"]) == {"test_eer", "fixed"}


def test_one_person_shows_no_spread():
    a, b = (table(seed, people=1) for seed in (0, 1))
    assert all(one["ci95"] is None and one["opposite"] is None for one in measures(compare([pair(a, b)], resamples=5)).values())


def test_a_threshold_that_nothing_gives_is_none():
    a = table(0)
    a = a[(a["role"] == "test") | (a["label"] == "live")]
    result = compare([pair(a, a)], resamples=5)
    assert result["policies"]["dev_eer"]["hter"] == {"a": None, "b": None, "difference": None, "ci95": None, "opposite": None}


def test_the_seed_decides():
    both = pair(table(0), table(1))
    first = compare([both], resamples=50)
    assert first == compare([both], resamples=50)
    assert first != compare([both], resamples=50, seed=1)


def test_pairing_is_by_clip_and_leaves_training_alone():
    a = pd.concat([table(0), table(0, roles=("train",)).assign(clip=lambda rows: "t" + rows["clip"])])
    first, second = pair(a, table(1).sample(frac=1, random_state=3))
    assert first["clip"].tolist() == second["clip"].tolist() == table(0)["clip"].tolist()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda rows: rows[1:], "B: has no clip m 0000.mp4, which A has"),
        (lambda rows: rows.assign(clip=rows["clip"].replace("0000.mp4", "x.mp4")), "B: has no clip m 0000.mp4, which A has"),
        (lambda rows: rows.assign(role=rows["role"].replace("dev", "source_eval")), "0048.mp4: role is 'source_eval', but 'dev' in A"),
        (lambda rows: rows.assign(label="live"), "0002.mp4: label is 'live', but 'attack' in A"),
        (lambda rows: rows.assign(attack=rows["attack"].replace("replay", "cut")), "0003.mp4: attack is 'cut', but 'replay' in A"),
        (lambda rows: rows.assign(subject="x"), "0000.mp4: subject is 'x', but 'test0' in A"),
    ],
)
def test_what_is_no_pair_is_told_in_one_line(change, told):
    with pytest.raises(UserError, match=told) as error:
        pair(table(0), change(table(1)))
    assert "\n" not in str(error.value)
    with pytest.raises(UserError):
        pair(change(table(1)), table(0))


class TestCoverage:
    """Two methods that are equally good over endlessly many people: their difference is 0, and its 95 % interval should mostly hold it."""

    @pytest.fixture(scope="class")
    def results(self):
        both = [[table(seed, people=25, world=world) for seed in (0, 1)] for world in range(100)]
        return [measures(compare([pair(a, b)], resamples=120, seed=world)) for world, (a, b) in enumerate(both)]

    @pytest.mark.parametrize("name", ["auc", "eer", "dev_eer.hter", "dev_eer.acer"])
    def test_a_true_null(self, results, name):
        held = np.mean([one[name]["ci95"][0] <= 0 <= one[name]["ci95"][1] for one in results])
        assert 0.88 <= held < 1  # above 95 %: error rates move in steps, and many resamples show no difference

    def test_the_other_sign_reads_like_a_one_sided_p_value(self, results):
        """Where nothing differs, it is spread evenly between 0 and one half: under 5 % in about one of ten."""
        shares = [50 if one["auc"]["opposite"] is None else one["auc"]["opposite"] for one in results]
        small = np.mean([share < 5 for share in shares])
        assert 0.04 <= small <= 0.18

    def test_pairing_makes_it_narrow(self):
        """What both methods find hard cancels out; two intervals of their own could not tell."""
        a, b = table(0, people=40, own=0.1), table(1, people=40, own=0.1)
        low, high = compare([pair(a, b)])["auc"]["ci95"]
        own_low, own_high = evaluate(a)["ci95"]["auc"]
        assert high - low < (own_high - own_low) / 2
