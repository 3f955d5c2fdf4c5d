"""Methods of fine-tuning under one interface: full, LoRA, prefixes, sublayers, their controls."""

from __future__ import annotations

from qslc_runtime.former import make_getattr
from qslc_runtime.methods.attach import Sublayer, attach
from qslc_runtime.methods.lora import Lora, LoraXs, Vera
from qslc_runtime.methods.method import Method
from qslc_runtime.methods.optimizer import GroupedAdamW, grouped_adamw
from qslc_runtime.methods.own_weights import Full, KerasLora
from qslc_runtime.methods.prefix import Prefix
from qslc_runtime.methods.quadratic import Quadratic
from qslc_runtime.methods.quantum_peft import QuantumPeft
from qslc_runtime.methods.quic import Quic

__all__ = [
    "Full",
    "GroupedAdamW",
    "KerasLora",
    "Lora",
    "LoraXs",
    "Method",
    "Prefix",
    "Quadratic",
    "QuantumPeft",
    "Quic",
    "Sublayer",
    "Vera",
    "attach",
    "grouped_adamw",
]

__getattr__ = make_getattr(__name__, {"Attached": "qslc_runtime.Adapter"})
