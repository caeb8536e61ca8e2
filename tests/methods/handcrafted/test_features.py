import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fas.methods.handcrafted.features import (
    CUES,
    LBP_PATTERNS,
    RINGS,
    colour,
    contrast,
    describe,
    dimension,
    lbp,
    ratios,
    sharpness,
    spectrum,
)

pictures = arrays.arrays(np.uint8, st.tuples(st.integers(8, 24), st.integers(8, 24), st.just(3)))


def noise(size: int = 64) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (size, size, 3), dtype=np.uint8)


def grey(luma: np.ndarray) -> np.ndarray:
    return np.repeat(luma.astype(np.uint8)[..., None], 3, axis=2)


@given(pictures)
@settings(max_examples=30, deadline=None)
def test_every_cue_is_finite_and_has_its_length(image: np.ndarray) -> None:
    for name, (cue, length) in CUES.items():
        values = cue(image)
        assert values.shape == (length,), name
        assert np.isfinite(values).all(), name


@given(pictures)
@settings(max_examples=30, deadline=None)
def test_histograms_sum_to_one(image: np.ndarray) -> None:
    assert lbp(image).sum() == pytest.approx(1)
    assert colour(image).sum() == pytest.approx(1)


def test_lbp_is_the_textbook_definition() -> None:
    image = noise(12)
    luma = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(int)
    circle = [(-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1)]
    changes = {code: bin(code ^ (code >> 1 | (code & 1) << 7)).count("1") for code in range(256)}
    uniform = sorted(code for code in range(256) if changes[code] <= 2)
    assert len(uniform) == LBP_PATTERNS - 1
    counts = np.zeros(LBP_PATTERNS)
    for y in range(1, 11):
        for x in range(1, 11):
            code = sum(1 << bit for bit, (down, right) in enumerate(circle) if luma[y + down, x + right] >= luma[y, x])
            counts[uniform.index(code) if code in uniform else -1] += 1
    np.testing.assert_allclose(lbp(image), counts / 100)


def test_spectrum_finds_a_grating_in_its_ring() -> None:
    frequency = 0.25
    wave = 128 + 100 * np.sin(2 * np.pi * frequency * np.arange(96))
    assert spectrum(grey(np.tile(wave, (96, 1)))).argmax() == int(frequency / 0.5 * RINGS)


def test_spectrum_does_not_depend_on_brightness() -> None:
    luma = np.random.default_rng(1).integers(0, 120, (48, 48))
    np.testing.assert_allclose(spectrum(grey(luma)), spectrum(grey(luma + 100)), atol=1e-6)


def test_blur_lowers_sharpness_and_contrast() -> None:
    image = noise()
    blurred = cv2.GaussianBlur(image, (0, 0), 2)
    assert sharpness(blurred) < sharpness(image)
    assert (contrast(blurred) < contrast(image)).all()


def test_ratios_follow_the_colour_cast() -> None:
    red = np.full((16, 16, 3), (200, 100, 100), np.uint8)
    assert ratios(red)[0] > 0
    assert ratios(red)[1] == pytest.approx(0)


def test_describe_joins_in_the_given_order() -> None:
    image = noise()
    joined = describe([image, image], ["sharpness", "lbp"])
    assert joined.shape == (2, dimension(["sharpness", "lbp"]))
    np.testing.assert_array_equal(joined[0], np.concatenate([sharpness(image), lbp(image)]))
    assert describe([], ["lbp"]).shape == (0, LBP_PATTERNS)
