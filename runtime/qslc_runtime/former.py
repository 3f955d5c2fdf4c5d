"""Former names, which go on working and warn."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Mapping
from typing import Any


def find_renamed(module: str, name: str, renamed: Mapping[str, str]) -> Any:
    """Return what a module had under a former name, with a warning.

    Args:
        module: Name of the module that was asked.
        name: Name that it was asked for.
        renamed: New names ("qslc_runtime.Adapter") by former name.

    Raises:
        AttributeError: It has never had the name.
    """
    if name not in renamed:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    home, _, new = renamed[name].rpartition(".")
    warnings.warn(
        f"{module}.{name} is now {home}.{new}; the old name will go",
        DeprecationWarning,
        stacklevel=3,
    )
    return getattr(importlib.import_module(home), new)


def make_getattr(module: str, renamed: Mapping[str, str]) -> Callable[[str], Any]:
    """Make the ``__getattr__`` of a module that had other names (``find_renamed``)."""

    def find(name: str) -> Any:
        return find_renamed(module, name, renamed)

    return find
