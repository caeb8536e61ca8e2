import os
from pathlib import Path

import pytest

from fas.datasets.walk import DIRECT, LINK, NO_FILE, THROUGH_LINK, once, read_list, walk
from fas.errors import UserError


def paths(root: Path) -> list[str]:
    return [entry.path for entry in walk(root).entries]


def test_hidden_and_system_files_are_not_seen(tmp_path, plant):
    hidden = [".DS_Store", "a/._x.mov", ".git/x.mov", "__MACOSX/x.mov", "a/Thumbs.db", "@eaDir/x.mov", "$RECYCLE.BIN/x.mov"]
    plant(tmp_path, ["b.mov", "a/x.mov", *hidden])
    assert paths(tmp_path) == ["a/x.mov", "b.mov"]


def test_a_hidden_root_is_no_obstacle(tmp_path, plant):
    assert paths(plant(tmp_path / ".cache/set", ["x.mov"])) == ["x.mov"]


def test_loops_end_and_linked_folders_are_followed(tmp_path, plant):
    plant(tmp_path / "outside", ["s1/x.mov"])
    root = plant(tmp_path / "root", ["a/y.mov"])
    (root / "a/loop").symlink_to(root)
    (root / "self").symlink_to(root / "self")
    (root / "gone").symlink_to(tmp_path / "nowhere")
    (root / "b").symlink_to(tmp_path / "outside")
    tree = walk(root)
    assert {entry.path: entry.via for entry in tree.entries} == {
        "a/y.mov": DIRECT,
        "b/s1/x.mov": THROUGH_LINK,
        "gone": NO_FILE,
        "self": NO_FILE,
    }
    assert tree.folders == ("a", "b", "b/s1")


def test_what_a_link_repeats_is_listed_once(tmp_path, plant):
    root = plant(tmp_path, ["real/x.mov"])
    (root / "again").symlink_to(root / "real")
    (root / "one.mov").symlink_to(root / "real/x.mov")
    entries = walk(root).entries
    assert len(entries) == 3
    assert [entry.path for entry in once(entries)] == ["real/x.mov"]


def test_linked_names_of_one_stored_file_are_all_kept(tmp_path, plant):
    plant(tmp_path / "store", ["object"])
    root = plant(tmp_path / "root", [])
    root.mkdir()
    for name in ("a.mov", "b.mov"):
        (root / name).symlink_to(tmp_path / "store/object")
    entries = once(walk(root).entries)
    assert [(entry.path, entry.via) for entry in entries] == [("a.mov", LINK), ("b.mov", LINK)]


def test_no_folder_is_told(tmp_path):
    with pytest.raises(UserError, match="no such folder"):
        walk(tmp_path / "none")


def test_a_name_that_is_not_utf8_is_told(tmp_path):
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.mov")).touch()
    with pytest.raises(UserError, match="not UTF-8"):
        walk(tmp_path)


def test_lists_may_have_any_line_end_a_mark_and_backslashes(tmp_path):
    path = tmp_path / "list.txt"
    path.write_bytes(b"\xef\xbb\xbf0010\\a.jpg\r\n\r\n  0011\\b.jpg \r0012/c.jpg\n02")
    assert read_list(path) == ["0010/a.jpg", "0011/b.jpg", "0012/c.jpg", "02"]


def test_a_list_that_is_no_text_is_told(tmp_path):
    path = tmp_path / "list.txt"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="not a readable list"):
        read_list(path)
