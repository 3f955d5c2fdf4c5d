"""Generated layers in the attention of a transformer: insert, train, save, disable, remove."""

from __future__ import annotations

from qslc_runtime.adapters.active import get_active, get_adapter, list_adapters, set_active
from qslc_runtime.adapters.adapted import register_family
from qslc_runtime.adapters.adapter import Adapter
from qslc_runtime.adapters.hub import from_hub
from qslc_runtime.adapters.insert import insert, load_adapter
from qslc_runtime.adapters.merge import merge

__all__ = [
    "Adapter",
    "from_hub",
    "get_active",
    "get_adapter",
    "insert",
    "list_adapters",
    "load_adapter",
    "merge",
    "register_family",
    "set_active",
]
