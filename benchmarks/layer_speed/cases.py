"""Cases that the benchmark measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Case:
    """Layers of RY on every qubit and a ring of CNOT, then Z on every qubit.

    Args:
        encoder: "amplitude" or "angle".
        features: Encoded numbers of a token.
        heads: Circuits side by side, each with angles and features of its own.
        contenders: The tokens of a step of each module.
        on_gpu: The same, of the modules that run on a GPU.
    """

    name: str
    encoder: str
    qubits: int
    features: int
    contenders: Mapping[str, int]
    on_gpu: Mapping[str, int]
    layers: int = 4
    heads: int = 1


NATIVE = ("qslc_tensorflow", "qslc_jax", "keras_tensorflow", "keras_tensorflow_xla", "keras_jax")
"""The compiled kernel, then the keras.ops code."""
RANK = 8
"""Of LoRA."""
ON_JAX = ("keras_jax", "tensorcircuit")
"""What a GPU runs."""
ENGINES = {"qslc_tfq": 256, "qslc_qsim": 256}


def _case(
    name: str,
    encoder: str,
    qubits: int,
    features: int,
    contenders: dict[str, int],
    on_gpu: dict[str, int],
    heads: int = 1,
) -> Case:
    tables = MappingProxyType(contenders), MappingProxyType(on_gpu)
    return Case(name, encoder, qubits, features, *tables, heads=heads)


def _each(*contenders: str, tokens: int = 2048) -> dict[str, int]:
    return dict.fromkeys(contenders, tokens)


_GPT2_TRAINING = _each("gpt2_qslc", "gpt2_lora", tokens=1024)
_GPT2_WRITING = _each("gpt2_qslc", "gpt2_lora", tokens=16)

CASES = {
    case.name: case
    for case in (
        _case(
            "amplitude",
            "amplitude",
            10,
            768,
            _each(*NATIVE, "tensorcircuit", "pennylane", "dense", "lora") | ENGINES,
            _each(*ON_JAX, "dense_jax", "lora_jax"),
        ),
        _case(
            "angle",
            "angle",
            8,
            8,
            _each(*NATIVE, "tensorcircuit", "pennylane") | ENGINES | {"tfq": 256},
            _each(*ON_JAX),
        ),
        _case("heads", "amplitude", 6, 64, _each(*NATIVE, "tensorcircuit"), _each(*ON_JAX), 12),
        _case("gpt2_training", "amplitude", 10, 768, _GPT2_TRAINING, _GPT2_TRAINING),
        _case("gpt2_writing", "amplitude", 10, 768, _GPT2_WRITING, _GPT2_WRITING),
    )
}
