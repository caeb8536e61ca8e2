import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fas import files
from fas.errors import UserError

TABLE = pd.DataFrame({"clip": ["a", "b"], "score": [0.5, np.nan]})


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_failing_writer_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    files.write_text(path, "old")

    def write(temporary):
        temporary.write_text("half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        files.write_atomic(path, write)
    assert names(tmp_path) == ["a.txt"]
    assert path.read_text() == "old"


def test_a_writer_makes_the_folder_and_a_readable_file(tmp_path):
    path = tmp_path / "x/y/a.txt"
    files.write_text(path, "ä\r\n")
    assert path.read_bytes() == "ä\r\n".encode()
    assert path.stat().st_mode & 0o777 == 0o644
    assert names(path.parent) == ["a.txt"]


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("a.npz", lambda path: files.write_npz(path, {"x": np.arange(9.0), "y": np.eye(3)})),
        ("b.npz", lambda path: files.write_npz(path, {"x": np.arange(9.0)}, compress=False)),
        ("c.parquet", lambda path: files.write_table(path, TABLE)),
        ("d.csv", lambda path: files.write_table(path, TABLE)),
        ("e.json", lambda path: files.write_json(path, {"b": [1.5, None], "a": "ä"})),
    ],
)
def test_equal_content_is_equal_bytes_at_any_time_and_place(tmp_path, monkeypatch, name, write):
    write(tmp_path / "one" / name)
    monkeypatch.setattr("time.time", lambda: 2e9)
    write(tmp_path / "two" / "deeper" / name)
    assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / "deeper" / name).read_bytes()


def test_json_does_not_depend_on_the_order_of_keys(tmp_path):
    files.write_json(tmp_path / "a", {"a": 1, "b": 2})
    files.write_json(tmp_path / "b", {"b": 2, "a": 1})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_npz_is_read_without_pickles(tmp_path):
    files.write_npz(tmp_path / "a.npz", {"x": np.arange(3, dtype=np.int32)})
    read = files.read_npz(tmp_path / "a.npz")
    assert list(read) == ["x"]
    assert read["x"].dtype == np.int32
    np.savez(tmp_path / "b.npz", x=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        files.read_npz(tmp_path / "b.npz")


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_text_na_is_text_and_missing_numbers_are_nan(tmp_path, suffix):
    path = tmp_path / f"t{suffix}"
    files.write_table(path, pd.DataFrame({"subject": ["NA", "007", None], "score": [1.0, np.nan, 2.0]}))
    table = files.read_table(path, required=("subject",), text=("subject", "session"))
    assert table["subject"].tolist() == ["NA", "007", ""]
    assert np.isnan(table["score"][1])
    assert table["score"].dtype == np.float64


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("none.csv", None, "no such file"),
        ("empty.csv", b"", "not a readable table"),
        ("other.txt", b"a\n1\n", "a table is .csv or .parquet"),
        ("broken.parquet", b"no parquet", "not a readable table"),
        ("latin.csv", b"clip\n\xe4\n", "not a readable table"),
        ("ragged.csv", b"a,b\n1,2\n1,2,3,4\n", "not a readable table"),
        ("less.csv", b"a,b\n1,2\n", "column missing: clip, score"),
    ],
)
def test_a_bad_table_is_one_line_with_its_path(tmp_path, name, content, problem):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError) as told:
        files.read_table(path, required=("clip", "score"))
    assert str(told.value).startswith(f"{path}: {problem}")
    assert "\n" not in str(told.value)


def test_no_table_is_written_with_another_suffix(tmp_path):
    with pytest.raises(UserError, match=r"a table is \.csv or \.parquet"):
        files.write_table(tmp_path / "a.txt", TABLE)
    assert names(tmp_path) == []


def test_yaml_numbers_are_those_of_yaml_1_2(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("a: 1e-3\nb: yes\nc: 010\nd: null\n")
    assert files.read_yaml(path) == {"a": 0.001, "b": "yes", "c": 10, "d": None}


@pytest.mark.parametrize(
    ("text", "problem"),
    [("a: 1\nb: 2\na: 3\n", " line 3: found duplicate key"), ("a: [1\nb: 2", " line 2: "), ("a: \x00", ": ")],
)
def test_bad_yaml_is_one_line(tmp_path, text, problem):
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(UserError) as told:
        files.read_yaml(path)
    assert str(told.value).startswith(f"{path}{problem}")
    assert "\n" not in str(told.value)


def test_absent_yaml_is_told(tmp_path):
    with pytest.raises(UserError, match=r"a\.yaml: no such file"):
        files.read_yaml(tmp_path / "a.yaml")


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)


@settings(max_examples=30)
@given(st.dictionaries(st.text(max_size=5), LEAVES | st.lists(LEAVES, max_size=3), max_size=5))
def test_a_value_s_digest_does_not_depend_on_the_order_of_keys(value):
    assert files.digest_value(value) == files.digest_value(dict(reversed(value.items())))


def test_digests_tell_values_apart():
    values = [None, False, 0, 0.0, "0", [], {}, [0], ["0"], {"0": 0}]
    assert len({files.digest_value(value) for value in values}) == len(values)
    with pytest.raises(ValueError, match="JSON"):
        files.digest_value(float("nan"))


def test_a_file_s_digest_is_that_of_its_bytes(tmp_path):
    for name, content in (("a", b"x" * (1 << 20) + b"y"), ("b", b"x" * (1 << 20) + b"y"), ("c", b"x" * (1 << 20))):
        (tmp_path / name).write_bytes(content)
    a, b, c = (files.digest_file(tmp_path / name) for name in "abc")
    assert a == b != c
