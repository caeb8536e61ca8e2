from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from fas.config import Runtime
from fas.errors import UserError
from fas.files import write_atomic
from fas.sampling import generator
from fas.training import Batch, Kept, Update, seeded, train

RUNTIME = Runtime()


class KilledError(Exception):
    pass


class Adversaries:
    """Two networks with an optimizer each, dropout and running statistics: everything that a resume must restore."""

    def __init__(self, kill_at: int | None = None, rate: float = 0.9) -> None:
        self.kill_at = kill_at
        self.factor = rate
        with seeded("test", 7):
            maker = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 4))
            judge = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 1))
        self.modules: dict[str, nn.Module] = {"maker": maker, "judge": judge}
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            "maker": torch.optim.Adam(maker.parameters(), lr=0.01),
            "judge": torch.optim.SGD(judge.parameters(), lr=0.05, momentum=0.9),
        }

    def batch(self, step: int) -> Batch:
        return {"real": torch.from_numpy(generator("real", step).normal(2, 1, (6, 4)).astype(np.float32))}

    def rate(self, optimizer: str, step: int) -> float:
        return self.factor**step

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        if step == self.kill_at:
            raise KilledError
        noise = torch.randn_like(batch["real"])
        made = self.modules["maker"](noise)
        judge = self.modules["judge"]
        real, fake = judge(batch["real"]), judge(made.detach())
        judged = binary_cross_entropy_with_logits(real, torch.ones_like(real)) + binary_cross_entropy_with_logits(
            fake, torch.zeros_like(fake)
        )
        update("judge", judged)
        fooled = judge(made)
        fooling = binary_cross_entropy_with_logits(fooled, torch.ones_like(fooled))
        update("maker", fooling)
        return {"judge": judged, "maker": fooling}

    def weights(self) -> dict[str, Tensor]:
        return {f"{name}.{key}": value.clone() for name, module in self.modules.items() for key, value in module.state_dict().items()}


def run(
    scratch: Path, kill_at: int | None = None, runtime: Runtime = RUNTIME, seed: int = 1, every: int = 4
) -> tuple[Adversaries, pd.DataFrame]:
    task = Adversaries(kill_at)
    return task, train(task, steps=11, seed=seed, scratch=scratch, runtime=runtime, checkpoint_every=every)


def same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.parametrize("kill_at", [0, 3, 4, 7, 9])
def test_resumed_equals_uninterrupted_to_the_bit(tmp_path: Path, kill_at: int) -> None:
    whole, history = run(tmp_path / "whole")
    with pytest.raises(KilledError):
        run(tmp_path / "killed", kill_at)
    resumed, resumed_history = run(tmp_path / "killed")
    assert same(whole.weights(), resumed.weights())
    pd.testing.assert_frame_equal(history, resumed_history, check_exact=True)


def test_resume_does_not_repeat_what_is_done(tmp_path: Path) -> None:
    with pytest.raises(KilledError):
        run(tmp_path, kill_at=9)
    with pytest.raises(KilledError):
        run(tmp_path, kill_at=8)
    again = Adversaries(kill_at=7)
    train(again, steps=11, seed=1, scratch=tmp_path, runtime=RUNTIME, checkpoint_every=4)


def test_finished_training_is_taken_from_its_checkpoint(tmp_path: Path) -> None:
    first, history = run(tmp_path)
    second, second_history = run(tmp_path, kill_at=10)
    assert same(first.weights(), second.weights())
    assert history.equals(second_history)


def test_networks_kept_on_the_way_are_those_of_a_shorter_training_also_after_a_kill(tmp_path: Path) -> None:
    def keeping(scratch: Path, kill_at: int | None = None, steps: int = 9) -> dict[str, Tensor]:
        task = Adversaries(kill_at)
        kept = Kept(3, scratch / "kept", lambda folder: write_atomic(folder / "m.pt", lambda path: torch.save(task.weights(), path)))
        train(task, steps=steps, seed=1, scratch=scratch, runtime=RUNTIME, checkpoint_every=4, kept=kept)
        return {path.parent.name: torch.load(path, weights_only=True) for path in sorted(kept.folder.glob("*/m.pt"))}

    whole = keeping(tmp_path / "whole")
    assert list(whole) == ["3", "6"]
    short = Adversaries()
    train(short, steps=3, seed=1, scratch=tmp_path / "short", runtime=RUNTIME)
    assert same(whole["3"], short.weights())
    with pytest.raises(KilledError):
        keeping(tmp_path / "killed", kill_at=7)
    resumed = keeping(tmp_path / "killed")
    assert all(same(whole[step], resumed[step]) for step in whole)


@pytest.mark.parametrize(("count", "steps", "expected"), [(1, 10, set()), (2, 10, {5}), (4, 8, {2, 4, 6}), (9, 3, {1, 2})])
def test_kept_steps_are_evenly_spaced_before_the_last(count: int, steps: int, expected: set[int]) -> None:
    assert Kept(count, Path(), lambda folder: None).steps(steps) == expected


def test_checkpoint_of_another_training_is_ignored(tmp_path: Path) -> None:
    run(tmp_path, seed=1)
    other, _ = run(tmp_path, seed=2)
    fresh, _ = run(tmp_path / "fresh", seed=2)
    assert same(other.weights(), fresh.weights())


def test_result_depends_on_the_seed_alone(tmp_path: Path) -> None:
    torch.manual_seed(123)
    first, _ = run(tmp_path / "a")
    torch.manual_seed(321)
    second, _ = run(tmp_path / "b", every=11)
    other, _ = run(tmp_path / "c", seed=2)
    assert same(first.weights(), second.weights())
    assert not same(first.weights(), other.weights())


def test_global_generators_are_left_alone(tmp_path: Path) -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    run(tmp_path)
    assert torch.equal(before, torch.get_rng_state())


def test_history_has_a_row_per_step(tmp_path: Path) -> None:
    _, history = run(tmp_path)
    assert list(history.columns) == ["step", "judge", "maker"]
    assert history["step"].tolist() == list(range(1, 12))


def test_rate_multiplies_the_learning_rate(tmp_path: Path) -> None:
    task = Adversaries(rate=0.5)
    train(task, steps=3, seed=1, scratch=tmp_path, runtime=RUNTIME)
    assert task.optimizers["judge"].param_groups[0]["lr"] == pytest.approx(0.05 * 0.5**2)


def test_zero_rate_changes_no_weight(tmp_path: Path) -> None:
    task = Adversaries(rate=0.0)
    train(task, steps=1, seed=1, scratch=tmp_path / "one", runtime=RUNTIME)
    first = [weight.clone() for weight in task.modules["judge"].parameters()]
    again = Adversaries(rate=0.0)
    train(again, steps=4, seed=1, scratch=tmp_path / "four", runtime=RUNTIME)
    assert all(torch.equal(a, b) for a, b in zip(first, again.modules["judge"].parameters(), strict=True))


def test_not_finite_loss_stops_before_it_is_kept(tmp_path: Path) -> None:
    class Exploding(Adversaries):
        def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
            losses = super().step(batch, step, update)
            return {**losses, "maker": losses["maker"] / (0.0 if step == 5 else 1.0)}

    with pytest.raises(FloatingPointError, match="'step': 6"):
        train(Exploding(), steps=8, seed=1, scratch=tmp_path, runtime=RUNTIME, checkpoint_every=3)
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["done"] == 3


def test_error_of_a_batch_is_raised(tmp_path: Path) -> None:
    class Broken(Adversaries):
        def batch(self, step: int) -> Batch:
            if step == 2:
                raise UserError("clip x is broken")
            return super().batch(step)

    with pytest.raises(UserError, match="clip x is broken"):
        train(Broken(), steps=5, seed=1, scratch=tmp_path, runtime=RUNTIME)


def test_bf16_trains_in_the_same_process_as_fp32(tmp_path: Path) -> None:
    exact, _ = run(tmp_path / "fp32")
    rounded, _ = run(tmp_path / "bf16", runtime=Runtime(precision="bf16"))
    again, _ = run(tmp_path / "again")
    assert same(exact.weights(), again.weights())
    assert not same(exact.weights(), rounded.weights())
    assert all(weight.dtype == torch.float32 for weight in rounded.modules["maker"].parameters())


@pytest.mark.parametrize(("runtime", "problem"), [(Runtime(device="cuda"), "no GPU"), (Runtime(precision="fp16"), "fp16")])
def test_what_the_machine_cannot_do_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runtime: Runtime, problem: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match=problem):
        run(tmp_path, runtime=runtime)
