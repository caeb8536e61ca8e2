"""The simulated domains: four that attack, with different people, cameras, lights and instruments, and one of live faces only.

The strengths were set by measurement so that hand-crafted cues find most attacks but not all, and fewer in a domain they never saw.
Casts of either sign meet in every domain, so that colour alone does not tell. The numbers of an Instrument are, in this order,
the pattern's period and amplitude, the softness, the saturation, and the black and white level.
"""

from dataclasses import replace

from fas.simulate.domain import Camera, Domain, Instrument, Light, Person

# The orders of train and test people make every four-step cycle of cameras come out even inside both splits.
MSU = Domain(
    dataset="sim_msu_mfsd",
    adapter="msu_mfsd",
    first=1,
    people=(
        Person("train", 3),
        Person("test", 1),
        Person("test", 13),
        Person("train", 2),
        Person("test", 14),
        Person("train", 5),
        Person("train", 6),
        Person("test", 23),
    ),
    cameras=(
        Camera("android", "mp4", blur=(0.3, 1.3), noise=2.5, sharpening=0.6, white=(1.04, 1.0, 0.95), saturation=1.1),
        Camera("laptop", "mov", blur=(0.5, 1.6), noise=3.5, sharpening=0.2),
    ),
    cycle=(0, 1),
    lights=(Light("office", 0.3, -0.5, 0.25),),
    instruments=(
        Instrument("ipad_video", "screen", 2.35, 0.55, 1.16, 0.85, 34, 241, cast=(0.95, 1.0, 1.08), glare=18, moving=True),
        Instrument("iphone_video", "screen", 2.12, 0.60, 1.45, 0.94, 28, 240, cast=(1.06, 1.0, 0.94), glare=10, band=0.03, moving=True),
        Instrument("printed_photo", "print", 3.1, 0.74, 1.30, 0.70, 44, 224, cast=(1.04, 1.0, 0.95), grain=4, hand=1.0, bend=0.2),
    ),
)

CASIA = Domain(
    dataset="sim_casia_fasd",
    adapter="casia_fasd",
    first=9,
    people=(
        Person("train", 1),
        Person("test", 1),
        Person("test", 2),
        Person("train", 2),
        Person("test", 3),
        Person("train", 3),
        Person("train", 4),
        Person("test", 4),
    ),
    cameras=(
        Camera("normal", "avi", blur=(0.5, 1.6), noise=3.0, white=(1.03, 1.0, 0.99), saturation=0.95),
        Camera("low", "avi", (240, 320), (0.8, 1.6), 4.0, 0.0, (1.05, 1.0, 0.95), saturation=0.8, contrast=32.0),
        Camera("high", "avi", (240, 320), (0.3, 1.1), 1.5, 0.5, saturation=1.15, contrast=42.0),
    ),
    cycle=(0, 1, 0, 2),
    lights=(Light("window", -0.4, -0.4, 0.3), Light("ceiling", 0.2, -0.6, 0.2)),
    light_cycle=(0, 1),
    instruments=(
        Instrument("warped", "print", 2.9, 0.62, 1.25, 0.79, 36, 231, cast=(1.03, 1.0, 0.97), glare=28, grain=3, hand=1.0, bend=1.0),
        Instrument("cut", "print", 2.9, 0.62, 1.25, 0.79, 36, 231, cast=(0.96, 1.0, 1.04), glare=22, grain=3, hand=0.7, cut=True),
        Instrument("video", "screen", 2.45, 0.47, 1.35, 0.85, 30, 236, cast=(0.97, 1.0, 1.07), glare=16, moving=True),
    ),
    face_width=(180.0, 225.0),
)

_MOBILE = Instrument("mobile_photo", "screen", 2.6, 0.47, 1.82, 0.92, 34, 231, cast=(0.95, 1.0, 1.08), glare=14, hand=None)
_HIGHDEF = Instrument("highdef_photo", "screen", 2.25, 0.47, 1.25, 0.95, 27, 241, cast=(1.05, 1.0, 0.98), glare=16, hand=None)
REPLAY = Domain(
    dataset="sim_replay_attack",
    adapter="replay_attack",
    first=17,
    people=(
        Person("train", 1),
        Person("test", 9),
        Person("dev", 3),
        Person("test", 11),
        Person("train", 2),
        Person("dev", 5),
        Person("test", 13),
        Person("train", 4),
    ),
    cameras=(Camera("webcam", "mov", noise=3.0, sharpening=0.4, white=(0.98, 1.0, 1.03), contrast=34.0),),
    lights=(Light("controlled", 0.0, -0.4, 0.1), Light("adverse", 0.8, -0.2, 0.4)),
    light_cycle=(0, 1),
    instruments=(
        Instrument("print", "print", 3.4, 0.68, 1.35, 0.66, 45, 221, cast=(1.05, 1.0, 0.94), glare=8, grain=5, hand=None),
        _MOBILE,
        replace(_MOBILE, name="mobile_video", moving=True),
        _HIGHDEF,
        replace(_HIGHDEF, name="highdef_video", moving=True),
    ),
    background="plain",
    face_width=(180.0, 215.0),
)

# An OULU user is filmed with one phone only: then every phone has as many attacks per live clip as any other, in every split.
OULU = Domain(
    dataset="sim_oulu_npu",
    adapter="oulu_npu",
    first=25,
    people=(
        Person("train", 1, camera=0),
        Person("test", 36, camera=0),
        Person("dev", 21, camera=0),
        Person("test", 37, camera=1),
        Person("train", 2, camera=1),
        Person("dev", 22, camera=1),
        Person("test", 38, camera=2),
        Person("train", 3, camera=2),
    ),
    cameras=(
        Camera("phone1", "avi", (216, 384), (0.3, 1.3), 1.5, 0.7, saturation=1.1, contrast=44.0),
        Camera("phone2", "avi", (216, 384), (0.4, 1.6), 2.5, 0.3, (1.03, 1.0, 0.97)),
        Camera("phone3", "avi", (216, 384), (0.3, 1.5), 2.0, 0.5, (0.98, 1.0, 1.02), contrast=40.0),
    ),
    lights=(Light("session1", 0.3, -0.5, 0.2), Light("session2", -0.5, -0.3, 0.3), Light("session3", 0.0, -0.7, 0.15)),
    light_cycle=(0, 2, 1, 2),
    instruments=(
        Instrument("print_1", "print", 2.8, 0.60, 1.10, 0.82, 32, 231, cast=(1.02, 1.0, 0.98), glare=14, grain=2.5, hand=1.0, bend=0.2),
        Instrument("print_2", "print", 3.1, 0.65, 1.25, 0.73, 39, 225, cast=(0.97, 1.0, 1.04), glare=8, grain=3.5, hand=1.0, bend=0.2),
        Instrument("display_1", "screen", 2.2, 0.46, 1.06, 0.90, 24, 239, cast=(1.05, 1.0, 0.92), glare=12, hand=0.4, moving=True),
        Instrument("display_2", "screen", 2.5, 0.47, 1.25, 0.85, 30, 233, cast=(0.97, 1.0, 1.03), glare=16, hand=0.4, moving=True),
    ),
    face_width=(200.0, 235.0),
    shake=1.0,
)

FACES = Domain(
    dataset="sim_faces",
    adapter="folder",
    first=33,
    people=tuple(Person("train", number) for number in range(1, 9)),
    cameras=(
        Camera("sharp", "mp4", blur=(0.3, 0.9), noise=1.5, sharpening=0.6, saturation=1.1, contrast=42.0),
        Camera("plain", "mov", blur=(0.5, 1.3), noise=3.0, white=(1.03, 1.0, 0.97)),
        Camera("soft", "avi", (240, 320), (0.9, 1.6), 3.5, 0.1, (0.98, 1.0, 1.03), saturation=0.9, contrast=34.0),
    ),
    cycle=(0, 1, 2),
    lights=(Light("left", -0.5, -0.4, 0.3), Light("above", 0.0, -0.6, 0.15), Light("right", 0.6, -0.3, 0.3)),
    light_cycle=(0, 1, 2),
    face_width=(180.0, 235.0),
)

ATTACKED = (MSU, CASIA, REPLAY, OULU)
DOMAINS = {domain.dataset: domain for domain in (*ATTACKED, FACES)}
