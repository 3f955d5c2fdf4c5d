"""What is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True)
class Case:
    """Layers of RY on every qubit and a ring of CNOT, then Z on every qubit.

    Args:
        encoder: "amplitude" or "angle".
        features: encoded numbers of a token.
        tokens: of a step, for contenders that take a batch at once.
        heads: circuits side by side, each with angles and features of its own.
        contenders: name by module, with the tokens of a step where they are fewer.
    """

    name: str
    encoder: str
    qubits: int
    features: int
    contenders: Mapping[str, int]
    layers: int = 4
    heads: int = 1


NATIVE = ("qslc_tensorflow", "qslc_jax", "keras_tensorflow", "keras_tensorflow_xla", "keras_jax")
"""The compiled kernel, then the keras.ops code."""
RATES = ("matrix_rate", "memory_rate")
"""Contenders that measure the machine: their steps have no tokens."""
ENGINES = {"qslc_tfq": 256, "qslc_qsim": 256}


def _case(name: str, encoder: str, qubits: int, features: int, **more: Any) -> Case:
    return Case(name, encoder, qubits, features, MappingProxyType(more.pop("contenders")), **more)


def _each(*contenders: str, tokens: int = 2048) -> dict[str, int]:
    return dict.fromkeys(contenders, tokens)


CASES = {
    case.name: case
    for case in (
        _case(
            "amplitude",
            "amplitude",
            10,
            768,
            contenders=_each(*NATIVE, "tensorcircuit", "pennylane", "dense", "lora") | ENGINES,
        ),
        _case(
            "angle",
            "angle",
            8,
            8,
            contenders=_each(*NATIVE, "tensorcircuit", "pennylane") | ENGINES | {"tfq": 256},
        ),
        _case("heads", "amplitude", 6, 64, heads=12, contenders=_each(*NATIVE, "tensorcircuit")),
        _case(
            "gpt2_training",
            "amplitude",
            10,
            768,
            contenders=_each("gpt2_qslc", "gpt2_lora", tokens=1024),
        ),
        _case(
            "gpt2_writing",
            "amplitude",
            10,
            768,
            contenders=_each("gpt2_qslc", "gpt2_lora", tokens=16),
        ),
    )
}
