"""WMCA's trees, its instruments and the lists of its grandtest."""

import pytest

from fas.datasets.registry import ADAPTERS
from fas.datasets.scan import scan
from fas.datasets.wmca import attack_class
from fas.errors import UserError

WMCA = ADAPTERS["wmca"]
DAY = "WMCA/face-station/12.02.18"
LIVE, GLASSES, PRINT = "001_01_000_0_02", "002_01_003_1_01", "100_03_015_3_02"
STEMS = (LIVE, GLASSES, PRINT)


def names(tree="WMCA_preprocessed_RGB/", extension="hdf5"):
    return [f"{tree}{DAY}/{stem}.{extension}" for stem in STEMS]


def splits(root):
    return scan(WMCA, root)["split"].tolist()


CLASSES = {
    "glasses": ["1_01", "1_04", "1_07", "1_15", "1_16"],
    "mask_rigid": ["1_02", "1_13", "1_14", "2_12", "2_17"],
    "fakehead": ["2_01", "2_07"],
    "mask_paper": ["2_08", "2_11"],
    "mask_flexible": ["2_18", "2_75", "2_99"],
    "print": ["3_01", "3_04", "3_06", "3_09", "3_11", "3_14"],
    "replay": ["3_05", "3_10", "3_15", "4_00", "4_01", "4_99"],
    "other": ["1_03", "1_08", "2_19", "2_74", "3_00", "3_16"],
}


@pytest.mark.parametrize(("name", "codes"), CLASSES.items())
def test_attack_classes(name, codes):
    assert {attack_class(code[0], int(code[2:])) for code in codes} == {name}


def test_rows(tmp_path, plant):
    live, glasses, _ = scan(WMCA, plant(tmp_path, names())).to_dict("records")
    assert {"label": "live", "attack": "", "instrument": "", "subject": "001", "session": "01", "media": "frames"}.items() <= live.items()
    assert {"label": "attack", "attack": "glasses", "instrument": "1_01", "subject": "002"}.items() <= glasses.items()


class TestTrees:
    @pytest.mark.parametrize("tree", ["", "WMCA_preprocessed_RGB/", "copy/", "copy/WMCA_preprocessed_RGB/"])
    def test_colour_trees(self, tree, tmp_path, plant):
        assert scan(WMCA, plant(tmp_path, names(tree)))["clip"].tolist() == names(tree)

    @pytest.mark.parametrize("tree", ["", "copy/", "WMCA_preprocessed_RGB/"])
    def test_the_folder_wmca_may_be_the_root(self, tree, tmp_path, plant):
        inside = [tree + name.removeprefix("WMCA/") for name in names("")]
        assert scan(WMCA, plant(tmp_path, inside))["clip"].tolist() == inside

    def test_a_cdit_tree_is_not_taken_without_its_inner_folder(self, tmp_path, plant):
        with pytest.raises(UserError, match="no wmca here"):
            scan(WMCA, plant(tmp_path, ["WMCA_preprocessed_CDIT/" + name.removeprefix("WMCA/") for name in names("")]))

    def test_extensions(self, tmp_path, plant):
        rgb = f"WMCA_preprocessed_RGB/{DAY}/{LIVE}.H5", f"WMCA_preprocessed_RGB/{DAY}/{PRINT}.HDF5"
        assert scan(WMCA, plant(tmp_path, [*rgb, f"WMCA_preprocessed_RGB/{DAY}/._{GLASSES}.hdf5"]))["clip"].tolist() == list(rgb)

    @pytest.mark.parametrize("beside", ["", "WMCA_preprocessed_RGB/"])
    def test_every_capture_once(self, beside, tmp_path, plant):
        plant(tmp_path, [*names(beside), *names("WMCA_preprocessed_CDIT/"), *names("", "h5")])
        assert scan(WMCA, tmp_path)["clip"].tolist() == names(beside)

    def test_the_colour_tree_goes_before_an_unnamed_one(self, tmp_path, plant):
        assert scan(WMCA, plant(tmp_path, [*names(), *names("")]))["clip"].tolist() == names()

    @pytest.mark.parametrize("other", [names("WMCA_preprocessed_CDIT/"), names("", "h5")])
    def test_trees_without_colour_are_not_taken(self, other, tmp_path, plant):
        with pytest.raises(UserError, match="no wmca here"):
            scan(WMCA, plant(tmp_path, other))


class TestLists:
    @staticmethod
    def rows(*splits):
        return [f"face-station/12.02.18/{stem},{label},x,{split}" for stem, label, split in zip(STEMS, "011", splits, strict=False)]

    def write(self, path, *lines, end="\r\n"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(end.join(lines).encode())

    def test_without_a_list_there_is_no_split(self, tmp_path, plant):
        assert splits(plant(tmp_path, names())) == ["", "", ""]

    @pytest.mark.parametrize("folder", [".", "WMCA_preprocessed_RGB", "protocols"])
    def test_one_list(self, folder, tmp_path, plant):
        plant(tmp_path, names())
        self.write(tmp_path / folder / "PROTOCOL-grandtest.csv", *self.rows("train", "dev", "eval"))
        assert splits(tmp_path) == ["train", "dev", "test"]

    def test_three_lists(self, tmp_path, plant):
        plant(tmp_path, names())
        for split, stem, label in zip(("train", "dev", "eval"), STEMS, "011", strict=True):
            self.write(tmp_path / f"PROTOCOL-grandtest_{split}.csv", f"face-station/12.02.18/{stem},{label}")
        assert splits(tmp_path) == ["train", "dev", "test"]

    def test_byte_order_mark_header_backslashes_and_extensions(self, tmp_path, plant):
        plant(tmp_path, names())
        rows = [row.replace("/", "\\").replace(",", ".hdf5, ", 1) for row in self.rows("dev", "dev", "eval")]
        self.write(tmp_path / "PROTOCOL-grandtest.csv", "\ufeffpath,label,type,group", *rows)
        assert splits(tmp_path) == ["dev", "dev", "test"]

    def test_a_capture_that_is_not_listed_has_no_split(self, tmp_path, plant):
        plant(tmp_path, names())
        self.write(tmp_path / "PROTOCOL-grandtest.csv", *self.rows("train", "dev"))
        assert splits(tmp_path) == ["train", "dev", ""]

    def test_lists_that_leave_a_class_out_are_compared_with_the_rule(self, tmp_path, plant):
        plant(tmp_path, names())
        self.write(tmp_path / "PROTOCOL-LOO_prints.csv", *self.rows("eval", "eval", "eval"))
        assert splits(tmp_path) == ["", "", ""]  # nothing to compare with
        self.write(tmp_path / "PROTOCOL-grandtest.csv", *self.rows("train", "train", "eval"))
        with pytest.raises(UserError, match=r"PROTOCOL-LOO_prints.csv: not the test captures of wmca-loo-prints: 2 not in its rule"):
            splits(tmp_path)
        self.write(tmp_path / "PROTOCOL-LOO_prints.csv", *self.rows("train", "train", "eval"))
        assert splits(tmp_path) == ["train", "train", "test"]

    def test_a_wrong_label_and_an_empty_list_are_told(self, tmp_path, plant):
        plant(tmp_path, names())
        self.write(tmp_path / "PROTOCOL-grandtest.csv", f"face-station/12.02.18/{LIVE},1,x,train")
        with pytest.raises(UserError, match="1 with another label"):
            splits(tmp_path)
        self.write(tmp_path / "PROTOCOL-grandtest.csv", "")
        with pytest.raises(UserError, match="an empty list"):
            splits(tmp_path)

    @pytest.mark.parametrize("line", ["face-station/12.02.18/001_01_000_0_02,0,test", "no capture,0,train"])
    def test_a_bad_line_is_told(self, line, tmp_path, plant):
        plant(tmp_path, names())
        self.write(tmp_path / "PROTOCOL-grandtest.csv", *self.rows("train"), line)
        with pytest.raises(UserError, match=r"PROTOCOL-grandtest.csv: not a capture and its split"):
            splits(tmp_path)

    def test_two_splits_are_told(self, tmp_path, plant):
        plant(tmp_path, names())
        for split in ("train", "dev"):
            self.write(tmp_path / f"PROTOCOL-grandtest_{split}.csv", self.rows("train")[0])
        with pytest.raises(UserError, match=f"give 12.02.18/{LIVE} two splits"):
            splits(tmp_path)
