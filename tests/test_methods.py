import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import Field

from fas.errors import UserError
from fas.methods import method, methods
from fas.methods.base import MethodParams
from fas.schema import Section

FOLDER = Path(sys.modules["fas.methods"].__file__).parent


class Optimiser(Section):
    rate: float = Field(default=0.1, gt=0)
    steps: int = 10


class Toy(MethodParams):
    optimiser: Optimiser = Optimiser()
    width: int = 8


TOY = Toy(
    variants={
        "default": {},
        "slow": {"optimiser": {"rate": 0.01}},
        "typo": {"optimiser": {"rat": 1.0}},
        "off": {"optimiser": {"rate": 0.0}},
    }
)


def test_every_folder_is_a_method_by_its_own_name():
    folders = sorted(path.parent.name for path in FOLDER.glob("*/__init__.py"))
    assert list(methods()) == folders
    assert [one.name for one in methods().values()] == folders


@pytest.mark.parametrize("name", methods())
def test_a_method_is_whole(name):
    one = method(name)
    work = one.load()
    assert all(callable(getattr(work, function)) for function in ("fit", "score", "networks"))
    assert {"frames", "flow"} & set(one.inputs(one.params()))
    assert one.version >= 1
    assert (FOLDER / name / "README.md").is_file()


def test_cards_import_nothing_heavy():
    code = "import sys; from fas.methods import methods; methods(); print([name for name in ('torch', 'sklearn') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_an_unknown_method_is_told():
    with pytest.raises(UserError, match=r"^no method 'lgcs' \(there is: .*lgsc"):
        method("lgcs")


def test_a_variant_s_nested_keys_are_merged():
    assert TOY.variant("toy", "slow").model_dump() == {"optimiser": {"rate": 0.01, "steps": 10}, "width": 8, "variants": {}}
    assert TOY.variant("toy", "default").optimiser == TOY.optimiser
    assert TOY.optimiser.rate == 0.1


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("fast", "params.yaml: toy.variants: no variant 'fast' (there is: default, slow, typo, off)"),
        ("typo", "params.yaml: toy.variants.typo: optimiser.rat: unknown key"),
        ("off", "params.yaml: toy.variants.off: optimiser.rate: input should be greater than 0 (got 0.0)"),
    ],
)
def test_a_bad_variant_is_one_line(name, told):
    with pytest.raises(UserError) as error:
        TOY.variant("toy", name)
    assert str(error.value) == told
