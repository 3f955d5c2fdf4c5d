"""Gradients and loops in JAX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp
from numpy.typing import NDArray

from qslc_runtime.backends.chunks import chunk_sizes


def over_chunks(
    function: Callable[..., Any], tokens: Any, shared: tuple[Any, ...], size: int
) -> Any:
    """``function(tokens, *shared)``, chunk by chunk.

    Args:
        function: (t, FEATURES) to (t, M), each row for itself.
        tokens: (tokens, FEATURES)
        shared: arrays, or lists and tuples of arrays, with a gradient.
        size: the most tokens of a chunk.
    """
    count, width = tokens.shape
    chunks, length = chunk_sizes(count, size)
    step = jax.checkpoint(lambda chunk: function(chunk, *shared))
    if chunks == 1:
        return step(tokens)
    padded = jnp.pad(tokens, ((0, chunks * length - count), (0, 0)))
    values = jax.lax.map(step, padded.reshape(chunks, length, width))
    return values.reshape(chunks * length, values.shape[-1])[:count]


def permuted(state: Any, order: NDArray[np.int32]) -> Any:
    """The rows of a state in another order: the gradient is a gather too, not a scatter."""

    @jax.custom_vjp
    def take(state: Any) -> Any:
        return _rows(state, order)

    take.defvjp(
        lambda state: (_rows(state, order), None),
        lambda _, upstream: (_rows(upstream, np.argsort(order).astype(np.int32)),),
    )
    return take(state)


def _rows(state: Any, order: NDArray[np.int32]) -> Any:
    return jnp.asarray(state).at[order].get(mode="promise_in_bounds", unique_indices=True)
