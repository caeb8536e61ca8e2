"""Which clips have pictures in index.html, and the pictures themselves: those of the galleries and the worst ones of each row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fas.clips import FRAMES
from fas.errors import UserError
from fas.methods import method
from fas.report.album import Album
from fas.report.gallery import choose
from fas.report.panels import CUE_MAP, coloured, panels
from fas.report.params import ReportParams
from fas.report.sources import Pair, Sources
from fas.report.trained import Trained
from fas.report.views import RowView, View, pair, pairs, runs
from fas.report.worst import worst


@dataclass
class Pictured:
    """What was embedded: each view's gallery, the value that is brightest in each run's cue maps, the keys of pictures, what failed."""

    galleries: list[list[Pair]] = field(default_factory=list)
    tops: dict[str, float] = field(default_factory=dict)
    clips: dict[Pair, list[str]] = field(default_factory=dict)  # -> heads
    cue_maps: dict[str, list[Pair]] = field(default_factory=dict)  # run -> clips
    without: set[Pair] = field(default_factory=set)  # there was no room for them
    warnings: list[str] = field(default_factory=list)


def clip_key(one: Pair) -> str:
    """The key of a clip's pictures in the album."""
    return "/".join(one)


def cue_key(run: str, one: Pair) -> str:
    """The key of a clip's cue map by a run."""
    return f"{run}:{clip_key(one)}"


def embed(album: Album, views: Sequence[View], sources: Sources, params: ReportParams) -> Pictured:
    """Put the pictures of the clips that the views show into the album, galleries first, then the worst of all rows in
    turn; none where faces are left out."""
    pictured = Pictured()
    if not params.faces:
        pictured.galleries = [[] for _ in views]
        return pictured
    turns: list[tuple[int, Pair, RowView]] = []
    for view in views:
        gallery = _gallery(view, sources, params.gallery)
        pictured.galleries.append(gallery)
        turns += [(-1, one, row) for one in gallery for row in runs(view.scored)]
        for row in view.scored:
            for table in worst(row, params.worst):
                turns += [(rank, one, row) for rank, one in enumerate(pairs(table)) if _has_face(one, sources)]
    turns.sort(key=lambda turn: turn[0])
    maps = _cue_maps(turns, sources, pictured)
    for _, one, row in turns:
        _add(album, one, row, maps, sources, pictured)
    return pictured


def _gallery(view: View, sources: Sources, most: int) -> list[Pair]:
    """At most so many test clips with a face, as many of each class of each dataset."""
    test = view.test
    kinds = len(test.groupby(["dataset", "attack"])) or 1
    return [pair(clip) for clip in choose(test, sources.clips, view.spec.features, max(1, most // kinds))[:most]]


def _has_face(one: Pair, sources: Sources) -> bool:
    return one in sources.clips and sources.clips[one].has(FRAMES)


def _cue_maps(turns: Sequence[tuple[int, Pair, RowView]], sources: Sources, pictured: Pictured) -> Mapping[str, Mapping[Pair, np.ndarray]]:
    """Run -> the cue maps of all clips that are shown of it."""
    wanted: dict[str, tuple[RowView, list[Pair]]] = {}
    for _, one, row in turns:
        if method(row.row.method).cue_maps:
            wanted.setdefault(row.run, (row, []))[1].append(one)
    found: dict[str, Mapping[Pair, np.ndarray]] = {}
    for run, (row, ones) in wanted.items():
        try:
            trained = Trained.of(row.row.method, row.folder, sources)
            maps = trained.cue_maps(sources.clips[one] for one in dict.fromkeys(ones)) if trained else {}
        except UserError as error:
            pictured.warnings.append(f"cue maps of {run}: {error}")
            continue
        if maps:
            found[run] = maps
            pictured.tops[run] = max(float(one.max()) for one in maps.values())
    return found


def _add(
    album: Album, one: Pair, row: RowView, maps: Mapping[str, Mapping[Pair, np.ndarray]], sources: Sources, pictured: Pictured
) -> None:
    """Add a clip's panels, if they are not there, and its cue map by a row's run."""
    if album.full or one in pictured.without:
        if one not in pictured.clips and one not in pictured.without:
            pictured.without.add(one)
            album.left_out += 1
        return
    if one not in pictured.clips:
        found = panels(sources.clips[one])
        if not album.add(clip_key(one), found):
            pictured.without.add(one)
            return
        pictured.clips[one] = list(found)
    if one in maps.get(row.run, {}) and one not in pictured.cue_maps.get(row.run, []):
        cue_map = {CUE_MAP: coloured(maps[row.run][one], pictured.tops[row.run])}
        if album.add(cue_key(row.run, one), cue_map):
            pictured.cue_maps.setdefault(row.run, []).append(one)
