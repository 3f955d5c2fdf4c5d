"""The former name of ``qslc_runtime.adapters``."""

from __future__ import annotations

from qslc_runtime.adapters import Adapter, adapter_of, insert, load_adapter, register_family

__all__ = ["Adapter", "adapter_of", "insert", "load_adapter", "register_family"]
