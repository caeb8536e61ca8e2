"""Protocols between datasets. Letters as in the literature: M, C, I, O."""

from collections.abc import Iterator
from functools import partial
from itertools import product

import pandas as pd

from fas.datasets.adapter import SPLITS
from fas.datasets.protocols.captures import Captures, Protocol, Roles, split
from fas.datasets.protocols.inside import oulu_npu

FOLDS = ("oci-to-m", "omi-to-c", "ocm-to-i", "icm-to-o")


def leave_out(captures: Captures, sources: str, target: str) -> Roles:
    """Train on the sources, test on the target; every domain is its train and test split, its dev split has no role."""
    train = pd.concat([split(captures.letter(letter), "train", "test") for letter in sources])
    return Roles(train, split(captures.letter(target), "train", "test"), seeded=train)


def pair(captures: Captures, source: str, target: str, evaluate: bool = False) -> Roles:
    """The source's train split against the target's test split.

    With `evaluate` the source's test split is `source_eval`: the threshold is taken there (paper 004).
    """
    rows = captures.letter(source)
    train, test = split(rows, "train"), split(captures.letter(target), "test")
    return Roles(train, test, source_eval=split(rows, "test") if evaluate else None, seeded=train)


def whole(captures: Captures, sources: str, target: str) -> Roles:
    """Whole datasets, every split of them, as source and as target (paper 000; SA-FAS, Sun et al. 2023)."""
    train = pd.concat([split(captures.letter(letter)) for letter in sources])
    return Roles(train, split(captures.letter(target)), seeded=train)


def official(captures: Captures, sources: str, target: str) -> Roles:
    """The sources' train splits against the target's test split (SSAN, Wang et al. 2022)."""
    train = pd.concat([split(captures.letter(letter), "train") for letter in sources])
    return Roles(train, split(captures.letter(target), "test"), seeded=train)


def four_to(captures: Captures, target: str) -> Roles:
    """M, C, I and O, each its train and test split, against every capture of dataset `target` (paper 001)."""
    train = pd.concat([split(captures.letter(letter), "train", "test") for letter in "MCIO"])
    return Roles(train, captures.adapter(target), seeded=train)


def siw_to_oulu(captures: Captures, number: int, phone: str = "") -> Roles:
    """SiW's train split against the test list of an OULU-NPU protocol (paper 002)."""
    train = split(captures.adapter("siw"), "train")
    return Roles(train, oulu_npu(captures, number, phone).test, seeded=train)


def msu_to_oulu_2(captures: Captures) -> Roles:
    """MSU-MFSD's train split against the test list of OULU-NPU protocol 2 (paper 000, Table 3)."""
    train = split(captures.adapter("msu_mfsd"), "train")
    return Roles(train, oulu_npu(captures, 2).test, seeded=train)


def oulu_2_to_msu(captures: Captures) -> Roles:
    """The train and dev lists of OULU-NPU protocol 2 against MSU-MFSD's test split (paper 000, Table 3)."""
    source = oulu_npu(captures, 2)
    return Roles(source.train, split(captures.adapter("msu_mfsd"), "test"), dev=source.dev)


def intra(captures: Captures) -> Roles:
    """All four domains together by their official splits; the domains without a dev split may give a seeded one."""
    domains = [captures.letter(letter) for letter in "MCIO"]
    train, dev, test = (pd.concat([split(rows, name) for rows in domains]) for name in SPLITS)
    without = [split(rows, "train") for rows in domains if not captures.has_dev(rows)]
    return Roles(train, test, dev=dev, seeded=pd.concat(without) if without else None)


def _leave_out() -> Iterator[Protocol]:
    for name in (*FOLDS, "mi-to-c", "mi-to-o"):
        sources, target = name.upper().split("-TO-")
        title = f"{'&'.join(sources)} to {target}: train and test splits, dev left out"
        yield Protocol(name, title, partial(leave_out, sources=sources, target=target))


def _pairs() -> Iterator[Protocol]:
    for name in ("c-to-i", "i-to-c", "i-to-m", "m-to-i", "m-to-o", "o-to-m"):
        source, target = name.upper().split("-TO-")
        title = f"{source} to {target}: train split to test split"
        yield Protocol(name, title, partial(pair, source=source, target=target))
    for name in ("c-to-i", "i-to-c", "i-to-m", "m-to-i"):
        source, target = name.upper().split("-TO-")
        title = f"{source} to {target}, threshold from the test split of {source}"
        yield Protocol(f"{name}-eval", title, partial(pair, source=source, target=target, evaluate=True))


def _whole() -> Iterator[Protocol]:
    for name in (*FOLDS, "m-to-i", "m-to-o", "mi-to-o"):
        sources, target = name.upper().split("-TO-")
        yield Protocol(f"{name}-all", f"{'&'.join(sources)} to {target}: whole datasets", partial(whole, sources=sources, target=target))


def _official() -> Iterator[Protocol]:
    for name in FOLDS:
        sources, target = name.upper().split("-TO-")
        title = f"{'&'.join(sources)} to {target}: train splits to test split (SSAN)"
        yield Protocol(f"{name}-ssan", title, partial(official, sources=sources, target=target))


def _four_to() -> Iterator[Protocol]:
    for target in ("hkbu_mars", "wffd", "rose_youtu", "siw", "wmca"):
        yield Protocol(f"mcio-to-{target}", f"M&C&I&O, train and test splits, to all of {target}", partial(four_to, target=target))


def _siw_to_oulu() -> Iterator[Protocol]:
    for number in (1, 2):
        title = f"SiW train to the test list of OULU-NPU protocol {number}"
        yield Protocol(f"siw-to-oulu_npu-{number}", title, partial(siw_to_oulu, number=number))
    for number, phone in product((3, 4), "123456"):
        title = f"SiW train to the test list of OULU-NPU protocol {number}, phone {phone}"
        yield Protocol(f"siw-to-oulu_npu-{number}-{phone}", title, partial(siw_to_oulu, number=number, phone=phone))


PROTOCOLS = (
    *_leave_out(),
    *_pairs(),
    *_whole(),
    *_official(),
    *_four_to(),
    *_siw_to_oulu(),
    Protocol("msu_mfsd-to-oulu_npu-2", "MSU-MFSD train to the test list of OULU-NPU protocol 2", msu_to_oulu_2),
    Protocol("oulu_npu-2-to-msu_mfsd", "OULU-NPU protocol 2 train and dev lists to MSU-MFSD test", oulu_2_to_msu),
    Protocol("mcio-intra", "M, C, I and O together, official train and test people", intra),
)
