from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fas.clips import Clip
from fas.domains.params import DomainParams, inputs, weights
from fas.domains.views import Views, normalised, signed, standardised
from fas.errors import UserError
from fas.features.cues.pictures import shrunk, to_pictures
from fas.schema import parse

SIZE = 16
TRANSFORMER = {"patch": 8, "layers": 1, "heads": 1, "hidden": 4, "mlp": 4}
OANET = {"name": "oanet", "cue": "dfg", "size": SIZE, "cue_size": SIZE, "cue_width": 2, "transformer": TRANSFORMER}


def clip(frames: int = 4, reconstructed: tuple[int, ...] = (3, 9), size: int = SIZE) -> Clip:
    random = np.random.default_rng(7)
    numbers = np.arange(0, 3 * frames, 3, dtype=np.int32)
    features: dict[str, Any] = {
        "frames": {
            "aligned": random.integers(0, 256, (frames, SIZE, SIZE, 3), dtype=np.uint8),
            "native": random.integers(0, 256, (frames, 20, 24, 3), dtype=np.uint8),
            "frame": numbers,
        },
        "residuals/dfg": {
            "reconstruction": random.integers(0, 256, (len(reconstructed), size, size, 3), dtype=np.uint8),
            "frame": np.array(reconstructed, np.int32),
        },
    }
    return Clip("set", "clip", "live", domain="M", features=features)


def params(backbone: dict[str, Any] = OANET, **view: Any) -> DomainParams:
    return parse(DomainParams, {"backbone": backbone, "view": view}, "here")


def expected(one: Clip, place: int, other: int) -> np.ndarray:
    """The standardised residual of a frame, written out."""
    aligned, reconstruction = one.read("frames")["aligned"][place], one.read("residuals/dfg")["reconstruction"][other]
    residual = (aligned / 127.5 - 1) - (reconstruction / 127.5 - 1)
    return ((residual - residual.mean()) / (residual.std(ddof=1) + 1e-8)).transpose(2, 0, 1)


def test_the_cue_is_the_standardised_residual_of_its_own_frame() -> None:
    one = clip()
    numbers, views = Views(params()).scoring(one)
    assert numbers.tolist() == [3, 9]
    for view, place, other in zip(views, (1, 3), (0, 1), strict=True):
        assert view.cue is not None
        np.testing.assert_allclose(view.cue, expected(one, place, other), atol=1e-5)
        assert view.cue.flags.c_contiguous
        assert view.image.flags.c_contiguous
        image = one.read("frames")["aligned"][place].transpose(2, 0, 1) / 127.5 - 1
        np.testing.assert_allclose(view.image, image, atol=1e-6)


@given(st.integers(0, 2**32), st.floats(0.1, 100))
def test_standardisation_takes_scale_and_offset_away(seed: int, scale: float) -> None:
    residual = np.random.default_rng(seed).normal(0, 1, (5, 5, 3)).astype(np.float32)
    whole = standardised(residual)
    assert abs(whole.mean()) < 1e-5
    assert whole.std(ddof=1) == pytest.approx(1, abs=1e-4)
    np.testing.assert_allclose(standardised(scale * residual + 3), whole, atol=1e-3)
    assert not standardised(np.full((4, 4, 3), 0.25, np.float32)).any()


def test_the_residual_is_signed_and_at_the_reconstruction_s_size() -> None:
    face = np.full((8, 8, 3), 255, np.uint8)
    assert (signed(face, np.zeros((4, 4, 3), np.uint8)) == 2).all()
    assert (signed(np.zeros_like(face), face) == -2).all()
    assert signed(face, np.zeros((4, 4, 3), np.uint8)).shape == (4, 4, 3)


@pytest.mark.parametrize("size", [8, 16, 24])
def test_what_is_reconstructed_without_error_has_no_residual(size: int) -> None:
    """At any size of a cue maker: the face is brought there as `fas.features.cues` brings it."""
    face = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    perfect = to_pictures(shrunk(face[None], size)).numpy()[0]
    assert perfect.shape == (size, size, 3)
    assert not signed(face, perfect).any()


def flips(one: Clip, independent: bool) -> set[tuple[bool, bool]]:
    """Over many draws of a clip's only frame: whether the image is flipped, and whether the cue is the image's own."""
    found = set()
    views = Views(params(flip=0.5, independent_flips=independent))
    cue = expected(one, 1, 0)
    image = one.read("frames")["aligned"][1].transpose(2, 0, 1) / 127.5 - 1
    for seed in range(24):
        view = views.training(one, np.random.default_rng(seed))
        assert view.cue is not None
        straight = np.allclose(view.image, image, atol=1e-5)
        assert straight or np.allclose(view.image, image[:, :, ::-1], atol=1e-5)
        found.add((not straight, bool(np.allclose(view.cue, cue if straight else cue[:, :, ::-1], atol=1e-4))))
    return found


def test_image_and_cue_are_flipped_together() -> None:
    assert flips(clip(reconstructed=(3,)), independent=False) == {(False, True), (True, True)}


def test_the_authors_defect_is_a_switch() -> None:
    """Half of the cues are then of a mirrored reconstruction."""
    assert flips(clip(reconstructed=(3,)), independent=True) == {(False, True), (True, True), (False, False), (True, False)}


@pytest.mark.parametrize(("backbone", "numbers"), [("vit", [3, 9]), ("oanet", [3, 9]), ("resnet18", [0, 3, 6, 9])])
def test_with_a_cue_only_reconstructed_frames_are_seen(backbone: str, numbers: list[int]) -> None:
    chosen = {"name": backbone, "size": SIZE} if backbone == "resnet18" else {**OANET, "name": backbone}
    seen, views = Views(params(chosen)).scoring(clip())
    assert seen.tolist() == numbers
    assert (views[0].cue is None) == (backbone != "oanet")


def test_training_draws_from_so_many_frames() -> None:
    views = Views(params({"name": "resnet18", "size": SIZE}, frames=1, flip=0.0))
    drawn = {views.training(clip(), np.random.default_rng(seed)).image.tobytes() for seed in range(12)}
    assert len(drawn) == 1


def test_the_native_face_goes_with_the_aligned_one_s_residual() -> None:
    one = clip()
    _, views = Views(params(face="native")).scoring(one)
    assert views[0].cue is not None
    np.testing.assert_allclose(views[0].cue, expected(one, 1, 0), atol=1e-5)
    assert views[0].image.shape == (3, SIZE, SIZE)


def test_the_cue_is_resized_to_what_the_backbone_sees() -> None:
    _, views = Views(params({**OANET, "cue_size": 2 * SIZE})).scoring(clip(size=8))
    assert views[0].cue is not None
    assert views[0].cue.shape == (3, 2 * SIZE, 2 * SIZE)
    assert Views(params()).nearest(clip(), 7).image.shape == (3, SIZE, SIZE)


def test_normalisations() -> None:
    image = np.full((2, 2, 3), 0.5, np.float32)
    assert not normalised(image, "half").any()
    expected_pixel = [(0.5 - 0.485) / 0.229, (0.5 - 0.456) / 0.224, (0.5 - 0.406) / 0.225]
    np.testing.assert_allclose(normalised(image, "imagenet")[:, 0, 0], expected_pixel, rtol=1e-5)


def test_inputs_name_the_cue() -> None:
    assert inputs(params()) == ("frames", "residuals/dfg")
    assert inputs(params({**OANET, "cue": "dfg-t600"})) == ("frames", "residuals/dfg-t600")
    assert inputs(params({"name": "resnet18"})) == ("frames",)
    assert weights(params()) == ()
    named = {**OANET, "pretrained": {"vit": "0" * 64, "resnet18": "1" * 64}}
    assert weights(params(named)) == ("resnet18", "vit")


def test_flips_apart_need_a_cue() -> None:
    with pytest.raises(UserError, match=r"view\.independent_flips: the backbone sees no residual"):
        params({"name": "resnet18"}, independent_flips=True)


def test_frames_without_the_face_asked_for_are_told() -> None:
    bare = Clip("set", "bare", "live", features={"frames": {"native": np.zeros((1, 8, 8, 3), np.uint8), "frame": np.zeros(1, np.int32)}})
    with pytest.raises(UserError, match="set bare: feature 'frames' was computed without aligned"):
        Views(params({"name": "resnet18", "size": 16})).scoring(bare)
