"""The published tables of the five papers: their specs hold together, and their numbers agree with each other."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fas.datasets.protocols.across import FOLDS
from fas.features.cues import split
from fas.files import read_yaml
from fas.methods import methods
from fas.params import BaseParams, load
from fas.plan.needs import needs
from fas.plan.tables import settle
from fas.tables.columns import Column, habits
from fas.tables.compute import Results, compute
from fas.tables.layout import layout
from fas.tables.published import published
from fas.tables.spec import AnySpec, PlainSpec, TableSpec, bundled, load_any

ROOT = Path(__file__).resolve().parents[2]
TABLES = {
    "000": range(1, 8),
    "001": range(1, 9),
    "002": range(1, 6),
    "003": range(2, 8),
    "004": range(5, 15),
}
IDS = [f"{paper}-T{number}" for paper, numbers in TABLES.items() for number in numbers]
ONE = ", one setting"
UNPUBLISHED = {"003-T5": {"appearance"}}  # rows of ours beside the paper's
PARAMS = ("params.yaml", "presets/tiny.yaml", "presets/paper.yaml")


@pytest.fixture(scope="module")
def params() -> BaseParams:
    return load(ROOT / "params.yaml")


def tables_of_runs() -> list[TableSpec]:
    return [spec for spec in map(load_any, IDS) if isinstance(spec, TableSpec)]


def test_all_of_them_are_there() -> None:
    assert len(IDS) == 36
    assert [name for name in bundled() if name[0].isdigit()] == IDS
    assert {load_any(name).paper for name in IDS} == set(TABLES)


@pytest.mark.parametrize("name", IDS)
def test_every_name_in_a_spec_is_known(name: str) -> None:
    spec = load_any(name)
    assert spec.paper == name[:3]
    if isinstance(spec, TableSpec):
        for file in PARAMS:
            assert settle(spec, load(ROOT / file)).collection == "simulated"


@pytest.mark.parametrize("name", bundled())
def test_no_table_awaits_a_method_that_is_there(name: str) -> None:
    assert not set(load_any(name).awaits) & set(methods())


@pytest.mark.parametrize("name", IDS)
def test_every_row_has_published_numbers_and_says_where_they_stand(name: str) -> None:
    spec = load_any(name)
    numbers = published(spec)
    ours = {row.label for row in spec.rows if row.label.endswith(ONE)}  # ours beside the authors' settings, which gave what is printed
    ours |= UNPUBLISHED.get(name, set())
    assert {*(row.label for row in spec.rows), *spec.literature} - ours == set(numbers["row"])
    table = f"paper {name[:3]}, Table {name.partition('T')[2]}"
    assert numbers["source"].str.match(rf"{table}($|: )").all()
    assert (numbers.loc[numbers["kind"] == "paper", "source"] == table).all()


def test_the_leave_one_out_rivals_have_their_authors_settings_for_each_target() -> None:
    settings = {"ssdg": {"omi-to-c": "to_c_i", "ocm-to-i": "to_c_i", "icm-to-o": "to_o"}, "safas": {"icm-to-o": "to_o"}}
    prefix = {"full": "", "m": "m_", "extra_live": "extra_live_"}
    loaded = [load(ROOT / file) for file in PARAMS]
    for table in ("001-T1", "001-T3"):
        spec = load_any(table)
        assert isinstance(spec, TableSpec)
        rows = [row for row in spec.rows if row.method in settings and not row.label.endswith(ONE)]
        assert len(rows) == {"001-T1": 3, "001-T3": 4}[table]
        for row in rows:
            expected = {protocol: prefix[row.variant] + name for protocol, name in settings[row.method].items()}
            assert row.variants == expected
            for section in (params.method(row.method) for params in loaded):
                for name in set(settings[row.method].values()):
                    alone, joined = section.variants[name], section.variants[prefix[row.variant] + name]
                    assert {**section.variants[row.variant], **alone} == joined


@pytest.mark.parametrize("name", IDS)
def test_a_published_number_stands_in_a_column_or_its_honest_one_is_beside(name: str) -> None:
    """The honest column comes first; the papers' numbers stand where they were measured."""
    spec = load_any(name)
    columns = [column.name for column in spec.columns]
    for honest, habit in habits(spec.columns):
        assert columns.index(honest.name) < columns.index(habit.name)
    alone = [column.name for column in spec.columns if isinstance(column, Column) and column.optimistic]
    assert set(alone) == {habit.name for _, habit in habits(spec.columns)}
    assert set(published(spec)["column"]) <= set(columns)


@pytest.mark.parametrize("name", IDS)
def test_literature_is_never_measured(name: str) -> None:
    spec = load_any(name)
    cells = compute(spec, Results(lambda *run: None))
    literature = cells[cells["kind"] == "literature"]
    assert set(literature["row"]) == set(spec.literature)
    assert literature["value"].isna().all()
    own = {label for label, _ in layout(spec, cells).rows}
    assert own == {row.label for row in spec.rows}


def printed_means(spec: AnySpec) -> list[tuple[str, str, float, list[float]]]:
    """(row, column, printed mean, printed numbers that it is the mean of)."""
    numbers = published(spec).set_index(["row", "column"])["value"]
    found = []
    for column in spec.columns:
        if isinstance(column, Column):
            parts = [
                one.name
                for one in spec.columns
                if (one.metric, one.policy, one.checkpoint) == (column.metric, column.policy, column.checkpoint)
                and one.protocol in (column.folds or ())
            ]
        else:
            parts = [one.name for one in spec.columns if column.title == "mean" and one.group == column.group and one != column]
        for row in {label for label, _ in numbers.index}:
            values = [numbers.get((row, part), np.nan) for part in parts]
            if parts and np.isfinite([*values, numbers.get((row, column.name), np.nan)]).all():
                found.append((row, column.name, numbers[row, column.name], values))
    return found


STEP = {"003-T3": 0.1, "003-T4": 0.1, "003-T7": 0.1}  # what the papers round their means to, in percent; 0.01 elsewhere


@pytest.mark.parametrize("name", IDS)
def test_printed_means_are_the_means_of_the_printed_numbers(name: str) -> None:
    """But for what has a note: there the paper itself prints another mean."""
    spec = load_any(name)
    notes = published(spec).set_index(["row", "column"])["note"]
    step = STEP.get(name, 0.01)
    for row, column, mean, values in printed_means(spec):
        differs = abs(np.mean(values) - mean) > step / 2 + 1e-9
        told = "numbers give" in notes[row, column]
        assert differs == told, (row, column, mean, np.mean(values))


def test_there_are_means_to_check_in_every_leave_one_out_table() -> None:
    assert [len(printed_means(load_any(f"001-T{number}"))) for number in range(1, 8)] == [26, 0, 14, 12, 8, 10, 6]
    assert len(printed_means(load_any("003-T2"))) == 18


@pytest.mark.parametrize("name", ["000-T1", "000-T2", "000-T3", "000-T4", "002-T1", "002-T2", "002-T5"])
def test_errors_average_to_their_acer(name: str) -> None:
    """Over folds too, since a mean of means is a mean. What the papers print otherwise has a note."""
    numbers = published(load_any(name)).set_index(["row", "column"])
    rules = {"dev_eer": ("apcer", "acer"), "fixed 0.5": ("apcer_pooled", "hter")}
    for row, column in numbers.index[numbers.index.get_level_values("column").str.contains(" bpcer@")]:
        group, _, rule = column.partition(" bpcer@")
        apcer, acer = (f"{group} {metric}@{rule}" for metric in rules[rule])
        mean = (numbers["value"][row, apcer] + numbers["value"][row, column]) / 2
        differs = abs(mean - numbers["value"][row, acer]) > 0.1 + 1e-9  # all three are rounded to 0.1
        assert differs == numbers["note"][row, acer].startswith("its APCER and BPCER average to"), (row, group, mean)


def test_the_same_numbers_are_printed_in_several_tables() -> None:
    """What the papers print twice is the same; where it is not, the number has a note."""
    twice = [
        ("000-T1", "000-T3", "AlexNet", "OULU-NPU 2 (?!to)"),
        ("000-T2", "000-T3", "AlexNet", "MSU-MFSD (?!to)"),
        ("001-T1", "001-T3", "SA-FAS", ""),
        ("001-T4", "001-T5", ("baseline", "only image"), ""),
        ("001-T6", "001-T7", ("full method (paper: T = 800)", "100 % of the faces"), ""),
        ("004-T7", "004-T8", "PL+UDA", ""),
        ("004-T7", "004-T10", "AttVLAD", ""),
        ("003-T3", "003-T7", "proposed", ""),
    ]
    for first, second, row, start in twice:
        rows = (row, row) if isinstance(row, str) else row
        one, other = (_numbers(table, label, start) for table, label in zip((first, second), rows, strict=True))
        assert one == other, (first, second)


def _numbers(table: str, row: str, start: str) -> dict[str, float]:
    numbers = published(load_any(table))
    lines = numbers[(numbers["row"] == row) & numbers["column"].str.match(start)]
    return dict(zip(lines["column"], lines["value"], strict=True))


@pytest.mark.parametrize("name", IDS)
def test_a_spec_needs_what_its_paper_used(name: str, params: BaseParams) -> None:
    spec = load_any(name)
    if isinstance(spec, PlainSpec):
        return
    adapters = {need.adapter for protocol in spec.protocols() for need in needs(protocol, params)}
    expected = {"000": {"msu_mfsd", "oulu_npu", "replay_attack", "casia_fasd"}, "002": {"siw", "oulu_npu", "casia_fasd", "replay_attack"},
                "003": {"casia_fasd", "replay_attack", "nuaa"}, "004": {"casia_fasd", "replay_attack", "msu_mfsd"}}  # fmt: skip
    assert adapters <= expected.get(spec.paper or "", adapters)
    if spec.paper == "001":
        assert {"msu_mfsd", "replay_attack"} < adapters


def test_leave_one_out_tables_have_all_four_folds() -> None:
    for name in ("001-T1", "001-T3", "001-T4", "001-T5", "001-T6", "001-T7"):
        spec = load_any(name)
        assert isinstance(spec, TableSpec)
        assert tuple(spec.protocols()) == FOLDS


def test_paper_001_s_tables_train_nothing_twice_at_its_own_sizes() -> None:
    """Two variants of AG-FAS that they name differ in the method or in what is residual."""
    params = load(ROOT / "presets/paper.yaml")
    rows = [row for spec in tables_of_runs() if spec.paper == "001" for row in spec.rows if row.method == "agfas"]
    variants = {variant for row in rows for variant in (row.variant, *row.variants.values())}
    meant: dict[str, str] = {}
    for variant in variants:
        section = params.method("agfas").variant("agfas", variant)
        cue = params.cue(section.backbone.cue)
        maker = (split(section.backbone.cue)[0], cue.effective(), cue.sampled(params.residuals))
        bare = section.model_copy(update={"backbone": section.backbone.model_copy(update={"cue": ""})})
        meant[variant] = repr((bare, maker))
    assert len(set(meant.values())) == len(variants) > 10
    assert params.cue("dfg").sampled(params.residuals) == params.cue("dfg-t800").sampled(params.residuals)


def test_editing_a_published_number_trains_nothing_again() -> None:
    stages = read_yaml(ROOT / "dvc.yaml")["stages"]
    folder = Path("fas/tables/published")
    watching = {name for name, stage in stages.items() if any(folder.is_relative_to(path) for path in stage["deps"])}
    assert watching == {"report"}


def test_published_files_belong_to_tables() -> None:
    files = {path.stem for path in (ROOT / "fas/tables/published").iterdir()}
    assert files == set(IDS)


def test_unreadable_numbers_are_few_and_say_so() -> None:
    numbers = pd.concat([published(load_any(name)).assign(table=name) for name in IDS])
    unread = numbers[numbers["value"].isna()]
    assert set(unread["table"]) == {"004-T5", "004-T6"}
    assert len(unread) == 8
    assert unread["note"].str.startswith("unreadable").all()
