"""Which captures are made: pure and cheap, no pixels.

Cameras go round in cycles, so that inside a domain, and inside each of its splits, every camera films as many attacks per live clip as
any other: container, codec, resolution, rate and length give nothing away. That is exact for eight people with two live clips and three
attacks each, and as near as the counts allow for fewer.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from fas.simulate.domain import Domain, Instrument, Light, Person
from fas.simulate.domains import ATTACKED, FACES, MSU, REPLAY
from fas.simulate.names import NAMES, face
from fas.simulate.params import SimulateParams

NO_FACE = "no_face"
TRUNCATED = "truncated"
UPSIDE_DOWN = "upside_down"


@dataclass(frozen=True)
class Capture:
    """One capture to make.

    `clip` is its path below the dataset's root, `subject` the number in the official names, `person` the ORL person 1..40.
    `instrument` is empty for live; `camera`, `light`, `support` are the domain's own codes; `planted` says what is wrong with it, if
    anything.
    """

    dataset: str
    clip: str
    label: Literal["live", "attack"]
    split: str
    subject: str
    person: int
    camera: str
    light: str
    instrument: str = ""
    support: str = ""
    planted: str = ""

    def identity(self) -> dict[str, Any]:
        """What the capture's bytes depend on beside the worker's `depends()`, as JSON."""
        return asdict(self)


def captures(params: SimulateParams) -> list[Capture]:
    """Every capture to make, in a fixed order; the files are unique."""
    found = [capture for domain in ATTACKED for capture in _domain(domain, params)]
    found += _faces(params)
    if params.planted:
        found = _plant(found, params)
    return found


def _domain(domain: Domain, params: SimulateParams) -> Iterator[Capture]:
    for index, person in enumerate(domain.people[: params.people]):
        for take in range(params.live_per_person):
            yield _capture(domain, index, person, None, turn=index * params.live_per_person + take)
        for take in range(params.attacks_per_person):
            support = ("fixed", "hand")[(index // 2 + take) % 2] if domain is REPLAY else ""
            turn = take + 2 * index + index // 4
            yield _capture(domain, index, person, _instrument(domain, index, take, params), turn=turn, support=support)


def _instrument(domain: Domain, index: int, take: int, params: SimulateParams) -> Instrument:
    """Every person meets every instrument where the attacks suffice, else they take turns."""
    if domain is REPLAY:
        device = ("print", "mobile", "highdef")[(take if params.attacks_per_person == 3 else take + index) % 3]
        sample = "" if device == "print" else ("_video", "_photo")[(index + take) % 2]
        return domain.instrument(device + sample)
    count = len(domain.instruments)
    return domain.instruments[take if params.attacks_per_person == count else (take + index) % count]


def _capture(domain: Domain, index: int, person: Person, instrument: Instrument | None, *, turn: int, support: str = "") -> Capture:
    """The `turn`-th live clip or attack of a domain, which decides its camera and light."""
    camera = domain.cameras[domain.cycle[turn % len(domain.cycle)] if domain.cycle else person.camera]
    light = domain.lights[domain.light_cycle[turn % len(domain.light_cycle)]]
    return Capture(
        dataset=domain.dataset,
        clip=NAMES[domain.adapter](person, camera, light, instrument, support),
        label="live" if instrument is None else "attack",
        split=person.split,
        subject=str(person.number),
        person=domain.first + index,
        camera=camera.name,
        light=light.name,
        instrument=instrument.name if instrument else "",
        support=support,
    )


def _faces(params: SimulateParams) -> Iterator[Capture]:
    for index in range(params.faces_people):
        for take in range(params.faces_clips):
            yield _face(index, take)


def _face(index: int, take: int) -> Capture:
    person = FACES.people[index]
    camera = FACES.cameras[FACES.cycle[take % len(FACES.cycle)]]
    light = FACES.lights[FACES.light_cycle[(index + take) % len(FACES.light_cycle)]]
    clip = face(FACES, person, camera, take + 1)
    return Capture(FACES.dataset, clip, "live", person.split, str(person.number), FACES.first + index, camera.name, light.name)


def _plant(found: list[Capture], params: SimulateParams) -> list[Capture]:
    """Add captures without a face and a truncated file under names that are still free, and store a real phone clip upside-down."""
    turned = next(c for c in found if c.dataset == MSU.dataset and c.label == "live" and c.camera == "android")
    found = [replace(c, planted=UPSIDE_DOWN) if c is turned else c for c in found]
    extras = [_under_other_light(found, 0, "print", NO_FACE), _under_other_light(found, 1, "print", NO_FACE)]
    extras.append(_under_other_light(found, 0, "highdef", TRUNCATED))
    extras.append(replace(_face(0, params.faces_clips), planted=NO_FACE))
    return found + extras


def _under_other_light(found: list[Capture], index: int, device: str, planted: str) -> Capture:
    """A Replay attack of person `index` in a light in which that device's attack was not made."""
    person = REPLAY.people[index]
    instrument = REPLAY.instrument(device if device == "print" else f"{device}_photo")
    taken = {c.light for c in found if c.dataset == REPLAY.dataset and c.person == REPLAY.first + index and c.instrument.startswith(device)}
    light: Light = next(light for light in REPLAY.lights if light.name not in taken)
    turn = REPLAY.lights.index(light)
    return replace(_capture(REPLAY, index, person, instrument, turn=turn, support="fixed"), planted=planted)
