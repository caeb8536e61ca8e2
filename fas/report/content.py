"""The data inside index.html: what its script draws. Columns, not rows, and no more digits than are shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from fas.methods import method
from fas.report.album import Album
from fas.report.book import Book
from fas.report.curves import DET_TICKS, FLOOR, deviate, roc_points, thinned
from fas.report.figures import Figures
from fas.report.histograms import histogram
from fas.report.listing import listed, shortened
from fas.report.panels import CUE_MAP, caption
from fas.report.params import ReportParams
from fas.report.pictures import Pictured, clip_key, cue_key
from fas.report.sheet import Sheet
from fas.report.sources import Pair
from fas.report.style import SIMULATED
from fas.report.training import quantities, smoothed
from fas.report.views import RowView, View, pairs, policy_title
from fas.tables.columns import POLICIES
from fas.tables.spec import TableSpec

CUES = "cues/"  # what the names of cue makers begin with, beside those of runs
_HISTORY_POINTS = 80
_NODES = 241


@dataclass(frozen=True)
class Tabled:
    """A table, its views, and what was drawn of them."""

    spec: TableSpec
    sheet: Sheet
    views: Sequence[View]
    figures: Figures


def content(
    tables: Sequence[Tabled], pictured: Pictured, album: Album, histories: Mapping[str, pd.DataFrame], params: ReportParams
) -> dict[str, Any]:
    """Everything that the page's script needs, as a JSON object.

    `histories` are those of runs and cue makers by their names; of the runs only those of the first seed are shown.
    """
    lists = listed([view for table in tables for view in table.views], pictured.galleries, params.listed, params.worst)
    book = Book(lists)
    policies = sorted({name for table in tables for view in table.views for row in view.rows for name in row.policies})
    shown = {row.run for table in tables for view in table.views for row in view.rows}
    parts = iter(zip(lists, pictured.galleries, strict=True))
    return {
        "axes": {"floor": FLOOR, "det": list(DET_TICKS), "deviates": _deviates()},
        "policies": {name: {"name": policy_title(name), "text": POLICIES[name.partition(" ")[0]]} for name in policies},
        "limits": {"worst": params.worst, "faces": params.faces, "without": len(pictured.without)},
        "clips": book.content(),
        "tables": [
            {
                "id": table.spec.id,
                "title": table.spec.title,
                "mark": SIMULATED if table.spec.collection == "simulated" else "",
                "seeds": table.spec.seeds,
                "views": [_view(view, *next(parts), table.figures, book, album) for view in table.views],
            }
            for table in tables
        ],
        "pictures": _pictures(pictured, album, book),
        "cues": _cue_maps(pictured, album, book),
        "histories": {name: _history(history) for name, history in histories.items() if name in shown or name.startswith(CUES)},
    }


def _deviates() -> list[list[float]]:
    """Rates in percent and their normal deviates, close enough for straight lines between them."""
    ends = deviate([0.0, 100.0])
    deviates = np.linspace(ends[0], ends[1], _NODES)
    return [_rounded(100 * norm.cdf(deviates), 5), _rounded(deviates, 4)]


def _view(view: View, clips: pd.DataFrame, gallery: Sequence[Pair], figures: Figures, book: Book, album: Album) -> dict[str, Any]:
    own = figures.own.get(view.protocol, [])
    return {
        "protocol": view.protocol,
        "test": len(view.test),
        "clips": book.ranges(pairs(clips)),
        "gallery": book.of(gallery),
        "own": [{"heading": heading, "file": file, "picture": album.pictures.get(file, "")} for heading, file in own],
        "rows": [_row(view, row, clips, figures, book) for row in view.rows],
    }


def _row(view: View, row: RowView, clips: pd.DataFrame, figures: Figures, book: Book) -> dict[str, Any]:
    about: dict[str, Any] = {"label": row.label, "run": row.run}
    if row.reason:
        return {**about, "reason": row.reason}
    points = thinned(roc_points(row))
    scores = row.test.set_index(["dataset", "clip"])["score"].reindex(pairs(clips))
    return {
        **about,
        "live": row.metrics["n_live"],
        "attacks": row.metrics["n_attack"],
        "missing": int(row.test["score"].isna().sum()),
        "auc": _round(row.metrics["auc"]),
        "roc": [_rounded(points["apcer_pooled"], 3), _rounded(points["bpcer"], 3)],
        "policies": {name: _policy(errors) for name, errors in row.policies.items()},
        "histogram": _histogram(row),
        "scores": shortened(scores.to_numpy(), row.thresholds.values()),
        "tsne": _tsne(view, row, figures, book),
    }


def _policy(errors: Mapping[str, Any]) -> dict[str, Any]:
    """The errors at one threshold as they are printed, `place` for the curves, and the threshold with all its digits for the decisions."""
    rates = {name: _round(errors[name]) for name in ("hter", "acer", "apcer", "apcer_pooled", "bpcer")}
    by_attack = {name: _round(share) for name, share in errors["apcer_by_attack"].items()}
    known = errors["apcer_pooled"] is not None and errors["bpcer"] is not None
    place = _rounded([errors["apcer_pooled"], errors["bpcer"]], 3) if known else None
    ci95 = {name: _rounded(interval, 1) for name, interval in errors["ci95"].items() if interval}
    return {"threshold": errors["threshold"], **rates, "by_attack": by_attack, "place": place, "ci95": ci95}


def _histogram(row: RowView) -> dict[str, Any]:
    table = histogram(row)
    if not len(table):
        return {}
    classes = {str(name): part["clips"].tolist() for name, part in table.groupby("class", sort=False)}
    return {"low": table["low"].min(), "high": table["high"].max(), "classes": classes}


def _tsne(view: View, row: RowView, figures: Figures, book: Book) -> dict[str, Any]:
    key = (view.protocol, row.run)
    if key not in figures.tsne:
        return {"reason": figures.no_tsne[key]} if key in figures.no_tsne else {}
    points = figures.tsne[key]
    kinds = {name: sorted(set(points[name]), key=lambda one: (one != "live", one)) for name in ("class", "dataset")}
    low, span = points[["x", "y"]].min(), np.ptp(points[["x", "y"]].to_numpy(), axis=0).max() or 1.0
    return {
        "layer": method(row.row.method).layer,
        "classes": kinds["class"],
        "datasets": kinds["dataset"],
        "class": [kinds["class"].index(name) for name in points["class"]],
        "dataset": [kinds["dataset"].index(name) for name in points["dataset"]],
        "clip": book.of(pairs(points)),
        "x": _rounded((points["x"] - low["x"]) / span, 4),
        "y": _rounded((points["y"] - low["y"]) / span, 4),
    }


def _pictures(pictured: Pictured, album: Album, book: Book) -> dict[str, Any]:
    """The heads' captions, and per clip number its pictures by head."""
    heads = dict.fromkeys(head for found in pictured.clips.values() for head in found)
    clips = {
        number: {head: album.pictures[f"{clip_key(one)} {head}"] for head in found}
        for (one, found), number in zip(pictured.clips.items(), book.of(pictured.clips), strict=True)
    }
    return {"captions": {head: caption(head) for head in heads}, "clips": clips}


def _cue_maps(pictured: Pictured, album: Album, book: Book) -> dict[str, Any]:
    """Per run the caption, and its cue maps by clip number."""
    found = {}
    for run, ones in pictured.cue_maps.items():
        maps = {number: album.pictures[f"{cue_key(run, one)} {CUE_MAP}"] for one, number in zip(ones, book.of(ones), strict=True)}
        found[run] = {"caption": caption(CUE_MAP, run.partition("/")[0], pictured.tops[run]), "clips": maps}
    return found


def _history(history: pd.DataFrame) -> dict[str, Any]:
    """Name -> steps and moving average of each quantity, at up to `_HISTORY_POINTS` steps."""
    found = {}
    for name, values in quantities(history).items():
        kept = np.unique(np.linspace(0, len(values) - 1, _HISTORY_POINTS).round().astype(int))
        found[name] = [values.index[kept].tolist(), _significant(smoothed(values).iloc[kept])]
    return found


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _rounded(values: Iterable[float], digits: int) -> list[float]:
    return [round(float(value), digits) for value in values]


def _significant(values: Iterable[float]) -> list[float | None]:
    return [float(f"{value:.4g}") if np.isfinite(value) else None for value in values]
