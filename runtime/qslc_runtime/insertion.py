"""The former name of ``qslc_runtime.adapters``."""

from __future__ import annotations

from typing import Any

from qslc_runtime.former import find_renamed

_NAMES = ("Adapter", "insert", "load_adapter", "register_family")
_RENAMED = {name: f"qslc_runtime.{name}" for name in _NAMES}


def __getattr__(name: str) -> Any:
    """Return what the module had under a name, with a warning."""
    return find_renamed(__name__, name, _RENAMED | {"adapter_of": "qslc_runtime.get_adapter"})
