"""The metrics once more, plain and slow, straight from their definitions: loops and exact fractions, nothing of fas.

What it computes is what `fas.metrics.evaluate` must print, but for the intervals. Scores are those of a table of clips or of frames.
"""

import math
from fractions import Fraction

ROLES = {"dev_eer": "dev", "source_eval_eer": "source_eval", "test_eer": "test"}


def metrics(rows, fixed=0.5):
    """All keys but `ci95` of a list of rows (dicts with the columns of a score file)."""
    clips = clips_of(rows)
    test = [clip for clip in clips if clip["role"] == "test"]
    live, attacks = split(test)
    every = [score for scores in attacks.values() for score in scores]
    return {
        "n_live": len(live),
        "n_attack": len(every),
        "fta": percent(sum(math.isnan(clip["score"]) for clip in test), len(test)),
        "auc": auc(live, every),
        "eer": None if not live or not every else number(equal_error(live, every)[0]),
        **{f"bpcer{bound}": bpcer_at(live, attacks, bound) for bound in (10, 20, 100)},
        "tpr_at_fpr": {fpr: tpr_at(live, every, bound) for fpr, bound in (("0.01", 100), ("0.005", 200), ("0.001", 1000))},
        "policies": policies(clips, live, attacks, fixed),
    }


def clips_of(rows):
    """A clip's score is the mean of its finite frames, NaN when it has none."""
    frames = {}
    for row in rows:
        frames.setdefault((row["dataset"], row["clip"]), []).append(row)
    clips = []
    for same in frames.values():
        finite = [row["score"] for row in same if math.isfinite(row["score"])]
        clips.append(same[0] | {"score": math.fsum(finite) / len(finite) if finite else math.nan})
    return clips


def split(clips):
    """The live scores, and the attacks' scores by class."""
    live, attacks = [], {}
    for clip in clips:
        if clip["label"] == "live":
            live.append(clip["score"])
        else:
            attacks.setdefault(clip["attack"], []).append(clip["score"])
    return live, attacks


def auc(live, attacks):
    """Live positive; a NaN ranks lowest; NaN against NaN, as any tie, counts one half."""
    if not live or not attacks:
        return None
    halves = 0
    for one in live:
        for other in attacks:
            a, b = (-math.inf if math.isnan(score) else score for score in (one, other))
            halves += 2 if a > b else 1 if a == b else 0
    return percent(halves, 2 * len(live) * len(attacks))


def candidates(scores):
    """A threshold below all, between each two neighbours and above all, ascending; none when there is no score."""
    known = sorted({score for score in scores if not math.isnan(score)})
    if not known:
        return []
    return [known[0] - 1, *((known[i] + known[i + 1]) / 2 for i in range(len(known) - 1)), known[-1] + 1]


def accepted(scores, threshold):
    """The share of scores that reach a threshold; NaN never does. No threshold accepts nothing."""
    return Fraction(sum(threshold is not None and score >= threshold for score in scores), len(scores))


def equal_error(live, attacks):
    """The EER and its threshold: |FAR - FRR| least, then the smaller mean, then the lowest threshold."""
    best = None
    for threshold in candidates(live + attacks) or [None]:
        far, frr = accepted(attacks, threshold), 1 - accepted(live, threshold)
        if best is None or (abs(far - frr), far + frr) < best[0]:
            best = (abs(far - frr), far + frr), threshold
    return 50 * best[0][1], best[1]


def bpcer_at(live, attacks, bound):
    """BPCER at the lowest threshold where the worst class's APCER is at most 1 / bound."""
    if not live or not attacks:
        return None
    every = [score for scores in attacks.values() for score in scores]
    for threshold in candidates(live + every) or [None]:
        if max(accepted(scores, threshold) for scores in attacks.values()) <= Fraction(1, bound):
            return number(100 * (1 - accepted(live, threshold)))
    raise AssertionError("the highest threshold accepts nothing")


def tpr_at(live, attacks, bound):
    """Attack positive: the threshold is the i-th of the live scores, the least live first; what lies strictly below it is an attack."""
    if not live or not attacks:
        return None
    ordered = sorted(-math.inf if math.isnan(score) else score for score in live)
    threshold = ordered[max(1, len(live) // bound) - 1]
    return percent(sum((-math.inf if math.isnan(score) else score) < threshold for score in attacks), len(attacks))


def policies(clips, live, attacks, fixed):
    found = {}
    for name, role in ROLES.items():
        rows = [clip for clip in clips if clip["role"] == role]
        if rows:
            source_live, source_attacks = split(rows)
            every = [score for scores in source_attacks.values() for score in scores]
            known = bool(source_live and every)
            threshold = equal_error(source_live, every)[1] if known else None
            found[name] = errors(live, attacks, threshold, known)
    return found | {"fixed": errors(live, attacks, fixed, True)}


def errors(live, attacks, threshold, known):
    every = [score for scores in attacks.values() for score in scores]

    def share(scores, rejected=False):
        if not scores or not known:
            return None
        return 100 * (1 - accepted(scores, threshold) if rejected else accepted(scores, threshold))

    by_attack = {name: share(scores) for name, scores in attacks.items()}
    worst = max((value for value in by_attack.values() if value is not None), default=None)
    pooled, bpcer = share(every), share(live, rejected=True)
    return {
        "threshold": threshold,
        "hter": mean(pooled, bpcer),
        "apcer": number(worst),
        "apcer_pooled": number(pooled),
        "apcer_by_attack": {name: number(value) for name, value in by_attack.items()},
        "bpcer": number(bpcer),
        "acer": mean(worst, bpcer),
    }


def mean(one, other):
    return None if one is None or other is None else number((one + other) / 2)


def percent(part, whole):
    return number(Fraction(100 * part, whole)) if whole else None


def number(value):
    return None if value is None else float(value)
