import numpy as np
import pandas as pd

from fas.report.worst import draw_worst, worst


def clips():
    return pd.DataFrame(
        {
            "label": ["live", "live", "live", "attack", "attack", "attack", "attack"],
            "attack": ["", "", "", "print", "print", "cut", "cut"],
            "score": [3.0, 1.0, np.nan, 2.0, 2.0, -1.0, np.nan],
        }
    )


def test_lowest_live_and_highest_attacks_the_worst_first(make):
    live, attacks = worst(make.row(clips()), 2)
    assert live["clip"].tolist() == ["1.avi", "0.avi"]
    assert attacks["clip"].tolist() == ["3.avi", "4.avi"]  # equal scores: by name


def test_clips_without_a_score_and_other_roles_are_not_among_them(make):
    live, attacks = worst(make.row(clips().assign(role=["dev", *["test"] * 6])), 100)
    assert live["clip"].tolist() == ["1.avi"]
    assert attacks["clip"].tolist() == ["3.avi", "4.avi", "5.avi"]


def test_no_face_no_picture(make, tmp_path):
    row = make.row(clips())
    assert not draw_worst(tmp_path / "w.png", make.view(row), row, {}, 3)
    assert list(tmp_path.iterdir()) == []
