"""Gradients and loops in JAX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp
from numpy.typing import NDArray

from qslc_runtime.backends import divide_tokens
from qslc_runtime.callers import is_exporting


def has_cpu_tensors() -> bool:
    """Return whether tensors are on the processor, not on an accelerator."""
    return jax.default_backend() == "cpu"


def map_chunks(
    function: Callable[..., Any], tokens: Any, shared: tuple[Any, ...], size: int
) -> Any:
    """Compute ``function(tokens, *shared)`` chunk by chunk.

    Of k chunks each takes every k-th token: devices that divide the tokens divide every chunk.

    Args:
        function: A function (t, FEATURES) to (t, M), of each row for itself.
        tokens: Inputs (tokens, FEATURES).
        shared: Arrays, or lists and tuples of arrays, with a gradient.
        size: Largest number of tokens of a chunk. An exported file has one chunk, as its readers
            lack loops.
    """
    if is_exporting():
        return function(tokens, *shared)
    count, width = tokens.shape
    chunks, length = divide_tokens(count, size)
    step = jax.checkpoint(lambda chunk: function(chunk, *shared))
    if chunks == 1:
        return step(tokens)
    padded = jnp.pad(tokens, ((0, chunks * length - count), (0, 0)))
    values = jax.lax.map(step, padded.reshape(length, chunks, width).swapaxes(0, 1))
    return values.swapaxes(0, 1).reshape(chunks * length, values.shape[-1])[:count]


def with_symmetric_derivative(
    forward: Callable[[Any], tuple[Any, Any]], derivative: Callable[[Any, Any], Any], x: Any
) -> Any:
    """Compute ``forward(x)[0]``, whose derivative is a symmetric matrix given by its products.

    Args:
        forward: A function of x to the values and to what the derivative needs.
        derivative: A function of what it needs, and of a tangent or gradient, to the product.
        x: The argument.
    """

    @jax.custom_jvp
    def function(x: Any) -> Any:
        return forward(x)[0]

    @function.defjvp
    def _(primals: tuple[Any], tangents: tuple[Any]) -> tuple[Any, Any]:
        values, kept = forward(*primals)
        return values, derivative(kept, *tangents)

    return function(x)


def permute_rows(state: Any, order: NDArray[np.int32], inverse: NDArray[np.int32]) -> Any:
    """Put the rows of a state in another order, and those of the gradient in the inverse order.

    This is a linear system that one gather solves, and another its transpose: the derivative of a
    gather would be a scatter, which XLA does row by row on CPUs.
    """

    def gather(rows: Any, order: NDArray[np.int32]) -> Any:
        return rows.at[order].get(mode="promise_in_bounds", unique_indices=True)

    return jax.lax.custom_linear_solve(
        lambda rows: gather(rows, inverse),
        jnp.asarray(state),
        solve=lambda _, rows: gather(rows, order),
        transpose_solve=lambda _, rows: gather(rows, inverse),
    )


def apply_to_qubits(matrix: Any, state: Any, first: int) -> Any:
    """Apply a gate (m, m) to the qubits from ``first`` on of a state (2**qubits, tokens).

    The matrix is repeated by hand: XLA would transpose the state instead.
    """
    if first == 0:
        return (matrix @ state.reshape(matrix.shape[0], -1)).reshape(state.shape)
    rows = state.reshape(2**first, matrix.shape[0], -1)
    matrices = jnp.broadcast_to(matrix, (2**first, *matrix.shape))
    return jnp.matmul(matrices, rows).reshape(state.shape)


def apply_to_rows(matrix: Any, rows: Any) -> Any:
    """Apply a matrix (m, m) to each m neighboring entries of rows (tokens, k m): (k m, tokens).

    One batched product does both: XLA transposes slowly.
    """
    size = matrix.shape[0]
    parts = rows.reshape(rows.shape[0], -1, size).transpose(1, 0, 2)
    matrices = jnp.broadcast_to(matrix, (parts.shape[0], size, size))
    return jnp.einsum("kij,ktj->kit", matrices, parts).reshape(rows.shape[1], rows.shape[0])
