import pytest
import torch
from torch import nn
from torchvision.models import resnet18

from fas.methods.lgsc.model import Classifier, Encoder, Generator, cue_magnitude

SMALL = 4


def trainable(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters() if weight.requires_grad)


def test_faithful_form_has_the_papers_parameters() -> None:
    generator, classifier = Generator(64, "instance", faithful_in=True), Classifier(64)
    assert trainable(generator.encoder) == trainable(classifier.encoder) == 11_176_512
    assert [trainable(block) for block in generator.decoder] == [3_739_136, 935_680, 234_368, 217_984, 18_903]
    assert trainable(classifier.fc) == 1_026
    assert trainable(generator) + trainable(classifier) == 27_500_121


def test_maps_have_the_papers_shapes() -> None:
    generator = Generator(SMALL).eval()
    with torch.inference_mode():
        cue, maps = generator(torch.zeros(1, 3, 224, 224))
    sides = {name: (level.shape[1] // SMALL, level.shape[2]) for name, level in maps.items() if name != "SC"}
    assert sides == {"E5": (8, 7), "D1": (4, 14), "D2": (2, 28), "D3": (1, 56), "D4": (1, 112)}
    assert maps["SC"] is cue
    assert cue.shape == (1, 3, 224, 224)


def test_encoder_is_torchvisions_resnet18() -> None:
    reference, encoder = resnet18().eval(), Encoder(64).eval()
    encoder.load_state_dict({key: value for key, value in reference.state_dict().items() if not key.startswith("fc.")})
    image = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        features = encoder(image)[-1].mean(dim=(2, 3))
        torch.testing.assert_close(reference.fc(features), reference(image))


@pytest.mark.parametrize("norm", ["instance", "batch"])
@pytest.mark.parametrize("faithful_in", [False, True])
def test_cue_is_bounded_and_starts_from_something(norm: str, faithful_in: bool) -> None:
    cue, _ = Generator(SMALL, norm, faithful_in)(10 * torch.randn(2, 3, 64, 64))
    assert cue.abs().max() <= 1
    assert cue.abs().mean() > 0.01


@pytest.mark.parametrize("faithful_in", [False, True])
def test_zero_init_gives_exactly_zero_and_can_leave_it(faithful_in: bool) -> None:
    generator = Generator(SMALL, faithful_in=faithful_in, zero_init=True)
    cue, _ = generator(torch.randn(2, 3, 64, 64))
    assert torch.count_nonzero(cue) == 0
    (cue - 1).square().mean().backward()
    assert generator.gain is not None
    assert torch.count_nonzero(generator.gain.grad) > 0


def test_instance_norm_fixes_the_amplitude_of_a_faithful_cue() -> None:
    """Scaling the last block's input scales a plain cue and leaves an instance-normalised one as it was."""
    maps = torch.randn(1, SMALL, 32, 32)
    for faithful_in, ratio in ((True, 1.0), (False, 3.0)):
        block = Generator(SMALL, faithful_in=faithful_in).decoder[-1].shortcut
        with torch.inference_mode():
            assert float(block(3 * maps).std() / block(maps).std()) == pytest.approx(ratio, rel=1e-3)


def test_cue_magnitude_is_the_mean_over_channels_and_pixels() -> None:
    cue = torch.zeros(2, 3, 4, 4)
    cue[1, 0, 0, 0] = -0.48
    torch.testing.assert_close(cue_magnitude(cue), torch.tensor([0.0, 0.01]))
