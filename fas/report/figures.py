"""The figures of one table, and the rows that it adds to the plots' tables."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from fas.clips import Clip
from fas.errors import UserError
from fas.methods import method
from fas.report.curves import draw_histogram, draw_roc, histogram, roc_points
from fas.report.gallery import Shown, choose, draw_gallery, frame_shown
from fas.report.sources import Sources
from fas.report.style import slug
from fas.runs import CONFIG
from fas.schema import parse
from fas.tables.compute import Results
from fas.tables.spec import Row, TableSpec

Roles = dict[tuple[str, str], tuple[str, str]]  # (dataset, clip) -> protocol, role
Maps = dict[tuple[str, str], np.ndarray]


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
    card, maps = _cue_maps(spec, clips, roles, sources, figures)
    names = []
    for dataset in dict.fromkeys(clip.dataset for clip in clips):
        picture = slug("gallery", spec.id, dataset) + ".png"
        try:
            shown = [_shown(clip, roles, maps) for clip in clips if clip.dataset == dataset]
            draw_gallery(folder / picture, dataset, shown, card, spec.collection == "simulated")
            names.append(picture)
        except UserError as error:
            figures.warnings.append(f"{picture}: {error}")
    figures.pictures["What the methods see"] = names


def _shown(clip: Clip, roles: Roles, maps: Maps) -> Shown:
    pair = (clip.dataset, clip.clip)
    protocol, role = roles.get(pair, ("", ""))
    return Shown(clip, f"{role}, {protocol}" if role else "", maps.get(pair))


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


def _cue_maps(spec: TableSpec, clips: list[Clip], roles: Roles, sources: Sources, figures: Figures) -> tuple[str, Maps]:
    """The first method of the table that draws cue maps, and its maps of the clips, each by the run of the protocol that it is shown in."""
    row = next((row for row in spec.measured() if method(row.method).cue_maps), None)
    if row is None:
        return "", {}
    maps: Maps = {}
    by_protocol: dict[str, list[Clip]] = {}
    for clip in clips:
        by_protocol.setdefault(roles.get((clip.dataset, clip.clip), ("", ""))[0], []).append(clip)
    for protocol, shown in by_protocol.items():
        folder = sources.folder(spec, row.method, row.variant, protocol, spec.seeds[0])
        try:
            maps |= _drawn(row.method, folder, shown, sources) if protocol else {}
        except UserError as error:
            figures.warnings.append(f"cue maps of {row.label}, {protocol}: {error}")
    return row.method, maps


def _drawn(name: str, folder: Path, clips: list[Clip], sources: Sources) -> Maps:
    """The cue maps of a run; none when the run is not there."""
    config = sources.config(folder)
    if not config:
        return {}
    card = method(name)
    params = parse(card.params, {**config["params"], "variants": {}}, str(folder / CONFIG))
    maps = card.draw_cue_maps()(folder, params, [(clip, frame_shown(clip)) for clip in clips], sources.runtime)
    return {(clip.dataset, clip.clip): one for clip, one in zip(clips, maps, strict=True)}
