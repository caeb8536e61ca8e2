"""Every method is a folder here; a new folder with a `METHOD` in its `__init__.py` has joined. See docs/add-a-method.md."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from fas.errors import UserError
from fas.methods.base import Method


@cache
def methods() -> dict[str, Method]:
    """All methods by name, in alphabetical order."""
    names = sorted(module.name for module in iter_modules(__path__) if module.ispkg)
    return {name: import_module(f"fas.methods.{name}").METHOD for name in names}


def method(name: str) -> Method:
    """The method called `name`.

    Raises:
        UserError: no such method.
    """
    if name not in methods():
        raise UserError(f"no method '{name}' (there is: {', '.join(methods())})")
    return methods()[name]
