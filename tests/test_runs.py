import numpy as np
import pandas as pd
import pytest

from fas.clips import FRAMES, Clip
from fas.config import Runtime
from fas.errors import UserError
from fas.files import read_json
from fas.methods import method
from fas.methods.base import FrameScores
from fas.runs import FitTask, FitWorker, ScoreTask, ScoreWorker, clip_score
from fas.scores import read_scores

CARD = {"method": "handcrafted", "variant": "default", "protocol": "p", "seed": 0, "dev": "seeded", "collection": "real", "params": {}}
FRAMES_OF_A_CLIP = 3


def clip(number, live):
    """Live faces are smooth, attacks are noise; both of another person each time."""
    generator = np.random.default_rng(number)
    faces = generator.integers(0, 255 if not live else 20, (FRAMES_OF_A_CLIP, 32, 32, 3), dtype=np.uint8)
    arrays = {"aligned": faces, "frame": np.arange(FRAMES_OF_A_CLIP, dtype=np.int32) * 5}
    label = {"label": "live"} if live else {"label": "attack", "attack": "print", "instrument": "paper"}
    return Clip("d", f"{number}.mp4", **label, subject=str(number), features={FRAMES: arrays})


def clips(first, live=2, attack=2):
    return tuple(clip(first + number, number < live) for number in range(live + attack))


@pytest.fixture(scope="module")
def params():
    return method("handcrafted").params(cues=["sharpness", "contrast"])


@pytest.fixture
def fit(tmp_path, params):
    """Trains, and gives the folder."""

    def run(train, dev=(), name="model"):
        out, scratch = tmp_path / name, tmp_path / f"{name}-scratch"
        out.mkdir()
        scratch.mkdir()
        worker = FitWorker("handcrafted")
        worker.setup(Runtime())
        worker.work(FitTask("handcrafted", params, train, dev, 0, CARD), out, scratch)
        return out

    return run


@pytest.fixture
def score(tmp_path, params):
    def run(model, *listed):
        worker = ScoreWorker("handcrafted")
        worker.setup(Runtime())
        out = tmp_path / "scores"
        out.mkdir()
        worker.work(ScoreTask("handcrafted", params, model, listed), out, tmp_path)
        return read_scores(out / "scores.parquet")

    return run


def test_a_run_s_card_is_in_its_config(fit):
    config = read_json(fit(clips(0), clips(10, attack=1)) / "config.json")
    assert config.items() >= CARD.items()
    assert config["version"] == method("handcrafted").version
    assert config["clips"] == {"train": {"live": 2, "attack": 2}, "dev": {"live": 2, "attack": 1}}
    assert config["warnings"] == []
    assert config["frames"] == 4 * FRAMES_OF_A_CLIP


def test_equal_trainings_are_equal_bytes(fit):
    one, two = (fit(clips(0), clips(10), name) for name in ("one", "two"))
    assert sorted(path.name for path in one.iterdir()) == ["config.json", "model.safetensors"]
    assert all((one / path.name).read_bytes() == path.read_bytes() for path in two.iterdir())


@pytest.mark.parametrize(("dev", "source"), [(clips(10), "dev_eer"), ((), "train_eer"), (clips(10, attack=0), "train_eer")])
def test_the_threshold_is_dev_s_else_train_s(fit, score, dev, source):
    train = clips(0)
    model = fit(train, dev)
    config = read_json(model / "config.json")
    assert config["threshold_source"] == source
    chosen = dev if source == "dev_eer" else train
    table = score(model, *((one, "dev") for one in chosen)).groupby(["clip", "label"])["score"].mean().reset_index()
    live, attack = (table.loc[table["label"] == label, "score"] for label in ("live", "attack"))
    assert attack.max() < config["threshold"] < live.min()


def test_a_run_without_training_clips_is_told(fit):
    with pytest.raises(UserError, match="no training clip has the features needed"):
        fit(())


@pytest.mark.parametrize(("train", "dev"), [(clips(0, attack=0), ()), (clips(0, live=0), clips(10, attack=0))])
def test_a_method_that_learns_from_attacks_is_not_trained_without_a_threshold(monkeypatch, fit, train, dev):
    def begun(task):
        raise AssertionError("the training has begun")

    monkeypatch.setattr("fas.methods.handcrafted.train.fit", begun)
    with pytest.raises(UserError, match=r"^handcrafted needs live and attack clips.* [02] live and [02] attack"):
        fit(train, dev)


def test_clips_without_features_have_a_row_without_score(fit, score):
    model = fit(clips(0))
    bare = Clip("d", "bare.mp4", "attack", "print", "paper", "7")
    empty = Clip(
        "d", "empty.mp4", "live", features={FRAMES: {"aligned": np.empty((0, 32, 32, 3), np.uint8), "frame": np.empty(0, np.int32)}}
    )
    table = score(model, (bare, "test"), (clip(3, True), "dev"), (empty, "test"))
    assert table["clip"].tolist() == ["bare.mp4", *["3.mp4"] * FRAMES_OF_A_CLIP, "empty.mp4"]
    assert table["frame"].tolist() == [-1, 0, 5, 10, -1]
    assert table["score"].isna().tolist() == [True, False, False, False, True]
    about = {"dataset": "d", "subject": "7", "label": "attack", "attack": "print", "instrument": "paper", "role": "test"}
    assert table.iloc[0][list(about)].to_dict() == about


def test_other_scores_stand_beside_the_method_s_own(monkeypatch, score, tmp_path):
    def two(model, params, clips, runtime):
        yield from (FrameScores(np.array([4]), {"score": np.array([0.5]), "auxiliary": np.array([0.25])}) for _ in clips)

    monkeypatch.setattr("fas.methods.handcrafted.train.score", two)
    table = score(tmp_path, (clip(0, True), "test"), (Clip("d", "bare", "live"), "test"))
    pd.testing.assert_series_equal(table["score_auxiliary"], pd.Series([0.25, np.nan], name="score_auxiliary"))
    assert table["frame"].tolist() == [4, -1]


@pytest.mark.parametrize(("values", "expected"), [([1.0, 2.0], 1.5), ([np.nan, 2.0, np.inf], 2.0), ([np.nan], np.nan), ([], np.nan)])
def test_a_clip_s_score_is_the_mean_of_its_finite_ones(values, expected):
    scores = FrameScores(np.arange(len(values)), {"score": np.array(values, np.float32)})
    np.testing.assert_equal(clip_score(scores), expected)


def test_no_finite_score_is_no_threshold(monkeypatch, fit):
    def none(model, params, clips, runtime):
        yield from (FrameScores(np.array([0]), {"score": np.array([np.nan])}) for _ in clips)

    monkeypatch.setattr("fas.methods.handcrafted.train.score", none)
    with pytest.raises(UserError, match="no threshold can be found"):
        fit(clips(0), clips(10))
