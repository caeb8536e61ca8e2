"""The command line as people use it: one line for what is wrong, one JSON object where it is asked for."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from fas.cli import run
from fas.datasets.manifest import read_manifest
from fas.datasets.protocols import protocols
from fas.datasets.registry import ADAPTERS

CASIA = [f"{split}_release/{person}/{video}.avi" for split in ("train", "test") for person in range(1, 6) for video in ("1", "3", "HR_4")]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working directory, so that no params.yaml is found."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def casia(here):
    for name in CASIA:
        path = here / "CASIA" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return here / "CASIA"


@pytest.fixture
def scores(here):
    rows = [
        {"label": label, "attack": attack, "role": role, "subject": str(number), "score": value}
        for role in ("dev", "test")
        for number in range(4)
        for label, attack, value in (("live", "", 0.9 - 0.1 * number), ("attack", "print", 0.1 * number), ("attack", "replay", np.nan))
    ]
    table = pd.DataFrame(rows).assign(dataset="m", instrument="")
    table["clip"] = [f"{number}.mp4" for number in range(len(table))]
    path = here / "scores.csv"
    table.to_csv(path, index=False)
    return path


def refused(capsys, *arguments):
    """The one line that a refused command prints."""
    assert run(list(map(str, arguments))) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert printed.err.endswith("\n")
    return printed.err


def printed_json(capsys, *arguments):
    def never(constant):
        raise AssertionError(f"{constant} is no JSON")

    assert run(list(map(str, arguments))) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return json.loads(printed.out, parse_constant=never)


def test_help_lists_the_commands(capsys):
    for arguments in ([], ["--help"]):
        assert run(arguments) == 0
        out = capsys.readouterr().out
        assert all(name in out for name in ("scan", "datasets", "protocols", "protocol", "metrics"))


def test_datasets_and_protocols_are_listed(capsys):
    for command, names in (("datasets", list(ADAPTERS)), ("protocols", protocols())):
        assert run([command]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line.split()[0] for line in lines] == names
        assert all(len(line.split()) > 1 for line in lines)
        assert [row["name"] for row in printed_json(capsys, command, "--json")[command]] == names


def test_scan_then_protocol(capsys, here, casia):
    manifest, table = here / "casia.csv", here / "roles.csv"
    assert run(["scan", "casia_fasd", str(casia), "--out", str(manifest)]) == 0
    assert "30 captures (10 live, 20 attack) of 10 people" in capsys.readouterr().out
    assert read_manifest(manifest)["clip"].tolist() == sorted(CASIA)
    assert run(["protocol", "casia_fasd-overall", str(manifest), "--out", str(table)]) == 0
    roles = pd.read_csv(table)
    assert list(roles.columns) == ["dataset", "clip", "role"]
    assert set(roles["role"]) == {"train", "dev", "test"}
    assert run(["protocol", "casia_fasd-overall", str(manifest), "--dev", "none", "--out", str(table)]) == 0
    assert pd.read_csv(table)["role"].value_counts().to_dict() == {"train": 15, "test": 15}


def test_the_same_scan_gives_the_same_bytes(here, casia):
    for name in ("1.csv", "2.csv", "1.parquet", "2.parquet"):
        assert run(["scan", "casia_fasd", str(casia), "--name", "ours", "--out", name]) == 0
    for suffix in ("csv", "parquet"):
        assert (here / f"1.{suffix}").read_bytes() == (here / f"2.{suffix}").read_bytes()


def test_scan_takes_the_boxes_of_side_files_too(capsys, here, casia):
    (casia / "train_release/1/1.face").write_text("0 0 0 0 0\n1 10 20 100 120\n2 10 20 100 120\n")
    for name in "ab":
        assert run(["scan", "casia_fasd", str(casia), "--out", f"{name}.csv", "--boxes"]) == 0
        assert f"{name}.boxes.parquet: 2 face boxes of 1 captures" in capsys.readouterr().out
    assert (here / "a.boxes.parquet").read_bytes() == (here / "b.boxes.parquet").read_bytes()
    assert (here / "a.csv").read_bytes() == (here / "b.csv").read_bytes()
    assert pd.read_parquet("a.boxes.parquet")[["clip", "frame", "x2"]].to_numpy().tolist() == [
        ["train_release/1/1.avi", 1, 110],
        ["train_release/1/1.avi", 2, 110],
    ]
    assert run(["scan", "casia_fasd", str(casia), "--out", "c.csv"]) == 0
    assert not (here / "c.boxes.parquet").exists()


def test_metrics_as_json(capsys, scores):
    result = printed_json(capsys, "metrics", scores, "--json")
    assert (result["n_live"], result["n_attack"]) == (4, 8)
    assert result["fta"] == pytest.approx(100 / 3)
    assert set(result["policies"]) == {"dev_eer", "test_eer", "fixed"}
    assert result["policies"]["fixed"]["threshold"] == 0.5
    assert printed_json(capsys, "metrics", scores, "--json", "--threshold", "-0.25")["policies"]["fixed"]["threshold"] == -0.25


def test_metrics_beside_a_run_take_its_own_threshold(capsys, scores):
    config = scores.parent / "config.json"
    config.write_text('{"threshold": 0.75}')
    assert printed_json(capsys, "metrics", scores, "--json")["policies"]["fixed"]["threshold"] == 0.75
    assert printed_json(capsys, "metrics", scores, "--json", "--threshold", "0")["policies"]["fixed"]["threshold"] == 0
    config.write_text("no json")
    assert "config.json: not JSON" in refused(capsys, "metrics", scores)


def test_metrics_as_tables(capsys, scores):
    assert run(["metrics", str(scores)]) == 0
    out = capsys.readouterr().out
    assert all(
        text in out
        for text in ("4 live and 8 attack clips", "AUC", "BPCER100", "TPR@FPR 0.1 %", "dev_eer", "test_eer", "APCER pooled", "fixed")
    )
    assert "…" not in out


def test_metrics_of_a_run_s_folder(capsys, scores):
    run_folder = scores.parent / "run"
    run_folder.mkdir()
    pd.read_csv(scores, dtype={"subject": str}).to_parquet(run_folder / "scores.parquet")
    (run_folder / "config.json").write_text('{"threshold": 0.75}')
    of_file = printed_json(capsys, "metrics", scores, "--threshold", "0.75", "--json")
    assert printed_json(capsys, "metrics", run_folder, "--json") == of_file


def test_scores_go_to_bob_s_files_and_back(capsys, here, scores):
    assert run(["scores", str(scores), "--bob", "bob"]) == 0
    assert capsys.readouterr().out.split() == ["bob/scores-dev.csv", "bob/scores-eval.csv"]
    back = printed_json(capsys, "metrics", "bob/scores-eval.csv", "--dev", "bob/scores-dev.csv", "--json")
    assert back == printed_json(capsys, "metrics", scores, "--json")


class TestCompare:
    @pytest.fixture
    def runs(self, here):
        """Runs of two variants: three of the first, two of them with a partner of the second, which is worse by noise."""
        random = np.random.default_rng(0)
        for variant, noise in (("full", 0.1), ("plain", 1.5)):
            for name in ("oci-to-m/0", "oci-to-m/1", "omi-to-c/0")[: 3 if variant == "full" else 2]:
                folder = here / variant / name
                folder.mkdir(parents=True)
                rows = [
                    {"label": label, "attack": attack, "role": role, "subject": str(person), "score": mean + random.normal(0, noise)}
                    for role in ("dev", "test")
                    for person in range(12)
                    for label, attack, mean in (("live", "", 1), ("attack", "print", 0), ("attack", "replay", 0.3))
                ]
                table = pd.DataFrame(rows).assign(dataset="m", instrument="", clip=[f"{number}.mp4" for number in range(len(rows))])
                table.assign(score_inverse=-table["score"]).to_parquet(folder / "scores.parquet")
                (folder / "config.json").write_text('{"threshold": 0.5}')
        return here

    def test_two_folders_of_runs(self, capsys, runs):
        result = printed_json(capsys, "compare", "full", "plain", "--json")
        assert (result["a"], result["b"]) == ("full", "plain")
        assert result["runs"] == ["oci-to-m/0", "oci-to-m/1"]
        assert result["left_out"] == ["full/omi-to-c/0"]
        assert (result["n_live"], result["n_attack"], result["people"]) == (24, 48, 12)
        assert set(result["policies"]) == {"dev_eer", "test_eer", "fixed"}
        assert result["auc"]["difference"] < 0 < result["policies"]["dev_eer"]["hter"]["ci95"][0]

    def test_what_is_asked_for(self, capsys, runs):
        arguments = ("compare", "full/oci-to-m/0", "plain/oci-to-m/0/scores.parquet", "--json")
        result = printed_json(capsys, *arguments, "--policy", "dev_eer", "--metric", "hter")
        assert result["runs"] == []
        assert "auc" not in result
        assert set(result["policies"]) == {"dev_eer"}
        assert set(result["policies"]["dev_eer"]) == {"hter"}
        assert printed_json(capsys, *arguments, "--metric", "auc")["policies"] == {}
        assert printed_json(capsys, "compare", "full", "plain", "--only", "*/0", "--json")["runs"] == ["oci-to-m/0"]
        assert printed_json(capsys, "compare", "full", "plain", "--only", "oci-to-m", "--json")["runs"] == ["oci-to-m/0", "oci-to-m/1"]

    def test_the_values_are_those_of_metrics(self, capsys, runs):
        alone = [printed_json(capsys, "metrics", f"{variant}/oci-to-m/0", "--json") for variant in ("full", "plain")]
        result = printed_json(capsys, "compare", "full/oci-to-m/0", "plain/oci-to-m/0", "--json")
        for name in ("auc", "eer"):
            assert (result[name]["a"], result[name]["b"]) == pytest.approx([one[name] for one in alone])
        for policy, measures in result["policies"].items():
            for name, one in measures.items():
                assert (one["a"], one["b"]) == pytest.approx([metrics["policies"][policy][name] for metrics in alone])

    def test_two_scores_of_one_method(self, capsys, runs):
        result = printed_json(capsys, "compare", "full", "full", "--score-b", "inverse", "--only", "oci-to-m/0", "--json")
        assert (result["a"], result["b"]) == ("full", "full (inverse)")
        assert result["auc"]["b"] == pytest.approx(100 - result["auc"]["a"])
        assert "no column score_cue" in refused(capsys, "compare", "full", "full", "--score-a", "cue")

    def test_as_a_table(self, capsys, runs):
        assert run(["compare", "full", "plain"]) == 0
        out = capsys.readouterr().out
        assert all(
            text in out for text in ("2 runs: oci-to-m/0, oci-to-m/1", "full/omi-to-c/0", "HTER dev_eer", "12 people", "A is better")
        )
        assert run(["compare", "full", "full"]) == 0
        assert "A is better" not in (out := capsys.readouterr().out)
        assert "not told apart" in out

    def test_what_cannot_be_compared(self, capsys, runs):
        assert "no run in both: full has oci-to-m/0, plain/oci-to-m/0 has one run" in refused(capsys, "compare", "full", "plain/oci-to-m/0")
        assert "no run in both that matches x" in refused(capsys, "compare", "full", "plain", "--only", "x")
        assert "none: no such file" in refused(capsys, "compare", "none", "plain")
        (runs / "empty").mkdir()
        assert "no scores.parquet below this folder" in refused(capsys, "compare", "full", "empty")
        assert "source_eval" in refused(capsys, "compare", "full", "plain", "--policy", "source_eval_eer")
        assert "'bpcer'" in refused(capsys, "compare", "full", "plain", "--metric", "bpcer")
        path = runs / "plain/oci-to-m/0/scores.parquet"
        table = pd.read_parquet(path)
        table[1:].to_parquet(path)
        assert f"{path.relative_to(runs)}: has no clip m 0.mp4, which full/oci-to-m/0" in refused(capsys, "compare", "full", "plain")
        table.assign(role=table["role"].replace("dev", "source_eval")).to_parquet(path)
        assert "m 0.mp4: role is 'source_eval', but 'dev' in" in refused(capsys, "compare", "full", "plain")
        table[table["label"] == "live"].to_parquet(path)
        assert "no attack clip has the role test" in refused(capsys, "compare", "plain", "full")


class TestRefused:
    def test_usage(self, capsys, here):
        assert "No such command 'bogus'" in refused(capsys, "bogus")
        assert "No such option: --bogus" in refused(capsys, "datasets", "--bogus")
        assert "Missing argument" in refused(capsys, "scan")
        assert "Missing option '--out'" in refused(capsys, "scan", "msu_mfsd", here)
        assert "'maybe'" in refused(capsys, "protocol", "oci-to-m", "m.csv", "--out", "x.csv", "--dev", "maybe")
        assert "--seed" in refused(capsys, "protocol", "oci-to-m", "m.csv", "--out", "x.csv", "--seed", "x")

    def test_scan(self, capsys, here, casia):
        assert "unknown dataset 'bogus'" in refused(capsys, "scan", "bogus", casia, "--out", "m.csv")
        assert "no such folder" in refused(capsys, "scan", "casia_fasd", here / "none", "--out", "m.csv")
        assert "no msu_mfsd here" in refused(capsys, "scan", "msu_mfsd", casia, "--out", "m.csv")
        assert "a table is .csv or .parquet" in refused(capsys, "scan", "casia_fasd", casia, "--out", "m.txt")
        assert "dataset name '../x'" in refused(capsys, "scan", "casia_fasd", casia, "--name", "../x", "--out", "m.csv")
        assert "wffd: no side files with face boxes" in refused(capsys, "scan", "wffd", casia, "--out", "m.csv", "--boxes")
        (casia / "train_release/1/1.face").write_text("0 1\n")
        assert "train_release/1/1.face line 1: not" in refused(capsys, "scan", "casia_fasd", casia, "--out", "m.csv", "--boxes")
        assert not list(here.glob("m.*"))

    def test_an_out_that_cannot_be_written(self, capsys, here, casia):
        (here / "file").touch()
        assert "file" in refused(capsys, "scan", "casia_fasd", casia, "--out", here / "file/m.csv")

    def test_protocol(self, capsys, here, casia):
        run(["scan", "casia_fasd", str(casia), "--out", "c.csv"])
        capsys.readouterr()
        assert "unknown protocol 'bogus'" in refused(capsys, "protocol", "bogus", "c.csv", "--out", "x.csv")
        assert "no dataset with letter O" in refused(capsys, "protocol", "oci-to-m", "c.csv", "--out", "x.csv")
        assert "none.csv: no such file" in refused(capsys, "protocol", "oci-to-m", "none.csv", "--out", "x.csv")
        assert "listed twice" in refused(capsys, "protocol", "casia_fasd-low", "c.csv", "c.csv", "--out", "x.csv")
        (here / "bad.csv").write_text("dataset,clip\nm,a\n")
        assert "column missing: media" in refused(capsys, "protocol", "oci-to-m", "bad.csv", "--out", "x.csv")
        assert not (here / "x.csv").exists()

    def test_metrics(self, capsys, here, scores):
        assert "no such file" in refused(capsys, "metrics", here / "none.csv", "--json")
        assert "not a finite number" in refused(capsys, "metrics", scores, "--threshold", "nan")
        pd.read_csv(scores).drop(columns=["role"]).to_csv("no_role.csv", index=False)
        assert "column missing: role" in refused(capsys, "metrics", "no_role.csv")
        pd.read_csv(scores).query("role == 'dev'").to_csv("dev.csv", index=False)
        assert "no clip has the role test" in refused(capsys, "metrics", "dev.csv", "--json")
        (here / "binary.csv").write_bytes(b"\xff\xfe\x00\x01")
        assert "not a readable table" in refused(capsys, "metrics", "binary.csv")
        (here / "empty.csv").touch()
        assert "not a readable table" in refused(capsys, "metrics", "empty.csv")
        assert "no scores.parquet in this folder" in refused(capsys, "metrics", here)

    @pytest.mark.parametrize(("kept", "missing"), [("live", "attack"), ("attack", "live")])
    def test_metrics_of_one_class(self, capsys, scores, kept, missing):
        table = pd.read_csv(scores)
        table[(table["label"] == kept) | (table["role"] == "dev")].to_csv(scores, index=False)
        for json_or_not in ([], ["--json"]):
            assert f"scores.csv: no {missing} clip has the role test" in refused(capsys, "metrics", scores, *json_or_not)

    @pytest.mark.parametrize(
        ("column", "value", "told"),
        [
            ("score", "high", "column score holds something that is not a number"),
            ("role", "devel", "m 0.mp4: role is none of train, dev, test, source_eval"),
            ("label", "real", "m 0.mp4: label is none of live, attack"),
        ],
    )
    def test_metrics_of_wrong_values(self, capsys, scores, column, value, told):
        table = pd.read_csv(scores, dtype=str)
        table.loc[0, column] = value
        table.to_csv(scores, index=False)
        assert told in refused(capsys, "metrics", scores, "--json")

    def test_metrics_with_dev(self, capsys, here, scores):
        run(["scores", str(scores), "--bob", "bob"])
        capsys.readouterr()
        assert "has dev clips of its own" in refused(capsys, "metrics", scores, "--dev", "bob/scores-dev.csv")
        assert "clips of other roles than dev" in refused(capsys, "metrics", "bob/scores-eval.csv", "--dev", "bob/scores-eval.csv")
        assert "no clip has the role test" in refused(capsys, "metrics", "bob/scores-dev.csv")
        assert "none.csv: no such file" in refused(capsys, "metrics", "bob/scores-eval.csv", "--dev", "none.csv")

    def test_scores(self, capsys, here, scores):
        assert "Missing option '--bob'" in refused(capsys, "scores", scores)
        assert "no such file" in refused(capsys, "scores", "none.csv", "--bob", "out")
        (here / "file").touch()
        assert "file" in refused(capsys, "scores", scores, "--bob", "file")

    def test_names_with_line_ends_stay_on_one_line(self, capsys, here):
        assert "no such folder" in refused(capsys, "scan", "msu_mfsd", here / "a\nb", "--out", "m.csv")


@pytest.fixture
def other_names(here, casia, capsys):
    """A manifest under a name that no adapter has."""
    run(["scan", "casia_fasd", str(casia), "--name", "ours", "--out", "ours.csv"])
    capsys.readouterr()
    return "ours.csv"


def test_a_name_nobody_declared_is_told(capsys, other_names):
    assert "no dataset casia_fasd in the manifests (they hold: ours)" in refused(
        capsys, "protocol", "casia_fasd-overall", other_names, "--out", "x.csv"
    )


def test_a_declared_name_has_its_adapter_and_letter(capsys, here, other_names, monkeypatch):
    class Declared:
        adapter, letter = "casia_fasd", "C"

    class Params:
        datasets = {"ours": Declared}  # noqa: RUF012

    (here / "params.yaml").touch()
    monkeypatch.setattr("fas.params.load", lambda *_: Params)
    assert run(["protocol", "casia_fasd-overall", other_names, "--out", "x.csv"]) == 0
    assert set(pd.read_csv("x.csv")["dataset"]) == {"ours"}


def test_a_wrong_params_file_is_told(capsys, here, other_names):
    (here / "params.yaml").write_text("datasets: 3\n")
    assert "params.yaml: " in refused(capsys, "protocol", "casia_fasd-overall", other_names, "--out", "x.csv")


def test_as_a_module_without_a_traceback():
    done = subprocess.run([sys.executable, "-m", "fas", "metrics", "none.csv"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "fas: none.csv: no such file\n"


def test_nothing_heavy_is_imported_for_help():
    code = "import sys; import fas.cli; print([name for name in ('torch', 'cv2', 'av', 'diffusers', 'dvc') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
