"""What the simulated data gives away: how well things that should say nothing tell live from attack.

    python -m benchmarks.giveaways          # after `make demo`

Each is fed to a logistic regression under the protocols of table demo-loo; clip-level AUC in percent, 50 is nothing.
"""

from pathlib import Path

import av
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fas.config import load as load_config
from fas.errors import UserError
from fas.media import select_frames
from fas.metrics import auc
from fas.params import load
from fas.plan.wanted import Run, Wanted

FOLDS = ("oci-to-m", "omi-to-c", "ocm-to-i", "icm-to-o")
STRIP = 8  # pixels


def main() -> None:
    wanted = Wanted(load(), load_config())
    protocols = {name: wanted.roles(Run("handcrafted", "default", name, 0, "simulated", "seeded")) for name in (*FOLDS, "mcio-intra")}
    listed = pd.concat(protocols.values())[["dataset", "clip"]].drop_duplicates()
    pairs = list(listed.itertuples(index=False, name=None))
    seen = {pair: values for pair in pairs if (values := describe(Path("data/simulated") / pair[0] / pair[1])) is not None}
    live = {pair: wanted.rows[pair]["label"] == "live" for pair in seen}
    print(f"{'':18}" + "".join(f"{name:>12}" for name in (*FOLDS, "mean", "mcio-intra")))
    for cue in next(iter(seen.values())):
        results = {name: judged(roles, {pair: values[cue] for pair, values in seen.items()}, live) for name, roles in protocols.items()}
        row = [*(results[name] for name in FOLDS), float(np.mean([results[name] for name in FOLDS])), results["mcio-intra"]]
        print(f"{cue:18}" + "".join(f"{value:12.1f}" for value in row))


def describe(path: Path) -> dict[str, list[float]] | None:
    """The cues of one file; None for one that cannot be read."""
    try:
        count, frames = select_frames(path, lambda total: [0])
    except UserError:
        return None
    first = frames[0].astype(np.float64)
    inner = np.ones(first.shape[:2], bool)
    inner[STRIP:-STRIP, STRIP:-STRIP] = False
    strip = first[inner]
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        form = [stream.codec_context.width, stream.codec_context.height, float(stream.average_rate or 0), count]
    return {
        "container": [float(path.suffix == suffix) for suffix in (".mp4", ".mov", ".avi")],
        "form": [float(value) for value in form],
        "file size": [float(np.log(path.stat().st_size))],
        "mean brightness": [float(first.mean())],
        "border strip": [*strip.mean(axis=0), *strip.std(axis=0)],
    }


def judged(roles: pd.DataFrame, values: dict[tuple[str, str], list[float]], live: dict[tuple[str, str], bool]) -> float:
    """AUC of the test clips under a logistic regression of the training clips."""
    sets = {}
    for role in ("train", "test"):
        mine = roles[roles["role"] == role]
        chosen = [pair for pair in zip(mine["dataset"], mine["clip"], strict=True) if pair in values]
        sets[role] = (np.array([values[pair] for pair in chosen]), np.array([live[pair] for pair in chosen]))
    model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000)).fit(*sets["train"])
    scores, truth = model.decision_function(sets["test"][0]), sets["test"][1]
    return auc(scores[truth], scores[~truth])


if __name__ == "__main__":
    main()
