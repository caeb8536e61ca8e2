"""What is made: names, people and the balance of cameras."""

import re
from collections import Counter

import pytest

from fas.simulate.catalog import NO_FACE, TRUNCATED, UPSIDE_DOWN, Capture, captures
from fas.simulate.domains import ATTACKED, DOMAINS, FACES
from fas.simulate.params import SimulateParams

CAPTURES = captures(SimulateParams())
TINY = captures(SimulateParams(people=2, live_per_person=1, attacks_per_person=2, faces_people=2, faces_clips=1))
OFFICIAL = {
    "sim_msu_mfsd": r"scene01/(?P<cls>real|attack)/(?P=cls)_client(?P<s>\d{3})_((?P<a>android)|laptop)_SD_"
    r"((?(a)(ipad_video|iphone_video|printed_photo)|(ipad_video|iphone_video|printed_photo))_)?scene01\.(?(a)mp4|mov)",
    "sim_casia_fasd": r"(train|test)_release/(?P<s>\d{1,2})/([1-8]|HR_[1-4])\.avi",
    "sim_replay_attack": r"(train|devel|test)/(real/client(?P<s>\d{3})_session01_webcam_authenticate_(adverse|controlled)_[12]|"
    r"attack/(fixed|hand)/attack_(print_client\d{3}_session01_highdef_photo|(?P<d>mobile|highdef)_client\d{3}_session01_(?P=d)_(photo|video))"
    r"_(adverse|controlled))\.mov",
    "sim_oulu_npu": r"(Train_files/[1-6]_[1-3]_(0[1-9]|1\d|20)|Dev_files/[1-6]_[1-3]_(2[1-9]|3[0-5])"
    r"|Test_files/[1-6]_[1-3]_(3[6-9]|4\d|5[0-5]))_[1-5]\.avi",
    "sim_faces": r"train/live/\d{2}/\d+\.(mp4|mov|avi)",
}
MSU_TRAIN = {2, 3, 5, 6, 7, 8, 9, 11, 12, 21, 22, 34, 53, 54, 55}
MSU_PEOPLE = MSU_TRAIN | {1, 13, 14, 23, 24, 26, 28, 29, 30, 32, 33, 35, 36, 37, 39, 42, 48, 49, 50, 51}
REPLAY = {
    "train": {1, 2, 4, 6, 7, 8, 12, 16, 18, 25, 27, 103, 105, 108, 110},
    "dev": {3, 5, 10, 15, 17, 22, 29, 30, 101, 111, 113, 114, 116, 118, 119},
    "test": {9, 11, 13, 14, 19, 20, 21, 23, 24, 26, 28, 31, 102, 104, 106, 107, 109, 112, 115, 117},
}


def of(dataset: str, found: list[Capture] = CAPTURES) -> list[Capture]:
    return [capture for capture in found if capture.dataset == dataset]


def test_the_default_has_the_stated_size() -> None:
    ordinary = Counter((c.dataset, c.label) for c in CAPTURES if c.planted in ("", UPSIDE_DOWN))
    for domain in ATTACKED:
        assert (ordinary[domain.dataset, "live"], ordinary[domain.dataset, "attack"]) == (16, 24)
    assert ordinary[FACES.dataset, "live"] == 32
    assert Counter(c.planted for c in CAPTURES if c.planted) == {NO_FACE: 3, TRUNCATED: 1, UPSIDE_DOWN: 1}


@pytest.mark.parametrize("found", [CAPTURES, TINY])
def test_every_name_is_official_and_there_once(found: list[Capture]) -> None:
    for capture in found:
        assert re.fullmatch(OFFICIAL[capture.dataset], capture.clip), capture.clip
    assert len({(c.dataset, c.clip) for c in found}) == len(found)


def test_people_play_the_part_that_the_official_lists_give_them() -> None:
    for capture in of("sim_msu_mfsd"):
        assert int(capture.subject) in MSU_PEOPLE
        assert (capture.split == "train") == (int(capture.subject) in MSU_TRAIN)
    for capture in of("sim_replay_attack"):
        assert int(capture.subject) in REPLAY[capture.split]


@pytest.mark.parametrize("found", [CAPTURES, TINY])
def test_no_person_is_in_two_datasets_or_in_two_splits(found: list[Capture]) -> None:
    assert all(len({(c.dataset, c.split) for c in found if c.person == person}) == 1 for person in {c.person for c in found})
    assert {c.person for c in found} <= set(range(1, 41))


def test_one_face_is_one_subject() -> None:
    for domain in DOMAINS.values():
        pairs = {(c.person, c.split, c.subject) for c in of(domain.dataset)}
        assert len({person for person, _, _ in pairs}) == len(pairs) == len({(split, subject) for _, split, subject in pairs})


@pytest.mark.parametrize("domain", ATTACKED, ids=lambda domain: domain.adapter)
@pytest.mark.parametrize("split", ["", "train", "dev", "test"])
def test_cameras_give_nothing_away(domain, split: str) -> None:
    """Every camera films as many attacks per live clip as any other: what a file's container, codec, size and rate say is an AUC of 1/2."""
    mine = [c for c in of(domain.dataset) if c.planted in ("", UPSIDE_DOWN) and c.split == (split or c.split)]
    live = Counter(c.camera for c in mine if c.label == "live")
    attack = Counter(c.camera for c in mine if c.label == "attack")
    assert set(live) == set(attack)
    assert {attack[name] * 2 - live[name] * 3 for name in live} <= {0}


def test_planted_extras_leave_the_balance() -> None:
    """Extras are only where one camera does everything, or where there are no attacks."""
    extras = [c for c in CAPTURES if c.planted in (NO_FACE, TRUNCATED)]
    assert all(len(DOMAINS[c.dataset].cameras) == 1 or c.dataset == FACES.dataset for c in extras)
    assert {c.split for c in extras if c.planted == TRUNCATED} == {"train"}
    assert not [c for c in captures(SimulateParams(planted=False)) if c.planted]


@pytest.mark.parametrize("more", [{"people": 8}, {"faces_clips": 6}, {"planted": True}])
def test_more_captures_leave_the_others_as_they_were(more: dict[str, int]) -> None:
    """The unit that is cached is the capture: a bigger default holds the smaller one's captures unchanged."""
    small = {"people": 3, "faces_clips": 2, "planted": False}
    before, after = captures(SimulateParams(**small)), captures(SimulateParams(**(small | more)))
    allowed = {(c.dataset, c.clip) for c in after if c.planted == UPSIDE_DOWN}
    assert {c for c in before if (c.dataset, c.clip) not in allowed} <= set(after)
    assert len(after) > len(before)


def test_every_instrument_is_used() -> None:
    for domain in ATTACKED:
        used = {c.instrument for c in of(domain.dataset) if c.label == "attack"}
        assert used == {instrument.name for instrument in domain.instruments}


def test_replays_and_supports_are_not_tied_to_each_other() -> None:
    """Each of Replay-Attack's protocols finds both kinds of support."""
    shown = {(c.instrument, c.support) for c in of("sim_replay_attack") if c.label == "attack" and not c.planted}
    assert len(shown) == 10
