"""Generated layers in the attention of a transformer: insert, train, save, disable, remove."""

from __future__ import annotations

from qslc_runtime.adapters.adapted import register_family
from qslc_runtime.adapters.adapter import Adapter
from qslc_runtime.adapters.hub import from_hub
from qslc_runtime.adapters.insert import get_adapter, insert, load_adapter

__all__ = ["Adapter", "from_hub", "get_adapter", "insert", "load_adapter", "register_family"]
