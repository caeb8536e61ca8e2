"""What stands behind the tables: warnings, runs, captures, items without a result, parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fas.files import digest_file
from fas.report.album import Album
from fas.report.content import CUES, Tabled
from fas.report.learned import learned
from fas.report.pictures import Pictured
from fas.report.sources import Sources
from fas.runs import CONFIG
from fas.tables.spec import TableSpec


@dataclass(frozen=True)
class Background:
    """The page's last sections. `collections` are those of the tables."""

    collections: frozenset[str]
    warnings: Sequence[str]
    runs: pd.DataFrame
    captures: pd.DataFrame
    learned: pd.DataFrame
    failures: pd.DataFrame
    parameters: Mapping[str, Any]


def background(tables: Sequence[Tabled], pictured: Pictured, album: Album, sources: Sources) -> Background:
    """Collected from the configs of everything that was trained, and the indexes of all stages."""
    specs = [table.spec for table in tables]
    configs = {name: config for name, folder in trained(specs, sources).items() if (config := sources.config(folder))}
    warnings = [warning for table in tables for warning in table.figures.warnings] + pictured.warnings
    warnings += [f"{name}: {text}" for name, config in configs.items() for text in config.get("warnings", [])]
    return Background(
        collections=frozenset(spec.collection for spec in specs),
        warnings=[*dict.fromkeys(warnings), *_left_out(pictured, album)],
        runs=_runs({name: config for name, config in configs.items() if not name.startswith(CUES)}),
        captures=counts(sources.captures, sources.collections),
        learned=learned({name.removeprefix(CUES): config for name, config in configs.items() if name.startswith(CUES)}),
        failures=sources.failures(),
        parameters=_parameters(configs),
    )


def trained(specs: Sequence[TableSpec], sources: Sources) -> dict[str, Path]:
    """The folders of all trained cue makers (as `cues/<name>`; variants that share a training: its first) and of the tables' runs."""
    folders = sorted(path.parent for path in sources.cues.glob(f"*/{CONFIG}"))
    first = {digest_file(folder / CONFIG): folder for folder in reversed(folders)}  # a card holds parameters and losses
    cues = {f"{CUES}{folder.name}": folder for folder in sorted(first.values())}
    runs = [sources.folder(spec, *run) for spec in specs for run in spec.runs()]
    return cues | {run.relative_to(sources.runs).as_posix(): run for run in runs}


def counts(captures: pd.DataFrame, collections: Mapping[str, str]) -> pd.DataFrame:
    """How many captures there are: a line per dataset and split, a column per class. `collections`: dataset -> simulated or real."""
    if not len(captures):
        return pd.DataFrame()
    kind = captures["attack"].where(captures["label"] == "attack", "live")
    table = pd.crosstab([captures["dataset"], captures["split"].replace("", "-")], kind)
    table = table[sorted(table.columns, key=lambda name: (name != "live", name))]
    table = table.assign(all=table.sum(axis=1)).reset_index().rename_axis(columns=None)
    table.insert(1, "data", [collections.get(dataset, "") for dataset in table["dataset"]])
    return table


def _left_out(pictured: Pictured, album: Album) -> list[str]:
    if not album.left_out:
        return []
    clips = f"those of {len(pictured.without)} clips and " if pictured.without else ""
    return [f"index.html holds {album.size / 1e6:.1f} MB of pictures; {clips}{album.left_out} in all did not fit (report.embedded)"]


def _parameters(configs: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What was trained with: per method and variant its own parameters, and those of the features they read."""
    extraction: dict[str, Any] = {}
    found: dict[str, Any] = {}
    for name, config in configs.items():
        extraction |= config.get("extraction", {})
        found["/".join(name.split("/")[:2])] = config.get("params", {})
    return extraction | found


def _runs(configs: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """A line per trained run: its data, its clips, and its own threshold with its source."""
    rows = []
    for name, config in configs.items():
        clips = {f"{role} (live + attack)": f"{count['live']} + {count['attack']}" for role, count in config["clips"].items()}
        about = {"run": name, "data": config.get("collection", "")}
        rows.append({**about, **clips, "own threshold": config["threshold"], "from": config["threshold_source"]})
    return pd.DataFrame(rows)
