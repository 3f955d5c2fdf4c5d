"""Generated layers in the attention of a transformer: insert, train, save, disable, remove."""

from __future__ import annotations

from qslc_runtime.insertion.adapter import Adapter
from qslc_runtime.insertion.families import FAMILIES, AdaptedGPT2Backbone
from qslc_runtime.insertion.insert import adapter_of, insert, load_adapter

__all__ = ["FAMILIES", "AdaptedGPT2Backbone", "Adapter", "adapter_of", "insert", "load_adapter"]
