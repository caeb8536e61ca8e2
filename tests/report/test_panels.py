import numpy as np
import pandas as pd

from fas.clips import Clip
from fas.report.gallery import choose
from fas.report.panels import CUE_MAP, RESIDUAL_GAIN, caption, coloured, face, frame_shown, panels, residual
from fas.report.style import slug


def clip(**features):
    return Clip("s", "a.avi", "live", features=features)


def faces(*values):
    return np.stack([np.full((8, 8, 3), value, np.uint8) for value in values])


def test_residual_is_grey_where_nothing_is_missing():
    one = faces(100)[0]
    assert (residual(one, np.full((4, 4, 3), 100, np.uint8)) == 128).all()
    assert (residual(one, np.full((4, 4, 3), 90, np.uint8)) == 128 + 10 * RESIDUAL_GAIN).all()
    assert (residual(one, np.full((4, 4, 3), 255, np.uint8)) == 0).all()


def test_all_panels_show_the_frame_that_was_reconstructed():
    frames = {"aligned": faces(10, 20, 30), "frame": np.array([0, 5, 9])}
    made = {"reconstruction": faces(22), "frame": np.array([5])}
    flow = {"flow": np.zeros((2, 2, 4, 4), np.float16), "frame": np.array([0, 5])}
    one = clip(frames=frames, flow=flow, **{"residuals/dfg": made})
    assert frame_shown(one) == 5
    assert face(one)[0, 0, 0] == 20
    found = panels(one)
    assert list(found) == ["face", "flow", "dfg reconstruction", "dfg residual"]
    assert (found["flow"] == 255).all()  # nothing moves
    assert (found["dfg residual"] == 128 - 2 * RESIDUAL_GAIN).all()


def test_a_clip_without_flow_pairs_has_no_flow_panel():
    one = clip(frames={"aligned": faces(1), "frame": np.array([3])}, flow={"flow": np.zeros((0, 2, 4, 4)), "frame": np.zeros(0)})
    assert list(panels(one)) == ["face"]
    assert frame_shown(one) == 3


def test_a_cue_map_is_black_where_it_is_live():
    assert coloured(np.zeros((2, 2)), 0.5).max() < 5
    assert coloured(np.zeros((2, 2)), 0.0).max() < 5
    assert coloured(np.full((2, 2), 0.5), 0.5).min() > 150


def test_captions_tell_the_scale():
    assert caption(CUE_MAP, "lgsc", 0.25) == "lgsc: cue map\n0 to 0.25"
    assert caption("dfg residual") == "dfg\nresidual x2"
    assert caption("face") == "face"


def test_a_gallery_has_clips_of_each_class_that_have_most_to_show():
    names = ["b.avi", "a.avi", "c.avi", "d.avi", "e.avi"]
    table = pd.DataFrame({"dataset": "s", "clip": names, "label": "live", "attack": ""})
    table.loc[2:, "label"] = "attack"
    table.loc[2:, "attack"] = ["print", "print", "replay"]
    frames, flow = {"frames": {}}, {"frames": {}, "flow": {}}
    features = {"a.avi": frames, "b.avi": frames, "c.avi": frames, "d.avi": flow, "e.avi": {}}
    clips = {("s", name): Clip("s", name, features=found) for name, found in features.items()}
    assert [one.clip for one in choose(table, clips, ["flow"])] == ["a.avi", "d.avi"]  # by name; more features; the replay has no face
    assert [one.clip for one in choose(table, clips, ["flow"], each=2)] == ["a.avi", "b.avi", "d.avi", "c.avi"]


def test_names_of_files_are_plain():
    assert slug("roc", "a b", "", "é/p-1") == "roc-a-b--p-1"
