"""The methods of the experiment by name: the row of table 003-T2 that each measures, and the sections it reads."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fas.one_class.params import MethodName, OneClassParams

if TYPE_CHECKING:
    from fas.config import Runtime
    from fas.one_class.data import Problem
    from fas.one_class.outcome import Outcome

    Run = Callable[[Problem, OneClassParams, int, Path, Runtime], Outcome]


_ADVERSARY = ("adversary", "adversarial_weight")
_LOSS = (*_ADVERSARY, "reconstruction_weight", "latent_weight")


@dataclass(frozen=True)
class OneClassMethod:
    """`module`.`function` runs it. It reads `section` of the parameters but for `unread`, and the seed if it is `random`."""

    row: str
    module: str
    function: str
    section: str
    random: bool = True
    unread: tuple[str, ...] = ()

    def used(self, params: OneClassParams) -> dict[str, Any]:
        """The parameters that its result depends on."""
        return getattr(params, self.section).model_dump(mode="json", exclude={*self.unread})

    def load(self) -> "Run":
        """The function that does it; its module is imported now."""
        return getattr(import_module(f"fas.one_class.{self.module}"), self.function)


@cache
def methods() -> dict[MethodName, OneClassMethod]:
    """All methods, in the table's order."""
    return {
        "autoencoder": OneClassMethod("Autoencoder", "ours", "autoencoder", "networks", unread=(*_ADVERSARY, "noise")),
        "adversarial": OneClassMethod("proposed", "ours", "adversarial", "networks", unread=("noise",)),
        "ocsvm": OneClassMethod("OCSVM", "classical", "ocsvm", "classical", False, ("folds", "bandwidths")),
        "kde": OneClassMethod("KDE", "classical", "kde", "classical", unread=("nu",)),
        "dae": OneClassMethod("DAE", "autoencoders", "dae", "networks", unread=_LOSS),
        "vae": OneClassMethod("VAE", "autoencoders", "vae", "networks", unread=(*_LOSS, "noise")),
        "deep_svdd": OneClassMethod("DSVDD", "deep_svdd", "deep_svdd", "deep_svdd"),
    }
