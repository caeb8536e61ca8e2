"""Which faces the cue makers learned from, and how many frames their pose filter left out."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

COLUMNS = ["cue maker", "dataset", "turned at most", "frames", "left out", "kept", "learned from"]


def learned(configs: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """The cue makers' cards (config.json), by name, as a table: `COLUMNS`, one row per cue maker and dataset, one for all datasets.

    `frames`, `left out`, `kept`: frames with a face, those that the pose filter left out, and the rest (empty without a filter).
    `learned from`: the faces that the cue maker itself took of them, where its card tells (`faces`).
    """
    table = pd.DataFrame([row for name, config in configs.items() for row in _rows(name, config)], columns=COLUMNS)
    return table.astype(dict.fromkeys(COLUMNS[3:], "Int64"))  # whole numbers, of which some may be unknown


def _rows(cue: str, config: Mapping[str, Any]) -> list[dict[str, Any]]:
    bound = _bound(config["params"])
    counts: Mapping[str, Mapping[str, int]] = config.get("pose", {})
    rows = [{"cue maker": cue, "dataset": dataset, "turned at most": bound, **_counted([count])} for dataset, count in counts.items()]
    names = ", ".join(config["params"]["faces"])
    whole = {"cue maker": cue, "dataset": names, "turned at most": bound, "learned from": config.get("faces"), **_counted(counts.values())}
    return [*rows, whole] if len(rows) > 1 else [whole]


def _bound(params: Mapping[str, Any]) -> str:
    """The pose filter in words; `-` without one."""
    bounds = {"yaw": params.get("max_yaw"), "pitch": params.get("max_pitch")}
    return ", ".join(f"{name} {value:g}°" for name, value in bounds.items() if value is not None) or "-"


def _counted(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The frames of some datasets together; nothing where none was counted."""
    counts = list(counts)
    kept, left_out = (sum(count[name] for count in counts) for name in ("kept", "left_out"))
    return {"frames": kept + left_out, "left out": left_out, "kept": kept} if counts else {}
