"""The official file names of the simulated datasets (datasets' own documentation; the root is each dataset's folder)."""

from collections.abc import Callable

from fas.simulate.domain import Camera, Domain, Instrument, Light, Person


def msu(person: Person, camera: Camera, light: Light, instrument: Instrument | None, support: str) -> str:
    """`scene01/{real,attack}/..._clientNNN_{android,laptop}_SD_[<instrument>_]scene01.{mp4,mov}`."""
    kind = "real" if instrument is None else "attack"
    code = "" if instrument is None else f"{instrument.name}_"
    return f"scene01/{kind}/{kind}_client{person.number:03d}_{camera.name}_SD_{code}scene01.{camera.format}"


def casia(person: Person, camera: Camera, light: Light, instrument: Instrument | None, support: str) -> str:
    """`{train,test}_release/<subject>/{1..8,HR_1..HR_4}.avi`: quality and kind make the number."""
    kind = 0 if instrument is None else ("warped", "cut", "video").index(instrument.name) + 1
    quality = {"normal": str(2 * kind + 1), "low": str(2 * kind + 2), "high": f"HR_{kind + 1}"}[camera.name]
    return f"{person.split}_release/{person.number}/{quality}.{camera.format}"


def replay(person: Person, camera: Camera, light: Light, instrument: Instrument | None, support: str) -> str:
    """`<split>/real/...` and `<split>/attack/{fixed,hand}/attack_<device>_clientNNN_session01_<sample>_<light>.mov`."""
    folder = {"train": "train", "dev": "devel", "test": "test"}[person.split]
    if instrument is None:
        return f"{folder}/real/client{person.number:03d}_session01_webcam_authenticate_{light.name}_1.mov"
    device, _, sample = instrument.name.partition("_")
    source = "highdef_photo" if device == "print" else f"{device}_{sample}"
    return f"{folder}/attack/{support}/attack_{device}_client{person.number:03d}_session01_{source}_{light.name}.mov"


def oulu(person: Person, camera: Camera, light: Light, instrument: Instrument | None, support: str) -> str:
    """`{Train,Dev,Test}_files/<phone>_<session>_<user>_<type>.avi`."""
    kind = 1 if instrument is None else ("print_1", "print_2", "display_1", "display_2").index(instrument.name) + 2
    return f"{person.split.capitalize()}_files/{camera.name[-1]}_{light.name[-1]}_{person.number:02d}_{kind}.{camera.format}"


NAMES: dict[str, Callable[[Person, Camera, Light, Instrument | None, str], str]] = {
    "msu_mfsd": msu,
    "casia_fasd": casia,
    "replay_attack": replay,
    "oulu_npu": oulu,
}


def face(domain: Domain, person: Person, camera: Camera, number: int) -> str:
    """A clip of the live-only set, in the layout of `folder`."""
    return f"{person.split}/live/{domain.first + person.number - 1:02d}/{number}.{camera.format}"
