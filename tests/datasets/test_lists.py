"""Official lists in a copy, and copies whose lists are not the protocol's."""

from itertools import product
from pathlib import Path

import pytest

from fas.datasets.registry import adapter
from fas.datasets.scan import scan
from fas.errors import UserError

USERS = {"Train": (1, 20), "Dev": (21,), "Test": (36, 55)}


def captures(users: tuple[int, ...]) -> list[tuple[int, int, int, int]]:
    """(phone, session, user, kind) of every video of some people, two phones only."""
    return list(product((1, 2), (1, 2, 3), users, range(1, 6)))


def listed(number: int, fold: int, part: str) -> list[str]:
    """A list of OULU-NPU as datasets' readers describe it: sessions, kinds and the fold's phone, and labels that tell replays in tests."""
    lines = []
    for phone, session, user, kind in captures(USERS[part]):
        test = part == "Test"
        if number in (1, 4) and (session == 3) != test:
            continue
        if number in (2, 4) and kind not in ((1, 3, 5) if test else (1, 2, 4)):
            continue
        if number in (3, 4) and (phone == fold) != test:
            continue
        label = "+1" if kind == 1 else "-2" if test and kind >= 4 else "-1"
        lines.append(f"{label},{phone}_{session}_{user:02d}_{kind}")
    return lines


@pytest.fixture
def oulu(tmp_path: Path, plant) -> Path:
    """A part of OULU-NPU with its 42 lists."""
    root = tmp_path / "OULU-NPU"
    for part, users in USERS.items():
        plant(root, [f"{part}_files/{phone}_{session}_{user:02d}_{kind}.avi" for phone, session, user, kind in captures(users)])
        for number, fold in [(1, 0), (2, 0), *product((3, 4), range(1, 7))]:
            name = f"Protocols/Protocol_{number}/{part}_{fold}.txt" if fold else f"Protocols/Protocol_{number}/{part}.txt"
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes("\r\n".join(listed(number, fold, part)).encode("utf-8-sig"))
    return root


def refused(name: str, root: Path) -> str:
    with pytest.raises(UserError) as told:
        scan(adapter(name), root)
    assert "\n" not in str(told.value)
    return str(told.value)


def test_lists_that_follow_the_rules_are_accepted(oulu: Path) -> None:
    assert len(scan(adapter("oulu_npu"), oulu)) == 150
    assert len(scan(adapter("oulu_npu"), oulu.parent)) == 150


def test_a_line_too_few_is_told(oulu: Path) -> None:
    path = oulu / "Protocols/Protocol_4/Train_1.txt"
    lines = listed(4, 1, "Train")
    path.write_text("\n".join(lines[1:]))
    assert (
        refused("oulu_npu", oulu) == f"{path}: not the train captures of oulu_npu-4-1: 1 missing in the list: {lines[0].partition(',')[2]}"
    )


def test_a_line_too_many_is_told(oulu: Path) -> None:
    path = oulu / "Protocols/Protocol_1/Dev.txt"
    path.write_text("\n".join([*listed(1, 0, "Dev"), "+1,1_3_21_1"]))
    assert refused("oulu_npu", oulu).endswith("not the dev captures of oulu_npu-1: 1 not in its rule: 1_3_21_1")


def test_another_label_is_told(oulu: Path) -> None:
    path = oulu / "Protocols/Protocol_2/Test.txt"
    path.write_text("\n".join(listed(2, 0, "Test")).replace("-2,1_1_36_5", "-1,1_1_36_5"))
    assert refused("oulu_npu", oulu).endswith("1 with another label: 1_1_36_5")


def test_a_line_that_is_none_is_told(oulu: Path) -> None:
    (oulu / "Protocols/Protocol_1/Train.txt").write_text("live 1_1_01_1")
    assert refused("oulu_npu", oulu).endswith("not a label (+1, 1, -1) and a video: 'live 1_1_01_1'")


def test_videos_that_are_not_there_do_not_count(oulu: Path) -> None:
    for path in (oulu / "Train_files").glob("*_1.avi"):
        path.unlink()
    assert len(scan(adapter("oulu_npu"), oulu)) == 150 - 12


def replay(root: Path, plant) -> list[str]:
    """One client of Replay-Attack's train split with the lists of prints."""
    client = "client001_session01"
    live = [f"train/real/{client}_webcam_authenticate_{light}_{take}.mov" for light in ("adverse", "controlled") for take in (1, 2)]
    attacks = [
        f"train/attack/{support}/attack_{device}_{client}_{sample}_{light}.mov"
        for support in ("fixed", "hand")
        for device, sample in (("print", "highdef_photo"), ("mobile", "mobile_video"))
        for light in ("adverse", "controlled")
    ]
    plant(root, live + attacks)
    (root / "protocols").mkdir()
    (root / "protocols/real-train.txt").write_text("\n".join(live))
    (root / "protocols/attack-print-fixed-train.txt").write_text("\n".join(attack for attack in attacks if "fixed/attack_print" in attack))
    (root / "protocols/attack-licence-allsupports-train.txt").write_text(attacks[0])
    return attacks


def test_replay_attack_s_smalltest_has_lists_of_its_own(tmp_path: Path, plant) -> None:
    replay(tmp_path, plant)
    for name, video in (("real", "real/client001_session01_webcam_authenticate_adverse_1"), ("attack", "")):
        (tmp_path / f"protocols/{name}-smalltest-allsupports-train.txt").write_text(f"train/{video}.mov\n" if video else "")
    assert len(scan(adapter("replay_attack"), tmp_path)) == 12
    (tmp_path / "protocols/real-smalltest-allsupports-train.txt").write_text(
        "train/real/client001_session01_webcam_authenticate_controlled_1.mov\n"
    )
    assert "real-smalltest-allsupports-train.txt: not the train captures of replay_attack-smalltest" in refused("replay_attack", tmp_path)


def test_replay_attack_s_lists_hold_for_copies_that_say_attk(tmp_path: Path, plant) -> None:
    replay(tmp_path, plant)
    for support in ("fixed", "hand"):
        for path in (tmp_path / f"train/attack/{support}").iterdir():
            path.rename(path.with_name(path.name.replace("attack_", "attk_")))
    (tmp_path / "train/attack").rename(tmp_path / "train/attk")
    assert scan(adapter("replay_attack"), tmp_path)["attack"].value_counts().to_dict() == {"": 4, "print": 4, "replay": 4}


def test_replay_attack_s_lists_are_compared_too(tmp_path: Path, plant) -> None:
    attacks = replay(tmp_path, plant)
    assert len(scan(adapter("replay_attack"), tmp_path)) == 12
    hand = next(attack for attack in attacks if "hand/attack_print" in attack)
    with open(tmp_path / "protocols/attack-print-fixed-train.txt", "a") as file:
        file.write(f"\n{hand}\n")
    assert refused("replay_attack", tmp_path).endswith(
        f"not the train captures of replay_attack-print-fixed: 1 not in its rule: {hand.removesuffix('.mov')}"
    )
