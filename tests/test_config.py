import os

import pytest

from fas.config import cores, load
from fas.errors import UserError


@pytest.fixture(autouse=True)
def _own_settings(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("FAS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))


@pytest.fixture
def folder(tmp_path):
    deep = tmp_path / "lab/repository/below"
    deep.mkdir(parents=True)
    return deep


def write(folder, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fas.toml").write_text(text)


def test_without_a_file_every_setting_has_a_default(folder):
    config = load(folder)
    assert (config.executor, config.device, config.precision) == ("processes", "auto", "fp32")
    assert config.workers == config.threads == cores() >= 1
    assert config.root("msu_mfsd") is None


def test_the_nearest_file_is_in_force(folder, tmp_path):
    write(tmp_path / "home/fas", "workers = 5\n")
    assert load(folder).workers == 5
    write(tmp_path / "lab", "workers = 6\n")
    assert load(folder).workers == 6
    write(folder, "threads = 7\n")
    assert load(folder).threads == 7
    assert load(folder).workers == cores()


def test_variables_win(folder, monkeypatch):
    write(folder, 'workers = 3\ndevice = "cpu"\n[roots]\nmsu = "/file"\ncasia = "/kept"\n[weights]\nnet = "/file"\n')
    for name, value in {"WORKERS": "4", "DEVICE": "cuda", "ROOT_MSU": "/variable", "WEIGHTS_NET": "/other", "THREADS": ""}.items():
        monkeypatch.setenv(f"FAS_{name}", value)
    config = load(folder)
    assert (config.workers, config.device, config.threads) == (4, "cuda", cores())
    assert config.roots == {"msu": "/variable", "casia": "/kept"}
    assert config.weights == {"net": "/other"}


def test_a_variable_wins_whatever_the_case_of_the_name(folder, monkeypatch):
    write(folder, '[roots]\nOffice = "/file"\n')
    assert load(folder).root("Office") == "/file"
    monkeypatch.setenv("FAS_ROOT_OFFICE", "/variable")
    assert load(folder).root("Office") == "/variable"


def test_a_variable_s_path_is_relative_to_where_the_run_starts(folder, monkeypatch):
    monkeypatch.setenv("FAS_ROOT_MSU", "raw/msu")
    assert load(folder).root("msu") == str(folder / "raw/msu")


def test_roots_are_relative_to_the_file(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/users/me")
    write(tmp_path / "lab", '[roots]\na = "raw/a"\nb = "/raw/b"\nc = "~/c"\n[weights]\nnet = "w.onnx"\n')
    config = load(folder)
    assert config.roots == {"a": str(tmp_path / "lab/raw/a"), "b": "/raw/b", "c": "/users/me/c"}
    assert config.weights == {"net": str(tmp_path / "lab/w.onnx")}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("worker = 1\n", "worker: unknown key"),
        ("workers = 0\n", "workers: "),
        ('workers = "2"\n', "workers: "),
        ('device = "gpu"\n', "device: "),
        ("roots = 3\n", "roots: "),
        ("[roots]\na = 3\n", "roots.a: "),
        ("workers = \n", ""),
    ],
)
def test_a_bad_setting_is_one_line_with_the_file(folder, text, told):
    write(folder, text)
    with pytest.raises(UserError) as error:
        load(folder)
    assert str(error.value).startswith(f"{folder / 'fas.toml'}: {told}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [("WORKERS", "two", "workers"), ("WORKERS", "-1", "workers"), ("THREADS", "²", "threads"), ("DEVICE", "gpu", "device")],
)
def test_a_bad_variable_is_one_line(folder, monkeypatch, name, value, told):
    monkeypatch.setenv(f"FAS_{name}", value)
    with pytest.raises(UserError, match=f"^variable FAS_{name}: {told}: ") as error:
        load(folder)
    assert "\n" not in str(error.value)


def test_a_root_by_variable_does_not_hide_a_bad_table(folder, monkeypatch):
    write(folder, "roots = 3\n")
    monkeypatch.setenv("FAS_ROOT_MSU", "/variable")
    with pytest.raises(UserError, match="roots: "):
        load(folder)
