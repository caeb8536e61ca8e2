"""Every cue maker is a folder here; a new folder with a `CUE` in its `__init__.py` has joined. See docs/add-a-cue-maker.md.

What is asked for is a maker with its section (`dfg`) or one of the section's variants (`dfg-t600`); both are names of a feature
(`residuals/<name>`), of a model's folder (`models/cues/<name>`) and for `fas.params.BaseParams.cue`.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from fas.errors import UserError
from fas.features.cues.base import Cue

USUAL = "dfg"  # the one that is meant where residuals are asked for without a name


@cache
def cues() -> dict[str, Cue]:
    """All cue makers by name, in alphabetical order."""
    names = sorted(module.name for module in iter_modules(__path__) if module.ispkg)
    return {name: import_module(f"fas.features.cues.{name}").CUE for name in names}


def split(name: str) -> tuple[str, str]:
    """The maker and the variant of a name; the variant is empty for the section itself: `dfg-t600` -> (`dfg`, `t600`)."""
    maker, _, variant = name.partition("-")
    return maker, variant


def cue(name: str) -> Cue:
    """The cue maker that `name` is of (`dfg`, or a variant such as `dfg-t600`).

    Raises:
        UserError: no such cue maker.
    """
    maker, _ = split(name)
    if maker not in cues():
        raise UserError(f"no cue maker '{maker}' (there is: {', '.join(cues())})")
    return cues()[maker]
