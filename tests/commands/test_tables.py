"""`fas tables` as people use it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from torch import nn

from fas.cli import run
from fas.complexity.networks import NETWORKS
from fas.files import write_json, write_table
from fas.tables.complexity import versions
from fas.tables.spec import bundled, load

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path("runs/lgsc/full/oulu_npu-1/0")


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    """A working directory with params.yaml alone."""
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text((ROOT / "params.yaml").read_text())


def refused(capsys, *arguments):
    assert run(list(arguments)) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    return printed.err


def printed_json(capsys, *arguments):
    assert run(list(arguments)) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return json.loads(printed.out)


def scores(seed=0):
    random = np.random.default_rng(seed)
    rows = [
        {"dataset": "sim_oulu_npu", "clip": f"{role}{person}{label}", "subject": f"{role}{person}", "label": label,
         "attack": "" if label == "live" else "print", "instrument": "", "role": role,
         "score": (1.0 if label == "live" else 0.0) + random.normal()}
        for role in ("train", "dev", "test") for person in range(6) for label in ("live", "attack")
    ]  # fmt: skip
    return pd.DataFrame(rows)


def finished(collection="simulated"):
    write_table(FOLDER / "scores.parquet", scores())
    write_json(FOLDER / "config.json", {"collection": collection})


def test_every_table_is_listed_with_what_it_needs(capsys):
    rows = printed_json(capsys, "tables", "--json")["tables"]
    assert [row["id"] for row in rows] == bundled()
    for row in rows:
        assert set(row) >= {"id", "paper", "title", "methods", "datasets", "runs", "ready", "missing"}
        assert row["ready"] == (not row["missing"])
        assert row["datasets"] or row["kind"] == "complexity"
    assert run(["tables"]) == 0
    text = capsys.readouterr().out
    assert "002-T5  " in text
    assert "7 runs of lgsc on sim_oulu_npu (simulated data)" in text


@pytest.mark.parametrize("name", bundled())
def test_every_table_can_be_shown_before_anything_has_run(capsys, name):
    assert run(["tables", "show", name]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "nan" not in printed.out.lower().replace("adversarial", "")


def test_show_prints_the_published_numbers_and_why_ours_are_not_there(capsys):
    table = printed_json(capsys, "tables", "show", "002-T5", "--json")
    assert (table["id"], table["paper"], table["collection"]) == ("002-T5", "002", "simulated")
    cell = next(cell for cell in table["cells"] if (cell["row"], cell["metric"], cell["policy"]) == ("LGSC", "acer", "dev_eer"))
    assert (cell["published"], cell["value"], cell["difference"], cell["published_source"]) == (0.4, None, None, "paper 002, Table 5")
    assert "no manifest of a simulated dataset" in cell["reason"]


def test_show_prints_ours_where_the_runs_are(capsys):
    finished()
    cells = printed_json(capsys, "tables", "show", "002-T5", "--json")["cells"]
    ours = {cell["row"] for cell in cells if cell["value"] is not None}
    assert ours == {"LGSC"}
    assert all(cell["difference"] is None for cell in cells)  # simulated data against real


def test_scores_of_the_other_collection_are_not_shown(capsys):
    finished("real")
    cells = printed_json(capsys, "tables", "show", "002-T5", "--json")["cells"]
    assert {cell["value"] for cell in cells} == {None}
    assert any("was made of real data, not of simulated data" in cell["reason"] for cell in cells)


def test_real_data_is_compared_with_the_paper_s(capsys):
    text = Path("params.yaml").read_text()
    real = "datasets:\n  oulu: {adapter: oulu_npu, collection: real, letter: O}\n"
    Path("params.yaml").write_text(text.replace("datasets:\n", real, 1))
    finished("real")
    table = printed_json(capsys, "tables", "show", "002-T5", "--json")
    assert table["collection"] == "real"
    compared = [cell for cell in table["cells"] if cell["difference"] is not None]
    assert {cell["row"] for cell in compared} == {"LGSC"}
    for cell in compared:
        assert cell["difference"] == pytest.approx(cell["value"] - cell["published"])
    assert run(["tables", "show", "002-T5"]) == 0
    assert "difference" in capsys.readouterr().out


def test_without_runs_the_last_report_is_shown(capsys):
    finished()
    first = printed_json(capsys, "tables", "show", "002-T5", "--json")["cells"]
    reported = pd.DataFrame(first)
    reported["published"] = 99.0  # published numbers are those of now, not of the report
    write_table(Path("reports/tables/002-T5.csv"), reported)
    for file in FOLDER.iterdir():
        file.unlink()
    assert printed_json(capsys, "tables", "show", "002-T5", "--json")["cells"] == first


def test_a_team_s_own_table_is_shown_by_its_path(capsys):
    Path("own.yaml").write_text(
        "{id: own, title: Own, collection: simulated, rows: [{label: A, method: lgsc, variant: full}],"
        " columns: [{protocol: oulu_npu-1, metric: auc}]}"
    )
    finished()
    (cell,) = printed_json(capsys, "tables", "show", "own.yaml", "--json")["cells"]
    assert cell["value"] is not None
    assert cell["published"] is None


SPEC = "{{id: bad, title: Bad, collection: any, rows: [{{label: A, method: {method}, variant: {variant}}}], columns: [{column}]}}"


@pytest.mark.parametrize("command", [["tables", "show", "bad.yaml"], ["plan"]])
@pytest.mark.parametrize(
    ("method", "variant", "column", "told"),
    [
        ("lgcs", "full", "{protocol: oulu_npu-1, metric: auc}", "no method 'lgcs'"),
        ("lgsc", "ful", "{protocol: oulu_npu-1, metric: auc}", "no variant 'ful'"),
        ("lgsc", "full", "{protocol: oulu_npu-9, metric: auc}", "unknown protocol 'oulu_npu-9'"),
        ("lgsc", "full", "{protocol: oulu_npu-1, metric: accurate}", "columns.0.metric"),
        ("lgsc", "full", "{protocol: oulu_npu-1, metric: hter, policy: best}", "columns.0.policy"),
        ("lgsc", "full", "{protocol: oulu_npu-1, metric: auc, checkpoint: best}", "columns.0.checkpoint"),
    ],
)
def test_an_unknown_name_is_one_line(capsys, command, method, variant, column, told):
    Path("bad.yaml").write_text(SPEC.format(method=method, variant=variant, column=column))
    text = Path("params.yaml").read_text()
    Path("params.yaml").write_text(text.replace("tables: [demo]", "tables: [bad.yaml]"))
    line = refused(capsys, *command)
    assert told in line
    assert "bad" in line


def test_what_is_no_table_is_one_line(capsys):
    assert "no table '002-T9'" in refused(capsys, "tables", "show", "002-T9")
    assert "no such file" in refused(capsys, "tables", "show", "none.yaml")
    assert "shwo" in refused(capsys, "tables", "shwo")
    assert refused(capsys, "tables", "show")


def test_a_table_that_is_not_made_of_runs_is_shown_and_not_planned(capsys):
    cells = printed_json(capsys, "tables", "show", "004-T14", "--json")["cells"]
    assert [cell["published"] for cell in cells if cell["row"] == "AttVLAD"] == [0.096, 0.04412, 1.98, 1.02]
    text = Path("params.yaml").read_text()
    Path("params.yaml").write_text(text.replace("tables: [demo]", "tables: [004-T14]"))
    assert "table 004-T14 (kind complexity) is not made of runs" in refused(capsys, "plan")


MEASURED = "row,column,value,low,high,machine,settings,versions\n"


def measured(*lines, versions="fas 0"):
    Path("data/measured").mkdir(parents=True, exist_ok=True)
    text = MEASURED + "".join(f"{line},a slow machine,one frame,{versions}\n" for line in lines)
    Path("data/measured/004-T14.csv").write_text(text)


def test_measured_sizes_stand_beside_the_published_ones_and_old_ones_say_so(capsys):
    measured("AttVLAD,network parameters,0.094,,", "AttVLAD,network time per frame,25.1,20.0,30.0")
    assert run(["tables", "show", "004-T14"]) == 0
    text = capsys.readouterr().out
    assert "25.10 [20.00, 30.00]" in text
    assert "Ours: a slow machine; one frame; fas 0." in text
    assert "Ours is of fas 0, and now there is fas 0.1.0, torch " in text
    assert "`fas tables measure 004-T14` measures again" in text
    assert "Test clips" not in text
    cells = printed_json(capsys, "tables", "show", "004-T14", "--json")["cells"]
    (size,) = [cell for cell in cells if (cell["row"], cell["column"]) == ("AttVLAD", "network parameters")]
    assert (size["value"], size["published"], size["ci_low"], size["difference"]) == (0.094, 0.096, None, None)
    assert {cell["reason"] for cell in cells if cell["value"] is None} == {"not measured yet: `fas tables measure 004-T14`"}


def test_a_measurement_of_now_is_not_called_old(capsys):
    measured("AttVLAD,network parameters,0.094,,", versions=f'"{versions()}"')
    assert run(["tables", "show", "004-T14"]) == 0
    assert "measures again" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("AttVLAD,network FLOPS,1,,", "row 'AttVLAD', column 'network FLOPS': the table has no such column"),
        ("VGG,network FLOPs,1,,", "row 'VGG', column 'network FLOPs': the table has no such row"),
        ("AttVLAD,network FLOPs,,,", "column 'network FLOPs': no value"),
        ("AttVLAD,network FLOPs,-1,,", "the value -1 is not in 0..inf"),
        ("AttVLAD,network FLOPs,many,,", "column value holds something that is not a number"),
    ],
)
def test_a_measured_file_that_does_not_fit_is_one_line(capsys, line, told):
    measured(line)
    assert told in refused(capsys, "tables", "show", "004-T14")
    measured(*["AttVLAD,network FLOPs,1,,"] * 2)
    assert "is there twice" in refused(capsys, "tables", "show", "004-T14")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["002-T5"], "table 002-T5 (kind runs) is not measured by this command"),
        (["003-T2"], "table 003-T2 (kind one_class) is not measured by this command"),
        (["004-T15"], "no table '004-T15'"),
        (["004-T14", "--repeats", "0"], "--repeats"),
        (["004-T14", "--out", "sizes.txt"], "sizes.txt: its name must end in .csv"),
        (["004-T14", "--figure", "sizes.pdf"], "sizes.pdf: its name must end in .png"),
        ([], "ID"),
    ],
)
def test_what_cannot_be_measured_is_one_line_before_anything_is_built(capsys, arguments, told):
    assert told in refused(capsys, "tables", "measure", *arguments)
    assert not Path("data/measured").exists()


def test_a_device_that_is_not_there_is_one_line(capsys, monkeypatch):
    monkeypatch.setenv("FAS_DEVICE", "cuda")
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert "device 'cuda' is asked for" in refused(capsys, "tables", "measure", "004-T14")


def test_measuring_writes_what_show_reads(capsys, monkeypatch):
    small = {name: (lambda: nn.Sequential(nn.Conv2d(3, 2, 1), nn.Flatten())) for name in NETWORKS}
    monkeypatch.setattr("fas.complexity.measure.NETWORKS", small)
    monkeypatch.setenv("FAS_THREADS", "1")
    assert run(["tables", "measure", "004-T14", "--repeats", "2", "--figure", "sizes.png"]) == 0
    printed = capsys.readouterr()
    assert "written: data/measured/004-T14.csv, sizes.png" in printed.out
    assert Path("sizes.png").read_bytes().startswith(b"\x89PNG")
    assert run(["tables", "show", "004-T14"]) == 0
    assert capsys.readouterr().out in printed.out


def test_the_demo_s_spec_is_not_a_paper_s():
    assert load("demo").paper is None
