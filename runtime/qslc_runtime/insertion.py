"""The former name of ``qslc_runtime.adapters``."""

from __future__ import annotations

from qslc_runtime.former import make_getattr

_NAMES = ("Adapter", "insert", "load_adapter", "register_family")
_RENAMED = {name: f"qslc_runtime.{name}" for name in _NAMES}

__getattr__ = make_getattr(__name__, {**_RENAMED, "adapter_of": "qslc_runtime.get_adapter"})
