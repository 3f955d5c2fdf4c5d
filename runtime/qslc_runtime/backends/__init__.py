"""Gradients, and loops over chunks of tokens, for each Keras backend.

A chunk's gradient simulates the chunk again instead of keeping its states: what a training step
keeps of a circuit is the input, however many layers the circuit has.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Protocol, cast

import keras
import numpy as np
from numpy.typing import NDArray

BACKENDS = ("tensorflow", "jax", "torch")
"""Each is a module of this package with the functions of ``Backend``."""

__all__ = [
    "apply_to_rows",
    "has_cpu_tensors",
    "map_chunks",
    "permute_rows",
    "with_symmetric_derivative",
]


class Backend(Protocol):
    """The operations that each Keras backend does in its own way."""

    def has_cpu_tensors(self) -> bool:
        """Return whether tensors are on the processor, not on an accelerator."""

    def map_chunks(
        self, function: Callable[..., Any], tokens: Any, shared: tuple[Any, ...], size: int
    ) -> Any:
        """Compute ``function(tokens, *shared)`` chunk by chunk.

        Args:
            function: A function (t, FEATURES) to (t, M), of each row for itself.
            tokens: Inputs (tokens, FEATURES).
            shared: Tensors, or lists and tuples of tensors, with a gradient.
            size: Largest number of tokens of a chunk. An exported file has one chunk, as its
                readers lack loops.
        """

    def with_symmetric_derivative(
        self,
        forward: Callable[[Any], tuple[Any, Any]],
        derivative: Callable[[Any, Any], Any],
        x: Any,
    ) -> Any:
        """Compute ``forward(x)[0]``, whose derivative is a symmetric matrix given by its products.

        Args:
            forward: A function of x to the values and to what the derivative needs.
            derivative: A function of what it needs, and of a tangent or gradient, to the product.
            x: The argument.
        """

    def permute_rows(self, state: Any, order: NDArray[np.int32], inverse: NDArray[np.int32]) -> Any:
        """Put the rows of a state in another order, and those of the gradient in the inverse."""

    def apply_to_rows(self, matrix: Any, rows: Any) -> Any:
        """Apply (m, m) to each m neighboring entries of rows (tokens, k m): (k m, tokens)."""


def divide_tokens(tokens: int, size: int) -> tuple[int, int]:
    """Return the number of chunks, at least 1, and the tokens of each, at most ``size``.

    The chunks are equal and as few as can be: together they have room for all tokens, and for
    less than one token a chunk more.
    """
    chunks = max(1, -(-tokens // size))
    return chunks, -(-tokens // chunks)


def load_backend(name: str) -> Backend:
    """Import the module for a Keras backend.

    Raises:
        ImportError: There is none.
    """
    if name not in BACKENDS:
        known = ", ".join(BACKENDS)
        raise ImportError(f"qslc_runtime runs on the Keras backends {known}, not on {name}")
    return cast(Backend, importlib.import_module(f"{__name__}.{name}"))


_own = load_backend(keras.backend.backend())
apply_to_rows, permute_rows = _own.apply_to_rows, _own.permute_rows
has_cpu_tensors, map_chunks = _own.has_cpu_tensors, _own.map_chunks
with_symmetric_derivative = _own.with_symmetric_derivative
