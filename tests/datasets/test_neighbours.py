"""Which image of NUAA stands beside which."""

import pytest

from fas.datasets.neighbours import Adjacent, neighbours
from fas.datasets.registry import ADAPTERS
from fas.datasets.scan import scan

NUAA = ADAPTERS["nuaa"]
REACH = 15


@pytest.fixture
def beside(tmp_path, plant):
    """Plants images and gives each one's (neighbour, step) by name, of those that have one."""

    def found(*photos, adapter=NUAA, reach=REACH, **lists):
        plant(tmp_path, photos)
        for name, lines in lists.items():
            (tmp_path / f"{name}.txt").write_text("\n".join(lines))
        manifest = scan(adapter, tmp_path)
        contents = manifest.set_index("clip")["content"]
        made = neighbours(manifest, adapter.sequence, reach)
        assert all(contents[one.clip] == one.content for one in made.values())
        return {clip: (one.clip, one.step) for clip, one in made.items()}

    return found


def photo(number, kind="ClientRaw", person="0001", codes="00_00_01", extension="jpg"):
    return f"{kind}/{person}/{person}_{codes}_{number}.{extension}"


def test_the_next_one_by_its_number_and_for_the_last_the_previous_one(beside):
    """As names, 10 comes before 2."""
    assert beside(*map(photo, (0, 2, 10, 13))) == {
        photo(0): (photo(2), 2),
        photo(2): (photo(10), 8),
        photo(10): (photo(13), 3),
        photo(13): (photo(10), -3),
    }


def test_a_gap_ends_a_sequence_and_an_image_between_two_has_no_neighbour(beside):
    found = beside(*map(photo, (0, 15, 31, 47, 48)))
    assert found == {photo(0): (photo(15), 15), photo(15): (photo(0), -15), photo(47): (photo(48), 1), photo(48): (photo(47), -1)}


@pytest.mark.parametrize(
    "other", [{"kind": "ImposterRaw"}, {"person": "0002"}, {"codes": "00_00_02"}, {"codes": "00_01_01"}, {"codes": "01_00_01"}]
)
def test_another_class_person_session_or_condition_is_another_recording(beside, other):
    assert beside(photo(1), photo(2, **other)) == {}


def test_no_test_image_is_a_training_image_s_neighbour(beside):
    path = "0001/0001_00_00_01_{}.jpg"
    found = beside(*map(photo, range(4)), client_train_raw=[path.format(0), path.format(2)], client_test_raw=[path.format(1)])
    assert found == {photo(0): (photo(2), 2), photo(2): (photo(0), -2)}


@pytest.mark.parametrize(("kind", "extension"), [("ClientFace", "jpg"), ("ImposterNormalized", "bmp"), ("ClientRaw", "JPG")])
def test_every_version_below_any_folder_in_front(beside, kind, extension):
    first, second = (f"copy/{photo(number, kind, extension=extension)}" for number in (5, 9))
    assert beside(first, second) == {first: (second, 4), second: (first, -4)}


def test_no_reach_and_no_sequences_are_no_neighbours(beside):
    assert beside(photo(1), photo(2), reach=0) == {}
    faces = ADAPTERS["folder"]
    assert faces.sequence == ""
    assert beside("train/live/a/1_1.jpg", "train/live/a/1_2.jpg", adapter=faces) == {}


def test_videos_and_one_number_twice_have_no_neighbours(tmp_path, plant):
    manifest = scan(NUAA, plant(tmp_path, [photo(7), photo(9)]))
    assert neighbours(manifest, NUAA.sequence, REACH)[photo(7)] == Adjacent(photo(9), manifest["content"][1], 2)
    assert neighbours(manifest.assign(media="video"), NUAA.sequence, REACH) == {}
    assert neighbours(manifest.assign(clip=[photo(7), photo("07")]), NUAA.sequence, REACH) == {}
