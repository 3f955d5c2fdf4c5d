"""Methods of fine-tuning under one interface: full, LoRA, prefixes, sublayers, their controls."""

from __future__ import annotations

import warnings
from typing import Any

from qslc_runtime.adapters import Adapter
from qslc_runtime.methods.attach import attach
from qslc_runtime.methods.full import Full
from qslc_runtime.methods.keras_lora import KerasLora
from qslc_runtime.methods.lora import Lora
from qslc_runtime.methods.lora_xs import LoraXs
from qslc_runtime.methods.method import Method
from qslc_runtime.methods.optimizer import GroupedAdamW, grouped_adamw
from qslc_runtime.methods.prefix import Prefix
from qslc_runtime.methods.quadratic import Quadratic
from qslc_runtime.methods.sublayer import Sublayer
from qslc_runtime.methods.vera import Vera

__all__ = [
    "Full",
    "GroupedAdamW",
    "KerasLora",
    "Lora",
    "LoraXs",
    "Method",
    "Prefix",
    "Quadratic",
    "Sublayer",
    "Vera",
    "attach",
    "grouped_adamw",
]


def __getattr__(name: str) -> Any:
    """Return ``Adapter`` by its old name, ``Attached``."""
    if name != "Attached":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(
        "qslc_runtime.methods.Attached is now qslc_runtime.Adapter; the old name will go",
        DeprecationWarning,
        stacklevel=2,
    )
    return Adapter
