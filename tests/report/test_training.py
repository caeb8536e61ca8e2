import numpy as np
import pandas as pd
import pytest

from fas.report.training import draw_history, quantities, smoothed


def test_a_wide_history_has_a_quantity_in_each_column_of_numbers():
    history = pd.DataFrame({"step": [1, 2], "loss": [3.0, 2.0], "note": ["a", "b"], "never": [np.nan, np.nan]})
    found = quantities(history)
    assert list(found) == ["loss"]
    assert found["loss"].to_dict() == {1: 3.0, 2: 2.0}


def test_a_long_history_is_taken_apart_by_its_names():
    history = pd.DataFrame(
        {"network": ["vae", "vae", "unet"], "step": [1, 2, 1], "name": ["error", "error", "loss"], "value": [3.0, 2.0, 1.0]}
    )
    found = quantities(history)
    assert {name: values.to_dict() for name, values in found.items()} == {"vae error": {1: 3.0, 2: 2.0}, "unet loss": {1: 1.0}}


@pytest.mark.parametrize("history", [pd.DataFrame({"step": [1], "note": ["x"]}), pd.DataFrame({"what": ["x"], "value": [1.0]})])
def test_nothing_to_draw_draws_nothing(history, tmp_path):
    assert not draw_history(tmp_path / "b.png", "t", history)
    assert list(tmp_path.iterdir()) == []


def test_smoothing_keeps_a_constant_and_the_length():
    values = pd.Series(np.full(100, 2.0))
    assert smoothed(values).equals(values)
