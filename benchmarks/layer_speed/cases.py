"""Cases that the benchmark measures, and where: on the processor, or on a GPU through JAX."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass


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
"""Rank of LoRA."""
ON_JAX = ("keras_jax", "tensorcircuit")
"""Contenders that a GPU runs."""
ENGINES = {"qslc_tfq": 256, "qslc_qsim": 256}
"""Tokens of a step of the other engines."""


def _give_each(*contenders: str, tokens: int = 2048) -> dict[str, int]:
    return dict.fromkeys(contenders, tokens)


_GPT2_TRAINING = _give_each("gpt2_qslc", "gpt2_lora", tokens=1024)
_GPT2_WRITING = _give_each("gpt2_qslc", "gpt2_lora", tokens=16)

CASES = {
    case.name: case
    for case in (
        Case(
            "amplitude",
            "amplitude",
            10,
            768,
            _give_each(*NATIVE, "tensorcircuit", "pennylane", "dense", "lora") | ENGINES,
            _give_each(*ON_JAX, "dense_jax", "lora_jax"),
        ),
        Case(
            "angle",
            "angle",
            8,
            8,
            _give_each(*NATIVE, "tensorcircuit", "pennylane") | ENGINES | {"tfq": 256},
            _give_each(*ON_JAX),
        ),
        Case(
            "heads",
            "amplitude",
            6,
            64,
            _give_each(*NATIVE, "tensorcircuit"),
            _give_each(*ON_JAX),
            heads=12,
        ),
        Case("gpt2_training", "amplitude", 10, 768, _GPT2_TRAINING, _GPT2_TRAINING),
        Case("gpt2_writing", "amplitude", 10, 768, _GPT2_WRITING, _GPT2_WRITING),
    )
}


@dataclass(frozen=True)
class Platform:
    """A kind of device.

    Args:
        name: Name that JAX has for it.
        results: The stem of the files of results.
        matrix_rate: The contender that multiplies matrices.
        edge: Edge of these matrices.
        memory_rate: The contender that reads and writes an array.
        length: Length of this array of float32.
        environment: Environment variables of every contender.
    """

    name: str
    results: str
    matrix_rate: str
    edge: int
    memory_rate: str
    length: int
    environment: Mapping[str, str]

    def list_contenders(self, case: Case) -> Mapping[str, int]:
        return case.contenders if self is CPU else case.on_gpu

    def describe(self) -> str:
        """Return the name of the device for people."""
        if self is CPU:
            return f"{os.cpu_count()} cores"
        query = ("nvidia-smi", "--query-gpu=name", "--format=csv,noheader")
        return subprocess.run(query, capture_output=True, text=True, check=True).stdout.strip()


CPU = Platform(
    "cpu",
    "speed",
    matrix_rate="matrix_rate",
    edge=2048,
    memory_rate="memory_rate",
    length=2**26,
    environment={"TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu"},
)
GPU = Platform(
    "cuda",
    "speed_gpu",
    matrix_rate="matrix_rate_jax",
    edge=8192,
    memory_rate="memory_rate_jax",
    length=2**30,
    environment={
        "JAX_PLATFORMS": "cuda",
        "KERAS_BACKEND": "jax",
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    },
)
