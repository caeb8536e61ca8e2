import pandas as pd
import pytest

from fas.errors import UserError
from fas.plan.extra_live import absent, checked


def manifests(**labels):
    return {name: pd.DataFrame({"label": list(of)}) for name, of in labels.items()}


THERE = manifests(sim_faces=["live"], sim_msu_mfsd=["live", "attack"], sim_oulu_npu=["attack"])


def asked(bench, *names, collection="simulated", protocol=("sim_casia_fasd",)):
    return checked(names, "params.yaml: ssan.extra_live", collection, set(protocol), bench.wanted().params, THERE)


def test_each_dataset_counts_once(bench):
    assert asked(bench, "sim_faces", "sim_msu_mfsd", "sim_faces") == ("sim_faces", "sim_msu_mfsd")
    assert asked(bench) == ()


@pytest.mark.parametrize(
    ("name", "how", "told"),
    [
        ("sim_face", {}, r"unknown dataset 'sim_face' \(datasets has: sim_msu_mfsd,"),
        ("sim_casia_fasd", {}, "dataset 'sim_casia_fasd' is part of the protocol itself"),
        ("sim_oulu_npu", {}, "dataset 'sim_oulu_npu' has no live clip"),
        ("sim_faces", {"collection": "real"}, "dataset 'sim_faces' is simulated, the run's data is real"),
    ],
)
def test_what_does_not_fit_is_told_in_one_line(bench, name, how, told):
    with pytest.raises(UserError, match=f"^params.yaml: ssan.extra_live: {told}") as error:
        asked(bench, name, **how)
    assert "\n" not in str(error.value)


def test_a_manifest_that_is_not_there_yet_is_a_reason(bench):
    params = bench.wanted().params
    assert absent(["sim_faces", "sim_msu_mfsd"], params, THERE) == ""
    assert "no manifest of dataset 'sim_replay_attack' yet (the simulate stage makes it)" in absent(["sim_replay_attack"], params, THERE)
