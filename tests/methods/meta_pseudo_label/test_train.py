from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch.nn.functional import cross_entropy

from fas.clips import Clip
from fas.errors import UserError
from fas.methods.meta_pseudo_label.average import measuring
from fas.methods.meta_pseudo_label.model import networks
from fas.methods.meta_pseudo_label.params import MetaPseudoLabelParams
from fas.methods.meta_pseudo_label.pools import Pools
from fas.methods.meta_pseudo_label.rgb import RgbTask
from fas.methods.meta_pseudo_label.schedule import factor
from fas.methods.meta_pseudo_label.score import score
from fas.params import load as load_params
from fas.tables.published import published
from fas.tables.spec import load_any
from fas.training import seeded, train
from tests.methods.meta_pseudo_label.captures import CLIPS, RUNTIME, TINY, changed, trained

ROOT = Path(__file__).parents[3]
FILES = ("model.safetensors", "history.csv", "pools.parquet")
TERMS = ["step", "loss", "labelled", "unlabelled", "confident"]
MODES = {"pl": {"mode": "pl"}, "pl_uda": {"mode": "pl_uda"}, "mpl_uda": {}, "whole": {"mode": "pl", "input": "whole"}}


def task(params: MetaPseudoLabelParams, seed: int = 1) -> RgbTask:
    with seeded("test", seed):
        built = networks(params)
    return RgbTask(built, *Pools(CLIPS, params, seed).patches(), params, seed)


def updating(running: RgbTask) -> Callable[[str, torch.Tensor], None]:
    """One optimiser's step at its full rate."""

    def update(name: str, loss: torch.Tensor) -> None:
        optimizer = running.optimizers[name]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return update


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("meta_pseudo_label")
    trained(folder)
    return folder / "out"


def test_fit_writes_model_history_and_pools(model: Path) -> None:
    assert sorted(path.name for path in model.iterdir()) == sorted(FILES)
    history = pd.read_csv(model / "history.csv")
    assert list(history.columns) == [*TERMS, "student", "h", "meta"]
    assert len(history) == TINY.steps
    assert {name.split(".")[0] for name in load_file(model / "model.safetensors")} == {"rgb"}  # the teacher scores nothing
    pd.testing.assert_frame_equal(pd.read_parquet(model / "pools.parquet"), Pools(CLIPS, TINY, 1).table())


@pytest.mark.parametrize("values", MODES.values(), ids=MODES.keys())
def test_fit_repeats_to_the_byte_whatever_the_order_of_clips(tmp_path: Path, values: dict[str, Any]) -> None:
    params = changed(**values, steps=3)
    trained(tmp_path / "once", params)
    trained(tmp_path / "again", params, clips=CLIPS[::-1])
    trained(tmp_path / "other", params, seed=2)
    for name in FILES:
        once, again, other = ((tmp_path / folder / "out" / name).read_bytes() for folder in ("once", "again", "other"))
        assert once == again
        assert once != other


@pytest.mark.parametrize("kill_at", [1, 2, 4])
def test_fit_resumes_to_the_byte(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kill_at: int) -> None:
    """Teacher, student, average, both optimisers and the baseline come back, and so do the draws and the augmentation."""
    real = RgbTask.step

    def killed(self: RgbTask, batch: Any, step: int, update: Any) -> Mapping[str, Any]:
        if step == kill_at:
            raise KeyboardInterrupt
        return real(self, batch, step, update)

    monkeypatch.setattr(RgbTask, "step", killed)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path)
    monkeypatch.setattr(RgbTask, "step", real)
    trained(tmp_path)
    for name in FILES:
        assert (tmp_path / "out" / name).read_bytes() == (model / name).read_bytes()


def test_a_checkpoint_holds_teacher_student_average_baseline_and_both_optimisers(tmp_path: Path) -> None:
    train(task(TINY), steps=TINY.steps, seed=1, scratch=tmp_path, runtime=RUNTIME)
    state = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert set(state["modules"]) == {"rgb", "teacher", "memory"}
    assert set(state["optimizers"]) == {"rgb", "teacher"}
    assert all(optimizer["state"] for optimizer in state["optimizers"].values())
    assert state["modules"]["memory"]["baseline.value"] != 0
    assert state["modules"]["memory"]["average.updates"] == TINY.steps


def test_finetuning_resumes_too_and_changes_what_scores(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fas.methods.meta_pseudo_label.rgb import FinetuneTask

    params = changed(finetune_steps=3, finetune_rate=0.01, finetune_batch=4)
    trained(tmp_path / "whole", params)
    real = FinetuneTask.step

    def killed(self: FinetuneTask, batch: Any, step: int, update: Any) -> Mapping[str, Any]:
        if step == 1:
            raise KeyboardInterrupt
        return real(self, batch, step, update)

    monkeypatch.setattr(FinetuneTask, "step", killed)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "killed", params)
    monkeypatch.setattr(FinetuneTask, "step", real)
    trained(tmp_path / "killed", params)
    for name in (*FILES, "finetune.csv"):
        assert (tmp_path / "whole" / "out" / name).read_bytes() == (tmp_path / "killed" / "out" / name).read_bytes()
    assert (tmp_path / "whole" / "out" / "history.csv").read_bytes() == (model / "history.csv").read_bytes()
    assert (tmp_path / "whole" / "out" / "model.safetensors").read_bytes() != (model / "model.safetensors").read_bytes()


@pytest.mark.parametrize("form", ["original", "improved"])
def test_h_is_the_change_of_the_students_labelled_loss(form: str) -> None:
    """Over a training's steps, with a student that learns: measured anew from outside."""
    running = task(changed(teacher_loss=form, wait_steps=0, warmup_steps=0))
    for step in range(3):
        batch = running.batch(step)
        before = running._on_labelled(batch)
        losses = running.step(batch, step, updating(running))
        dropped = before - running._on_labelled(batch)
        torch.testing.assert_close(losses["h"], dropped if form == "improved" else -dropped)
        assert (losses["h"] > 0).item() == ((dropped > 0).item() == (form == "improved"))


@pytest.mark.parametrize("labels", ["hard", "soft"])
def test_the_student_learns_the_labels_of_weak_views_and_the_meta_term_is_of_strong_ones(labels: str) -> None:
    """The README's equations of `mpl_uda`, computed from outside on a batch whose views the teacher labels differently."""
    params = changed(wait_steps=0, warmup_steps=0, dropout=0.0, self_labels=labels)
    running = task(params)
    batch = running.batch(0)
    student, teacher = running.modules["rgb"], running.modules["teacher"]
    with torch.no_grad(), measuring(student), measuring(teacher):
        logits = teacher(torch.cat([batch[name] for name in ("labelled", "weak", "strong")]))
        _, weak, strong = logits.split([params.batch, 8, 8])
        learned = cross_entropy(student(batch["strong"]), weak.argmax(dim=1), label_smoothing=params.smoothing)
    assert not weak.argmax(dim=1).equal(strong.argmax(dim=1))
    losses = running.step(batch, 0, updating(running))
    torch.testing.assert_close(losses["student"], learned)
    own = strong.argmax(dim=1) if labels == "hard" else strong.softmax(dim=1)
    torch.testing.assert_close(losses["meta"], losses["h"] * cross_entropy(strong, own))
    assert losses["h"] != 0


def test_while_the_student_waits_nothing_is_told(tmp_path: Path) -> None:
    trained(tmp_path, changed(wait_steps=2))
    history = pd.read_csv(tmp_path / "out" / "history.csv")
    assert (history["h"][:2] == 0).all()
    assert (history["h"][2:] != 0).all()


def test_with_soft_self_labels_the_teacher_learns_as_without_feedback(tmp_path: Path) -> None:
    """Its networks are those of PL+UDA: the term has a value and no gradient."""
    soft, alone = task(changed(self_labels="soft", dropout=0.0)), task(changed(mode="pl_uda", dropout=0.0))
    alone.modules["rgb"].load_state_dict(soft.modules["teacher"].state_dict())
    train(soft, steps=4, seed=1, scratch=tmp_path / "soft", runtime=RUNTIME)
    train(alone, steps=4, seed=1, scratch=tmp_path / "alone", runtime=RUNTIME)
    for own, other in zip(soft.modules["teacher"].parameters(), alone.modules["rgb"].parameters(), strict=True):
        torch.testing.assert_close(own, other, atol=1e-4, rtol=1e-3)
    hard = task(changed(dropout=0.0))
    train(hard, steps=4, seed=1, scratch=tmp_path / "hard", runtime=RUNTIME)
    assert not all(
        torch.equal(a, b) for a, b in zip(hard.modules["teacher"].parameters(), soft.modules["teacher"].parameters(), strict=True)
    )


def test_the_student_never_sees_a_label_but_through_the_teacher() -> None:
    """The same teacher and unlabelled patches, the labelled ones told the other way round: the student's step is the same."""
    ends = []
    for turned in (False, True):
        running = task(changed(wait_steps=0, warmup_steps=0))
        batch = running.batch(0)
        batch["live"] = 1 - batch["live"] if turned else batch["live"]

        def update(name: str, loss: torch.Tensor, running: RgbTask = running) -> None:
            if name == "rgb":
                loss.backward()
                running.optimizers[name].step()

        with seeded("dropout"):
            running.step(batch, 0, update)
        ends.append([one.detach().clone() for one in running.modules["rgb"].parameters()])
    assert all(torch.equal(first, second) for first, second in zip(*ends, strict=True))


def test_batches_are_balanced_and_pure() -> None:
    first, second = task(TINY), task(TINY)
    first.batch(0)
    once, again = first.batch(3), second.batch(3)
    assert once["live"].tolist() == [1, 0, 1, 0]
    assert {name: len(tensor) for name, tensor in once.items()} == {"labelled": 4, "live": 4, "weak": 8, "strong": 8}
    assert all(once[name].equal(again[name]) for name in once)
    assert not once["strong"].equal(second.batch(4)["strong"])
    assert "strong" not in task(changed(mode="pl")).batch(0)


def test_rates_follow_equation_28_and_only_a_student_waits() -> None:
    params = changed(steps=10, warmup_steps=2, wait_steps=2)
    running = task(params)
    assert [running.rate("teacher", step) for step in (0, 1, 2, 10)] == pytest.approx([0, 0.5, 1, 0])
    assert [running.rate("rgb", step) for step in (0, 1, 2, 4)] == pytest.approx([0, 0, 0.5, 1])
    assert task(params.model_copy(update={"mode": "pl_uda"})).rate("rgb", 1) == 0.5


def test_biases_and_batch_norm_do_not_decay() -> None:
    for optimizer in task(TINY).optimizers.values():
        decaying, still = optimizer.param_groups
        assert {one.ndim for one in still["params"]} == {1}
        assert min(one.ndim for one in decaying["params"]) > 1
        assert (decaying["weight_decay"], still["weight_decay"]) == (TINY.weight_decay, 0.0)


def test_networks_are_kept_on_the_way(tmp_path: Path) -> None:
    params = changed(steps=4, checkpoints=2)
    trained(tmp_path, params)
    kept = tmp_path / "scratch" / "kept"
    assert [path.name for path in kept.iterdir()] == ["2"]
    half = next(score(kept / "2", params, CLIPS[:1], RUNTIME)).scores["score"]
    assert not np.array_equal(half, next(score(tmp_path / "out", params, CLIPS[:1], RUNTIME)).scores["score"])


def test_people_with_dev_clips_are_left_out_with_a_warning(tmp_path: Path) -> None:
    notes = trained(tmp_path, changed(steps=2), dev=[replace(CLIPS[0], clip="dev")])
    assert notes["warnings"] == ["1 training clips of people with dev clips were left out"]
    assert CLIPS[0].clip not in set(pd.read_parquet(tmp_path / "out" / "pools.parquet")["clip"])


@pytest.mark.parametrize(
    ("clips", "values", "told"),
    [
        (CLIPS[:3], {}, "meta_pseudo_label: the training clips need both classes, attack missing"),
        (CLIPS, {"labelled": 400}, "200 live patches of 8 pixels every 8 are asked for"),
        (CLIPS, {"patch": 64}, "its faces are 32 x 32 pixels, meta_pseudo_label.patch is 64"),
    ],
)
def test_bad_input_is_told_in_one_line(tmp_path: Path, clips: list[Clip], values: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError, match=told) as error:
        trained(tmp_path, changed(**values), clips=clips)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"depth": 12}, r"depth: 12 is not 6 n \+ 4"),
        ({"mode": "none"}, "mode and plgf are both none"),
        ({"threshold": 1.5}, "threshold"),
        ({"wait_steps": 5}, "steps: 5 with warmup_steps 1, wait_steps 5: the rate is 0 in every step .*, the student would learn nothing"),
        ({"wait_steps": 9, "warmup_steps": 0}, "the student would learn nothing"),
        ({"mode": "pl", "steps": 1}, "steps: 1 with warmup_steps 1, .* the network would learn nothing"),
    ],
)
def test_parameters_that_build_nothing_are_refused(values: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        changed(**values)


@given(st.sampled_from(["pl", "pl_uda", "mpl_uda"]), *[st.integers(low, 6) for low in (1, 0, 0)])
def test_what_is_accepted_learns_in_some_step(mode: str, steps: int, warmup: int, wait: int) -> None:
    rates = [factor(step, warmup, wait if mode == "mpl_uda" else 0, steps) for step in range(steps)]
    values = {"mode": mode, "steps": steps, "warmup_steps": warmup, "wait_steps": wait}
    if max(rates) > 0:
        assert changed(**values).steps == steps
    else:
        with pytest.raises(ValueError, match="the rate is 0 in every step"):
            changed(**values)


def rows(number: int) -> dict[str, str]:
    return {row.label: row.variant for row in load_any(f"004-T{number}").rows}


def test_the_variants_are_the_rows_of_the_papers_tables() -> None:
    """But for the one that the embedded default's table adds."""
    asked = {variant for number in range(5, 14) for variant in rows(number).values()}
    assert asked == set(MetaPseudoLabelParams().variants) - {"pl_attvlad"}


@pytest.mark.parametrize("preset", ["params.yaml", "presets/tiny.yaml", "presets/paper.yaml"])
def test_no_two_variants_are_the_same_training(preset: str) -> None:
    section = load_params(ROOT / preset).meta_pseudo_label
    found = [section.variant("meta_pseudo_label", name).model_dump_json() for name in section.variants]
    assert len(set(found)) == len(found)


def test_both_losses_of_table_12_are_trained_as_the_row_of_table_9_that_it_prints() -> None:
    same = "t = 0.5, σ = 0.1"
    assert rows(12)["improved"] == rows(9)[same] == "t05_s01"
    ours, theirs = (published(load_any(f"004-T{number}")).set_index(["row", "column"])["value"] for number in (9, 12))
    assert ours[same].loc[theirs["improved"].index].equals(theirs["improved"])
    section = MetaPseudoLabelParams()
    original, improved = (section.variant("meta_pseudo_label", name) for name in ("loss_original", "t05_s01"))
    assert original.model_copy(update={"teacher_loss": "improved"}) == improved
