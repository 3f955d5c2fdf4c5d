"""Methods of fine-tuning under one interface: full, LoRA, prefix, sublayers and their controls."""

from __future__ import annotations

from qslc_runtime.methods.attach import Method, attach
from qslc_runtime.methods.attached import Attached
from qslc_runtime.methods.full import Full
from qslc_runtime.methods.keras_lora import KerasLora
from qslc_runtime.methods.lora import Lora
from qslc_runtime.methods.lora_xs import LoraXs
from qslc_runtime.methods.optimizer import GroupedAdamW, grouped_adamw
from qslc_runtime.methods.prefix import Prefix
from qslc_runtime.methods.quadratic import Quadratic
from qslc_runtime.methods.sublayer import Sublayer
from qslc_runtime.methods.vera import Vera

__all__ = [
    "Attached",
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
