"""The parameters are read without the heavy libraries."""

import subprocess
import sys

import pytest

from fas.errors import UserError
from fas.schema import parse
from fas.simulate.params import SimulateParams


def test_params_and_catalog_load_no_pixels() -> None:
    code = "import sys, fas.simulate.params, fas.simulate.layout; print(sorted({'cv2', 'torch', 'av'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip() == "[]"


@pytest.mark.parametrize("wrong", [{"people": 9}, {"attacks_per_person": 4}, {"look": {"pattern": -1.0}}, {"strength": 1.0}])
def test_a_wrong_value_is_told_in_one_line(wrong: dict) -> None:
    with pytest.raises(UserError, match=r"params\.yaml: ") as error:
        parse(SimulateParams, wrong, "params.yaml")
    assert "\n" not in str(error.value)
