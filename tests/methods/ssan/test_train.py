from typing import Any

import pytest
import torch
from pydantic import ValidationError

from fas.methods.ssan.loss import adversarial
from fas.methods.ssan.model import Live, Network, networks
from fas.methods.ssan.params import SsanParams, sides
from fas.methods.ssan.train import SsanTask, batches_of
from fas.params import load
from tests.domains.captures import CLIPS, EXTRA, ROOT, TINY, section

FULL = section("ssan")


def changed(**values: Any) -> SsanParams:
    return SsanParams.model_validate({**FULL.model_dump(), **values})


def built(params: SsanParams, seed: int = 0) -> SsanTask:
    torch.manual_seed(seed)
    return SsanTask(networks(params), params, batches_of(params, CLIPS, [], 0), 2)


@pytest.mark.parametrize(("reversal", "sign"), [("gradient", -1.0), ("none", 1.0)])
def test_the_content_unlearns_its_dataset_unless_nothing_is_reversed(reversal: str, sign: float) -> None:
    """L_adv's gradient at the content is that of the plain cross entropy times -coefficient; with the original's layer it is the plain."""
    task = built(changed(reversal=reversal))
    content = torch.randn(6, FULL.channels, 4, 4)
    domain = torch.tensor([0, 1, 2, 0, 1, 2])
    discriminator = task.modules["discriminator"].eval()

    def gradient(hidden: bool) -> torch.Tensor:
        leaf = content.clone().requires_grad_()
        adversarial(discriminator(task._hidden(leaf, task.steps) if hidden else leaf), domain).backward()
        assert leaf.grad is not None
        return leaf.grad

    plain = gradient(hidden=False)
    assert plain.abs().max() > 0
    torch.testing.assert_close(gradient(hidden=True), sign * plain, atol=1e-7, rtol=1e-3)  # the coefficient is .9999 at the end


def test_a_reversal_starts_at_nothing() -> None:
    task = built(changed())
    leaf = torch.randn(2, 3, requires_grad=True)
    task._hidden(leaf, 0).sum().backward()
    assert leaf.grad is not None
    assert leaf.grad.abs().max() == 0


def test_without_a_partner_a_face_keeps_its_own_style_and_with_itself_too() -> None:
    torch.manual_seed(0)
    network = Network(changed()).eval()
    images = torch.randn(3, 3, 64, 64)
    alone, itself = network(images), network(images, partner=torch.arange(3))
    torch.testing.assert_close(itself.mixed, alone.own)
    other = network(images, partner=torch.tensor([1, 2, 0]))
    assert not torch.allclose(other.mixed, alone.own)
    torch.testing.assert_close(other.own, alone.own)
    assert Live(network)(images).shape == (3,)


def test_balanced_batches_and_those_of_one_shuffled_list() -> None:
    balanced = batches_of(changed(), CLIPS, [], 0).batch(0)
    assert [((balanced["domain"] == d) & (balanced["live"] == live)).sum() for d in range(3) for live in (True, False)] == [2] * 6
    shuffled = batches_of(changed(batches="shuffled", batch=12), CLIPS[:-2], [], 0)
    seen = torch.cat([torch.stack([shuffled.batch(step)["domain"], shuffled.batch(step)["live"].long()]) for step in range(5)], dim=1)
    pairs, counts = torch.unique(seen, dim=1, return_counts=True)  # 60 draws of 10 clips: each came six times
    assert {(int(d), int(live)): int(n) for (d, live), n in zip(pairs.T, counts, strict=True)} == {
        (0, 0): 12,
        (0, 1): 12,
        (1, 0): 12,
        (1, 1): 12,
        (2, 1): 12,
    }


@pytest.mark.parametrize("batches", ["balanced", "shuffled"])
def test_half_of_the_live_faces_are_additional_ones(batches: str) -> None:
    made = batches_of(changed(batches=batches, per_class=4), CLIPS, EXTRA, 0)
    assert made.domains == ["I", "M", "O", "faces"]
    for step in range(3):
        batch = made.batch(step)
        added = batch["domain"] == 3
        assert batch["live"].sum() == (~batch["live"]).sum() == 2 * added.sum()
        assert batch["live"][added].all()


def test_learning_rate_falls_by_epochs() -> None:
    task = built(changed(epochs=8, decay_epochs=3))
    assert task.steps == 16
    assert [task.rate("adam", step) for step in (0, 5, 6, 11, 12)] == [1, 1, 0.5, 0.5, 0.25]


def test_a_picture_too_small_to_be_normalised_is_refused() -> None:
    small = {**FULL.model_dump()["backbone"], "size": 32}
    with pytest.raises(ValidationError, match=r"backbone\.size: 32 pixels leave content 1 and style 1 wide"):
        changed(backbone=small)


@pytest.mark.parametrize("name", TINY.method("ssan").variants)
def test_the_sides_that_are_checked_are_the_network_s(name: str) -> None:
    params = section("ssan", name)
    assert isinstance(params, SsanParams)
    network = Network(params).eval()
    size, cue = params.backbone.size, params.backbone.cue_side
    seen: list[torch.Tensor] = []
    network.style.convolutions[-1].register_forward_hook(lambda _, __, out: seen.append(out))
    content = network(torch.zeros(1, 3, size, size), torch.zeros(1, 3, cue, cue)).content
    assert (content.shape[-1], seen[0].shape[-1]) == sides(params.backbone, params.head)


def test_the_paper_s_sizes_of_the_content() -> None:
    paper = load(ROOT / "presets/paper.yaml").method("ssan")
    found = {
        name: sides(params.backbone, params.head)[0]
        for name in paper.variants
        if isinstance(params := paper.variant("ssan", name), SsanParams)
    }
    assert found == {"full": 8, "m": 32, "repo": 8, "extra_live": 8, "oanet": 7}
