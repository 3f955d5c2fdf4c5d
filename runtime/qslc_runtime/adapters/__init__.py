"""Generated layers in the attention of a transformer: insert, train, save, disable, remove."""

from __future__ import annotations

from typing import Any

from qslc_runtime.adapters.adapter import Adapter
from qslc_runtime.adapters.families import register_family
from qslc_runtime.adapters.insert import get_adapter, insert, load_adapter
from qslc_runtime.former import find_renamed

__all__ = ["Adapter", "get_adapter", "insert", "load_adapter", "register_family"]


def __getattr__(name: str) -> Any:
    """Return what the module had under a former name, with a warning."""
    return find_renamed(__name__, name, {"adapter_of": "qslc_runtime.get_adapter"})
