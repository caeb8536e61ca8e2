"""The people, and the table of their landmarks."""

import numpy as np

from fas.simulate import canvas, orl
from fas.simulate.orl_landmarks import table


def test_the_kept_landmarks_are_what_the_detector_finds() -> None:
    made = table(range(31, 32)).set_index(["subject", "shot"])
    kept = {key: points for key, points in orl.landmarks().items() if key[0] == 31}
    assert set(made.index) == set(kept)
    for key, points in kept.items():
        assert np.abs(made.loc[key].to_numpy(float).reshape(5, 2) - points).max() <= 0.2


def test_everyone_has_five_frontal_pictures() -> None:
    for person in range(1, 41):
        shots = orl.frontal(person)
        turns = [orl._turn(orl.landmarks()[person, shot]) for shot in shots]
        assert len(set(shots)) == orl.SHOTS and turns == sorted(turns) and turns[-1] < 0.35


def test_the_pictures_lie_on_the_canvas() -> None:
    person = orl.load(5, seed=1)
    assert person.shots.shape == (orl.SHOTS, canvas.HEIGHT, canvas.WIDTH)
    assert (person.tint <= 1).all() and person.tint[0] == 1
    eyes = person.shots[:, 97:104, [70, 71, 72, 73, 74, 118, 119, 120, 121, 122]].mean()
    assert eyes < person.skin - 20


def test_a_similarity_is_found_exactly() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(5, 2)) * 10
    angle, scale, shift = 0.4, 1.7, np.array([3.0, -2.0])
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found = canvas.similarity(points, points @ turn.T + shift)
    np.testing.assert_allclose(found, np.column_stack([turn, shift]), atol=1e-9)
