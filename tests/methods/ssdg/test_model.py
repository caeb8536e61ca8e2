import pytest
import torch

from fas.methods import method
from fas.methods.ssdg.model import Head, Live, networks, normalised
from fas.methods.ssdg.params import SsdgParams
from fas.schema import parse

TINY = parse(SsdgParams, {"backbone": {"size": 32, "width": 4}, "embedding": 8}, "here")


def test_norms_are_the_paper_s_and_the_authors() -> None:
    features = 10 * torch.randn(20, 16)
    torch.testing.assert_close(normalised(features, "l2").norm(dim=1), torch.ones(20))
    torch.testing.assert_close(normalised(features, "repo").norm(dim=1), (features.norm(dim=1) / 2).sqrt())
    for how in ("l2", "repo"):
        torch.testing.assert_close(torch.cosine_similarity(normalised(features, how), features), torch.ones(20))
        assert torch.isfinite(normalised(torch.zeros(1, 4), how)).all()


def test_the_classifier_s_columns_have_norm_one() -> None:
    """The logits of a feature that is one dimension alone are a point on the circle; scaling the weight changes nothing."""
    head = Head(4, TINY).eval()
    vectors = torch.randn(5, 4)
    feature, logits = head(vectors)
    assert feature.shape == (5, 8)
    with torch.no_grad():
        head.weight.mul_(7.0)
    torch.testing.assert_close(head(vectors).logits, logits)
    columns = torch.nn.functional.normalize(head.weight, dim=0)
    torch.testing.assert_close(columns.norm(dim=0), torch.ones(8))
    torch.testing.assert_close(logits, feature @ columns.T)


def test_networks_have_a_discriminator_only_where_it_is_needed() -> None:
    assert set(networks(TINY)) == {"backbone", "head", "discriminator"}
    assert set(networks(TINY.model_copy(update={"adversarial_weight": 0.0}))) == {"backbone", "head"}
    assert networks(TINY, 5)["discriminator"](torch.randn(2, 8)).shape == (2, 5)


def test_live_is_a_probability() -> None:
    built = networks(TINY)
    live = Live(built["backbone"], built["head"]).eval()
    images = torch.randn(3, 3, 32, 32)
    values = live(images)
    assert values.shape == (3,)
    assert ((values >= 0) & (values <= 1)).all()
    feature, logits = live.head(live.backbone(images).vector)
    torch.testing.assert_close(logits.softmax(dim=1)[:, 1], values)
    torch.testing.assert_close(live.features(images), feature)
    torch.testing.assert_close(feature.norm(dim=1), torch.ones(3))


@pytest.mark.parametrize("name", ["ssdg", "agfas"])
def test_the_card_builds_every_variant(name: str) -> None:
    card = method(name)
    section = card.params()
    small = {"size": 32, "cue_size": 32, "width": 4, "cue_width": 4, "transformer": {"layers": 1, "heads": 1, "hidden": 4, "mlp": 4}}
    section = parse(card.params, {**section.model_dump(), "backbone": {**section.backbone.model_dump(), **small}}, "here")
    for variant in section.variants:
        chosen = section.variant(name, variant)
        assert {"backbone", "head", "discriminator"} == set(card.load().networks(chosen))
        assert card.inputs(chosen)[0] == "frames"
