"""List where a race is run: on the processor, or on an NVIDIA GPU through JAX."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from benchmarks.layer_speed.cases import Case


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

    def contenders(self, case: Case) -> Mapping[str, int]:
        return case.contenders if self is CPU else case.on_gpu

    def device(self) -> str:
        """Return its name for people."""
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
    environment=MappingProxyType({"TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu"}),
)
GPU = Platform(
    "cuda",
    "speed_gpu",
    matrix_rate="matrix_rate_jax",
    edge=8192,
    memory_rate="memory_rate_jax",
    length=2**30,
    environment=MappingProxyType(
        {
            "JAX_PLATFORMS": "cuda",
            "KERAS_BACKEND": "jax",
            "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        }
    ),
)
