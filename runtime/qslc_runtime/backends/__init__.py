"""Gradients, and loops over chunks of tokens, for each Keras backend.

A chunk's gradient simulates the chunk again instead of keeping its states: what a training step
keeps of a circuit is the input, however many layers the circuit has.
"""

from __future__ import annotations

import importlib
from types import ModuleType

import keras

BACKENDS = ("tensorflow", "jax", "torch")
"""Each is a module of this package with the functions of ``__all__``."""

__all__ = [
    "apply_to_qubits",
    "apply_to_rows",
    "has_cpu_tensors",
    "map_chunks",
    "permute_rows",
    "with_symmetric_derivative",
]


def divide_tokens(tokens: int, size: int) -> tuple[int, int]:
    """Return the number of chunks, at least 1, and the tokens of each, at most ``size``.

    The chunks are equal and as few as can be: together they have room for all tokens, and for
    less than one token a chunk more.
    """
    chunks = max(1, -(-tokens // size))
    return chunks, -(-tokens // chunks)


def load_backend(name: str) -> ModuleType:
    """Import the module for a Keras backend.

    Raises:
        ImportError: There is none.
    """
    if name not in BACKENDS:
        known = ", ".join(BACKENDS)
        raise ImportError(f"qslc_runtime runs on the Keras backends {known}, not on {name}")
    return importlib.import_module(f"{__name__}.{name}")


_own = load_backend(keras.backend.backend())
apply_to_qubits, apply_to_rows = _own.apply_to_qubits, _own.apply_to_rows
has_cpu_tensors, map_chunks, permute_rows = _own.has_cpu_tensors, _own.map_chunks, _own.permute_rows
with_symmetric_derivative = _own.with_symmetric_derivative
