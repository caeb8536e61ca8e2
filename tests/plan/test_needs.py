import pytest

from fas.datasets.protocols import PROTOCOLS
from fas.errors import UserError
from fas.plan.needs import Need, needs


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_protocol_needs_something(bench, name):
    asked = needs(name, bench.wanted().params)
    assert asked
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize(
    ("name", "adapters"),
    [
        ("oulu_npu-4-3", {"oulu_npu"}),
        ("oci-to-m", {"oulu_npu", "casia_fasd", "replay_attack", "msu_mfsd"}),
        ("mi-to-o", {"msu_mfsd", "replay_attack", "oulu_npu"}),
        ("siw-to-oulu_npu-3-1", {"siw", "oulu_npu"}),
        ("mcio-to-wffd", {"msu_mfsd", "casia_fasd", "replay_attack", "oulu_npu", "wffd"}),
    ],
)
def test_a_protocol_needs_the_datasets_of_its_name(bench, name, adapters):
    assert {need.adapter for need in needs(name, bench.wanted().params)} == adapters


def test_a_need_is_met_by_adapter_letter_or_name(bench):
    params = bench.wanted().params
    assert Need("adapter", "oulu_npu").found(params, "simulated") == ["sim_oulu_npu"]
    assert Need("letter", "O").found(params, "simulated") == ["sim_oulu_npu"]
    assert Need("letter", "O").found(params, "real") == []
    assert needs("sim_oulu_npu-2", params) == (Need("name", "sim_oulu_npu"),)
    assert Need("name", "sim_oulu_npu").found(params, "simulated") == ["sim_oulu_npu"]


def test_what_a_protocol_needs_is_what_it_uses(bench):
    """Of the simulated domains: with all manifests there, the clips are of the datasets that were said to be needed."""
    for protocol in ("oci-to-m", "m-to-o", "c-to-i-eval", "mcio-intra"):
        bench.table(protocol=protocol)
        wanted = bench.wanted()
        (run,) = wanted.runs
        needed = {name for need in needs(protocol, wanted.params) for name in need.found(wanted.params, "simulated")}
        assert set(wanted.roles(run)["dataset"]) == needed


def test_an_unknown_protocol_is_told(bench):
    with pytest.raises(UserError, match="unknown protocol 'oci-to-x'"):
        needs("oci-to-x", bench.wanted().params)
