"""Gradients and loops in JAX: the functions of ``Backend``."""

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
    return jax.default_backend() == "cpu"


def map_chunks(
    function: Callable[..., Any], tokens: Any, shared: tuple[Any, ...], size: int
) -> Any:
    # Of k chunks each takes every k-th token: devices that divide the tokens divide every chunk.
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
    @jax.custom_jvp
    def function(x: Any) -> Any:
        return forward(x)[0]

    @function.defjvp
    def _(primals: tuple[Any], tangents: tuple[Any]) -> tuple[Any, Any]:
        values, kept = forward(*primals)
        return values, derivative(kept, *tangents)

    return function(x)


def permute_rows(state: Any, order: NDArray[np.int32], inverse: NDArray[np.int32]) -> Any:
    # A linear system that one gather solves, and another its transpose: the derivative of a gather
    # would be a scatter, which XLA does row by row on CPUs.
    def gather(rows: Any, order: NDArray[np.int32]) -> Any:
        return rows.at[order].get(mode="promise_in_bounds", unique_indices=True)

    return jax.lax.custom_linear_solve(
        lambda rows: gather(rows, inverse),
        jnp.asarray(state),
        solve=lambda _, rows: gather(rows, order),
        transpose_solve=lambda _, rows: gather(rows, inverse),
    )


def apply_to_rows(matrix: Any, rows: Any) -> Any:
    # One batched product applies and transposes: XLA transposes slowly.
    size = matrix.shape[0]
    parts = rows.reshape(rows.shape[0], -1, size).transpose(1, 0, 2)
    matrices = jnp.broadcast_to(matrix, (parts.shape[0], size, size))
    return jnp.einsum("kij,ktj->kit", matrices, parts).reshape(rows.shape[1], rows.shape[0])
