"""Every dataset adapter by name. A new dataset is a module with an `ADAPTER` and its line here."""

from fas.datasets import (
    casia_fasd,
    celeba_spoof,
    ffhq,
    folder,
    hkbu_mars,
    msu_mfsd,
    nuaa,
    oulu_npu,
    replay_attack,
    rose_youtu,
    siw,
    wffd,
    wmca,
)
from fas.datasets.adapter import Adapter
from fas.errors import UserError

_MODULES = (msu_mfsd, casia_fasd, replay_attack, oulu_npu, siw, nuaa, hkbu_mars, wffd, rose_youtu, wmca, celeba_spoof, ffhq, folder)
ADAPTERS: dict[str, Adapter] = {module.ADAPTER.name: module.ADAPTER for module in _MODULES}


def adapter(name: str) -> Adapter:
    """The adapter called `name`.

    Raises:
        UserError: there is none; the line lists those there are.
    """
    if name not in ADAPTERS:
        raise UserError(f"unknown dataset '{name}' (there is: {', '.join(ADAPTERS)})")
    return ADAPTERS[name]
