"""The figures of one table, the rows that it adds to the plots' tables, and what of them the page shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from fas.clips import Clip
from fas.errors import UserError
from fas.methods import method
from fas.methods.base import Drawn, FigureRun
from fas.report.album import Album
from fas.report.cue_makers import cue_figures
from fas.report.curves import det_points, draw_det, draw_roc, roc_points, thinned
from fas.report.embedding import draw_tsne, places, spread
from fas.report.gallery import draw_galleries
from fas.report.histograms import draw_histogram, histogram
from fas.report.params import ReportParams
from fas.report.sources import Sources
from fas.report.style import look, note_simulated_figure, save, slug
from fas.report.trained import Trained
from fas.report.views import RowView, View, pair, pairs, runs
from fas.report.worst import draw_worst
from fas.tables.spec import TableSpec

Key = tuple[str, str]  # protocol, run


@dataclass
class Figures:
    """The plots' tables, the places of clips in each t-SNE, the method's own figures (protocol -> heading and name), and what could not
    be drawn."""

    curves: list[pd.DataFrame] = field(default_factory=list)
    histograms: list[pd.DataFrame] = field(default_factory=list)
    tsne: dict[Key, pd.DataFrame] = field(default_factory=dict)
    no_tsne: dict[Key, str] = field(default_factory=dict)
    own: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def draw(folder: Path, spec: TableSpec, views: Sequence[View], sources: Sources, params: ReportParams, album: Album) -> Figures:
    """Draw into `folder` what the first seed's runs gave; the methods' own figures go into the `album` as well."""
    figures = Figures()
    for view in views:
        _curves(folder, view, figures)
        _embeddings(folder, view, sources, params, figures)
        _own(folder, view, sources, params, figures, album)
        if params.faces:
            _worst(folder, view, sources, params, figures)
    if params.faces:
        figures.warnings += draw_galleries(folder, spec, views, sources)
        for view in views[:1]:
            _cue_makers(folder, view, sources, figures, album)
    return figures


def _name(what: str, view: View, row: RowView | None = None) -> str:
    about = (row.row.method, row.row.variant, row.row.score or "") if row else ()
    return slug(what, view.spec.id, view.protocol, *about) + ".png"


def _curves(folder: Path, view: View, figures: Figures) -> None:
    for row in view.scored:
        about = {"table": view.spec.id, "data": f"{view.spec.collection} data", "protocol": view.protocol, "row": row.label}
        figures.curves.append(det_points(thinned(roc_points(row))).assign(**about))
        figures.histograms.append(histogram(row).assign(**about))
        draw_histogram(folder / _name("histogram", view, row), view, row)
    if view.scored:
        draw_roc(folder / _name("roc", view), view)
        draw_roc(folder / _name("roclog", view), view, logarithmic=True)
        draw_det(folder / _name("det", view), view)


def _embeddings(folder: Path, view: View, sources: Sources, params: ReportParams, figures: Figures) -> None:
    """The t-SNE of each run whose method names a layer."""
    for row in runs([row for row in view.scored if method(row.row.method).embedding]):
        key = (view.protocol, row.run)
        try:
            trained = Trained.of(row.row.method, row.folder, sources)
            if trained is None:
                raise UserError(f"{row.run}: no model")
            clips, vectors = trained.features(spread(trained.readable(_test_clips(row, sources)), params.tsne))
            figures.tsne[key] = places(clips, vectors)
            title = f"{row.row.method}/{row.row.variant}, {view.protocol}\n{trained.method.layer}"
            draw_tsne(folder / _name("tsne", view, row), title, figures.tsne[key], view.simulated)
        except UserError as error:
            figures.no_tsne[key] = str(error)
            figures.warnings.append(f"t-SNE of {row.run}: {error}")


def _test_clips(row: RowView, sources: Sources) -> list[Clip]:
    return [sources.clips[pair] for pair in pairs(row.test) if pair in sources.clips]


def _own(folder: Path, view: View, sources: Sources, params: ReportParams, figures: Figures, album: Album) -> None:
    """The figures that only a method has, of all its rows together."""
    for name in dict.fromkeys(row.row.method for row in view.scored if method(row.row.method).figures):
        try:
            rows = runs([row for row in view.scored if row.row.method == name])
            found = [run for row in rows if (run := _figure_run(row, sources))]
            with look():
                for drawn in method(name).draw_figures()(found, sources.runtime) if found else ():
                    if params.faces or not drawn.people:
                        _keep(folder, view, name, drawn, figures, album)
        except UserError as error:
            figures.warnings.append(f"figures of {name}, {view.protocol}: {error}")


def _keep(folder: Path, view: View, name: str, drawn: Drawn, figures: Figures, album: Album) -> None:
    file = slug("own", view.spec.id, view.protocol, name, drawn.name) + ".png"
    note_simulated_figure(drawn.figure, view.simulated)
    save(drawn.figure, folder / file)
    album.add_figure(file, drawn.figure)
    figures.own.setdefault(view.protocol, []).append((drawn.heading, file))


def _cue_makers(folder: Path, view: View, sources: Sources, figures: Figures, album: Album) -> None:
    """The cue makers of a table beside each other, on its first protocol."""
    try:
        with look():
            for drawing in cue_figures(view, sources):
                _keep(folder, view, "cues", drawing, figures, album)
    except UserError as error:
        figures.warnings.append(f"figures of cue makers, {view.protocol}: {error}")


def _figure_run(row: RowView, sources: Sources) -> FigureRun | None:
    """The run with the clips that it reads; None when it has no model."""
    trained = Trained.of(row.row.method, row.folder, sources)
    if trained is None:
        return None
    roles = dict(zip(pairs(row.clips), row.clips["role"], strict=True))
    clips = trained.readable(sources.clips[pair] for pair in roles if pair in sources.clips)
    return FigureRun(row.label, row.row.variant, trained.params, row.folder, [(clip, roles[pair(clip)]) for clip in clips])


def _worst(folder: Path, view: View, sources: Sources, params: ReportParams, figures: Figures) -> None:
    for row in view.scored:
        file = _name("worst", view, row)
        try:
            draw_worst(folder / file, view, row, sources.clips, params.worst)
        except UserError as error:
            figures.warnings.append(f"{file}: {error}")
