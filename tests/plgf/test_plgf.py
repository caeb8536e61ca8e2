import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from fas.errors import UserError
from fas.plgf.plgf import Plgf, masks

RADII = [1, 2, 3]


def image(seed: int = 0, low: float = 0.1, high: float = 0.6, side: int = 64) -> Tensor:
    return low + (high - low) * torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(seed))


def grey(plane: Tensor) -> Tensor:
    return plane.expand(1, 3, *plane.shape).contiguous()


def test_the_first_ring_has_the_paper_s_values() -> None:
    corner = 1 / (2 * math.sqrt(2))
    x, y = masks(1)
    torch.testing.assert_close(x, torch.tensor([[-corner, 0, corner], [-1, 0, 1], [-corner, 0, corner]], dtype=torch.float64))
    torch.testing.assert_close(y, torch.tensor([[corner, 1, corner], [0, 0, 0], [-corner, -1, -corner]], dtype=torch.float64))
    assert corner == pytest.approx(0.3536, abs=5e-5)


def test_the_second_ring_has_exact_angles() -> None:
    x, _ = masks(2)
    assert x[:, 4].tolist() == pytest.approx([0.0884, 0.1789, 0.25, 0.1789, 0.0884], abs=5e-5)
    assert x[0].tolist() == pytest.approx([-0.0884, -0.0894, 0, 0.0894, 0.0884], abs=5e-5)
    assert torch.equal(x[1:4, 1:4], masks(1)[0])


@pytest.mark.parametrize("radius", RADII)
def test_force_falls_with_the_square_of_the_distance_and_the_masks_are_each_other_turned(radius: int) -> None:
    x, y = masks(radius)
    steps = torch.arange(-radius, radius + 1).double()
    squared = steps.square().view(-1, 1) + steps.square()
    squared[radius, radius] = math.inf
    torch.testing.assert_close(torch.hypot(x, y), 1 / squared)
    assert torch.equal(torch.rot90(x), y)
    assert float(x.sum()) == pytest.approx(0, abs=1e-12)
    assert torch.equal(x, -x.flip(1))


@pytest.mark.parametrize("radius", RADII)
def test_a_ramp_in_x_excites_the_first_mask_only_and_with_its_sign(radius: int) -> None:
    size = 2 * radius + 1
    columns = torch.arange(size).double().expand(size, size)
    x, y = masks(radius)
    assert float((columns * x).sum()) > 0.5
    assert float((columns * y).sum()) == pytest.approx(0, abs=1e-12)
    upwards = columns.T.flip(0)  # brighter towards the top
    assert float((upwards * y).sum()) > 0.5
    assert float((upwards * x).sum()) == pytest.approx(0, abs=1e-12)


def test_the_map_of_a_ramp_is_the_closed_form() -> None:
    """Brightness b + s n: the force is s sum(n M_x) / brightness away from the border."""
    columns = torch.linspace(0.2, 0.8, 61).expand(61, 61)
    slope = 0.01
    gained = float((torch.arange(-2, 3) * masks(2)[0]).sum())
    expected = torch.atan(slope * gained / columns) / (math.pi / 2)
    found = Plgf(radius=2)(grey(columns))[0, 0]
    torch.testing.assert_close(found[2:-2, 2:-2], expected[2:-2, 2:-2], rtol=1e-4, atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.floats(0.2, 1.6), st.sampled_from(RADII), st.sampled_from(["luminance", "rgb"]))
def test_a_gain_changes_nothing(seed: int, gain: float, radius: int, channels: str) -> None:
    plgf = Plgf(radius, channels=channels)  # type: ignore[arg-type]
    plain = image(seed, side=16).double()  # single precision differs in the last bits: the force is a difference
    torch.testing.assert_close(plgf(gain * plain), plgf(plain), rtol=0, atol=1e-12)


def test_half_the_light_gives_the_same_bits() -> None:
    assert torch.equal(Plgf()(0.5 * image()), Plgf()(image()))


def changed(function, first: Tensor, second: Tensor) -> float:
    """Mean absolute change of the values, relative to their mean."""
    before, after = function(first), function(second)
    return float((after - before).abs().mean() / before.mean())


def test_a_slow_change_of_light_matters_little_and_an_offset_much() -> None:
    lit = image(low=0.05, high=0.65) * torch.linspace(0.6, 1.4, 64)
    raw = changed(lambda one: one, image(low=0.05, high=0.65), lit)
    own = changed(Plgf(), image(low=0.05, high=0.65), lit)
    offset = changed(Plgf(), image(low=0.05, high=0.65), image(low=0.05, high=0.65) + 40 / 255)
    assert raw == pytest.approx(0.20, abs=0.01)
    assert own == pytest.approx(0.06, abs=0.015)
    assert offset > 3 * own


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 1), st.sampled_from(RADII))
def test_a_constant_image_gives_nothing(brightness: float, radius: int) -> None:
    found = Plgf(radius)(torch.full((1, 3, 9, 8), brightness, dtype=torch.float64))
    torch.testing.assert_close(found, torch.zeros_like(found), rtol=0, atol=1e-12)


@pytest.mark.parametrize("radius", RADII)
def test_a_turned_image_gives_a_turned_map(radius: int) -> None:
    plgf = Plgf(radius)
    plain = image().double()
    torch.testing.assert_close(plgf(torch.rot90(plain, dims=(2, 3))), torch.rot90(plgf(plain), dims=(2, 3)), rtol=0, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.sampled_from(RADII))
def test_values_are_quarter_turns(seed: int, radius: int) -> None:
    """Black beside white too."""
    found = Plgf(radius)(torch.rand(2, 3, 12, 12, generator=torch.Generator().manual_seed(seed)).round())
    assert 0 <= float(found.min()) <= float(found.max()) < 1


def test_pixels_below_the_floor_are_as_the_floor() -> None:
    dark = torch.zeros(1, 3, 9, 9)
    dark[..., 4, 4] = 1.0
    plgf = Plgf(floor=0.1)
    assert torch.equal(plgf(dark), plgf(dark.clamp(min=0.1)))
    assert float(Plgf()(dark).max()) > float(plgf(dark).max())


def test_colours_have_a_map_each_and_images_do_not_touch_each_other() -> None:
    several = torch.cat([image(seed) for seed in range(3)])
    colours = Plgf(channels="rgb")(several)
    assert colours.shape == several.shape
    torch.testing.assert_close(colours[1, 2], Plgf()(grey(several[1, 2]))[0, 0], rtol=0, atol=1e-5)
    torch.testing.assert_close(Plgf()(several)[1:2], Plgf()(several[1:2]), rtol=0, atol=1e-5)
    assert Plgf()(several).shape == (3, 1, 64, 64)


@pytest.mark.parametrize("make", [lambda: Plgf(radius=0), lambda: masks(0)])
def test_a_radius_below_one_is_refused(make) -> None:
    with pytest.raises(UserError, match="PLGF: radius 0 is not 1 or more"):
        make()


def test_what_cannot_be_is_one_line() -> None:
    with pytest.raises(UserError, match=r"PLGF: floor 0 is not between 0 and 1"):
        Plgf(floor=0)
    with pytest.raises(UserError, match="an image of 8 x 2 pixels is too small for radius 2"):
        Plgf(radius=2)(torch.rand(1, 3, 2, 8))
