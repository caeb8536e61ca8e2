"""Every cue maker is a folder here; a new folder with a `CUE` in its `__init__.py` has joined."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from fas.errors import UserError
from fas.features.cues.base import Cue


@cache
def cues() -> dict[str, Cue]:
    """All cue makers by name, in alphabetical order."""
    names = sorted(module.name for module in iter_modules(__path__) if module.ispkg)
    return {name: import_module(f"fas.features.cues.{name}").CUE for name in names}


def cue(name: str) -> Cue:
    """The cue maker called `name`.

    Raises:
        UserError: no such cue maker.
    """
    if name not in cues():
        raise UserError(f"no cue maker '{name}' (there is: {', '.join(cues())})")
    return cues()[name]
