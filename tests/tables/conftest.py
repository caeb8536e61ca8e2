from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

ATTACKS = ("print", "replay")


def make_scores(seed: int, datasets: tuple[str, ...] = ("a",), people: int = 6, frames: int = 2) -> pd.DataFrame:
    """Frame scores of `people` per dataset, two of them in dev; two live clips and one of each attack class a person."""
    random = np.random.default_rng(seed)
    rows = []
    for dataset in datasets:
        for person in range(people):
            for label, attack, number in [("live", "", 0), ("live", "", 1), *(("attack", name, 0) for name in ATTACKS)]:
                level = random.normal(1 if label == "live" else -1)
                for frame in range(frames):
                    rows.append(
                        {
                            "dataset": dataset,
                            "clip": f"{person}/{attack or label}{number}.avi",
                            "subject": str(person),
                            "label": label,
                            "attack": attack,
                            "instrument": attack,
                            "role": "dev" if person < 2 else "test",
                            "score": level + random.normal(0, 0.2),
                            "score_other": level + random.normal(0, 0.2),
                            "frame": 5 * frame,
                        }
                    )
    return pd.DataFrame(rows)


@pytest.fixture
def scores() -> Callable[..., pd.DataFrame]:
    return make_scores
