"""The figures of one table, and the rows that it adds to the plots' tables."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from fas.clips import Clip
from fas.errors import UserError
from fas.methods import method
from fas.report.curves import draw_histogram, draw_roc, histogram, roc_points
from fas.report.gallery import CueMaps, Shown, choose, draw_gallery
from fas.report.sources import Sources
from fas.report.style import slug
from fas.runs import CONFIG
from fas.schema import parse
from fas.tables.compute import Results
from fas.tables.spec import Row, TableSpec

Roles = dict[tuple[str, str], tuple[str, str]]


@dataclass
class Figures:
    """What was drawn for a table: heading -> file names, the plots' tables, and what could not be drawn."""

    pictures: dict[str, list[str]] = field(default_factory=dict)
    roc: list[pd.DataFrame] = field(default_factory=list)
    histograms: list[pd.DataFrame] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def draw(folder: Path, spec: TableSpec, results: Results, sources: Sources) -> Figures:
    """ROC curves and score histograms of the first seed's runs, and a gallery of clips, into `folder`."""
    figures = Figures()
    _curves(folder, spec, results, figures)
    _galleries(folder, spec, results, sources, figures)
    return figures


def _curves(folder: Path, spec: TableSpec, results: Results, figures: Figures) -> None:
    simulated = spec.collection == "simulated"
    rocs, histograms = [], []
    for protocol in spec.protocols():
        rows = list(_scored(spec, results, protocol))
        for row, clips in rows:
            about = {"table": spec.id, "protocol": protocol, "row": row.label}
            figures.roc.append(roc_points(clips).assign(**about))
            figures.histograms.append(histogram(clips).assign(**about))
            name = slug("histogram", spec.id, protocol, row.method, row.variant, row.score or "") + ".png"
            policies = results.metrics(row, (protocol,), spec.seeds[0])["policies"]
            thresholds = {policy: policies[policy]["threshold"] for policy in _policies(spec, protocol) if policy in policies}
            if draw_histogram(folder / name, f"{row.label}, {protocol}", clips, thresholds, simulated):
                histograms.append(name)
        if rows:
            name = slug("roc", spec.id, protocol) + ".png"
            draw_roc(folder / name, protocol, [(row.label, clips) for row, clips in rows], simulated)
            rocs.append(name)
    figures.pictures |= {"ROC curves, test clips": rocs, "Scores by class, test clips": histograms}


def _scored(spec: TableSpec, results: Results, protocol: str) -> Iterator[tuple[Row, pd.DataFrame]]:
    """The rows that have scores, and these; the table itself tells why the others have none."""
    for row in spec.rows:
        try:
            yield row, results.clips(row, protocol, spec.seeds[0])
        except UserError:
            continue


def _policies(spec: TableSpec, protocol: str) -> list[str]:
    return list(dict.fromkeys(column.policy for column in spec.columns if column.policy and protocol in column.protocols))


def _galleries(folder: Path, spec: TableSpec, results: Results, sources: Sources, figures: Figures) -> None:
    roles = _roles(spec, results)
    captures = sources.captures[sources.captures["dataset"].isin({dataset for dataset, _ in roles})]
    clips = choose(captures, sources.features(), spec.features)
    name, row = _cue_row(spec) if clips else ("", None)
    names = []
    for dataset in dict.fromkeys(clip.dataset for clip in clips):
        picture = slug("gallery", spec.id, dataset) + ".png"
        try:
            shown = [_shown(clip, roles, spec, row, sources) for clip in clips if clip.dataset == dataset]
            draw_gallery(folder / picture, dataset, shown, name, spec.collection == "simulated")
            names.append(picture)
        except UserError as error:
            figures.warnings.append(f"{picture}: {error}")
    figures.pictures["What the methods see"] = names


def _shown(clip: Clip, roles: Roles, spec: TableSpec, row: Row | None, sources: Sources) -> Shown:
    if (clip.dataset, clip.clip) not in roles:
        return Shown(clip, "")
    protocol, role = roles[clip.dataset, clip.clip]
    return Shown(clip, f"{role}, {protocol}", _cue_maps(spec, row, protocol, sources) if row else None)


def _roles(spec: TableSpec, results: Results) -> Roles:
    """(dataset, clip) -> a protocol and the clip's role there: where it is a test clip, if it is one anywhere."""
    roles: Roles = {}
    for protocol in spec.protocols():
        for _, clips in _scored(spec, results, protocol):
            for dataset, clip, role in zip(clips["dataset"], clips["clip"], clips["role"], strict=True):
                if role == "test" and roles.get((dataset, clip), ("", ""))[1] != "test":
                    roles[dataset, clip] = (protocol, role)
                roles.setdefault((dataset, clip), (protocol, role))
    return roles


def _cue_row(spec: TableSpec) -> tuple[str, Row | None]:
    """The first row whose method can draw cue maps, and what to call it."""
    for row in spec.rows:
        card = method(row.method)
        if hasattr(card.load(), "cue_maps"):
            return card.name, row
    return "", None


def _cue_maps(spec: TableSpec, row: Row, protocol: str, sources: Sources) -> CueMaps | None:
    """The cue maps of a run; None when the run is not there."""
    folder = sources.folder(spec, row.method, row.variant, protocol, spec.seeds[0])
    config = sources.config(folder)
    if not config:
        return None
    card = method(row.method)
    params = parse(card.params, {**config["params"], "variants": {}}, str(folder / CONFIG))
    draw_maps = card.load().cue_maps
    return lambda clip: draw_maps(folder, params, clip, sources.runtime)
