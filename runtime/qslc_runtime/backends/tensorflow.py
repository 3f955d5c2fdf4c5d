"""Gradients and loops in TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from qslc_runtime.backends.chunks import chunk_sizes
from qslc_runtime.callers import is_exporting

_PARALLEL = 4
"""Chunks in flight at once: enough for the cores to share, few enough for the memory."""


def on_cpu() -> bool:
    """Whether tensors are on the processor, not on an accelerator."""
    return not tf.config.list_physical_devices("GPU")


def over_chunks(
    function: Callable[..., Any], tokens: Any, shared: tuple[Any, ...], size: int
) -> Any:
    """``function(tokens, *shared)``, chunk by chunk.

    Args:
        function: (t, FEATURES) to (t, M), each row for itself.
        tokens: (tokens, FEATURES)
        shared: tensors, or lists and tuples of tensors, with a gradient.
        size: the most tokens of a chunk. An exported file has one chunk: its readers lack loops.
    """
    if is_exporting():
        return function(tokens, *shared)
    forward, backward = _graphs(function, size)

    @tf.custom_gradient
    def run(tokens: Any, *parts: Any) -> Any:
        packed = tf.nest.pack_sequence_as(shared, list(parts))
        values = forward(*tf.nest.map_structure(tf.stop_gradient, (tokens, packed)))
        return values, lambda upstream: backward(tokens, upstream, packed)

    return run(*map(tf.convert_to_tensor, (tokens, *tf.nest.flatten(shared))))


@lru_cache(maxsize=128)
def _graphs(function: Callable[..., Any], size: int) -> tuple[Any, Any]:
    """The values and the gradients as graphs, which all layers of a class share.

    They stay functions when they are called: a gradient then starts only when its upstream is
    there, and the states that it makes live no longer than its call.
    """

    def graph(body: Callable[..., Any]) -> Any:
        return tf.function(
            body,
            autograph=False,
            reduce_retracing=True,
            experimental_attributes={"_noinline": True},
        )

    def values(tokens: Any, shared: Any) -> Any:
        return _mapped(lambda chunk: function(chunk, *shared), tokens, size)

    def gradients(tokens: Any, upstream: Any, shared: Any) -> Any:
        return _gradients(function, tokens, upstream, shared, size)

    return graph(values), graph(gradients)


def with_gradient(
    forward: Callable[[Any], tuple[Any, Any]], backward: Callable[[Any, Any], Any], x: Any
) -> Any:
    """``forward(x)[0]``, whose gradient is ``backward(forward(x)[1], upstream)``."""

    @tf.custom_gradient
    def function(x: Any) -> Any:
        y, kept = forward(x)
        return y, lambda upstream: backward(kept, upstream)

    return function(tf.convert_to_tensor(x))


def gathered(state: Any, order: NDArray[np.int32]) -> Any:
    """The rows of a state in another order."""
    return tf.gather(state, order)


def multiplied(matrix: Any, state: Any, first: int) -> Any:
    """A gate (m, m) on neighbouring qubits from ``first`` on of a state (2**qubits, tokens)."""
    tokens, size = tf.shape(state)[1], matrix.shape[0]
    right = state.shape[0] // size // 2**first * tokens
    if first == 0:
        products = tf.matmul(matrix, tf.reshape(state, (size, right)))
    else:
        matrices = tf.broadcast_to(matrix, (2**first, size, size))
        products = tf.matmul(matrices, tf.reshape(state, (2**first, size, right)))
    return tf.reshape(products, (state.shape[0], tokens))


def turned(matrix: Any, rows: Any) -> Any:
    """A matrix (m, m) on each m neighbouring entries of rows (tokens, k m): (k m, tokens)."""
    tokens, width = tf.shape(rows)[0], rows.shape[1]
    parts = tf.reshape(rows, (tokens * (width // matrix.shape[0]), matrix.shape[0]))
    products = tf.matmul(parts, matrix, transpose_b=True)
    return tf.transpose(tf.reshape(products, (tokens, width)))


def _mapped(function: Callable[[Any], Any], tokens: Any, size: int) -> Any:
    """The values (tokens, M) of all chunks."""
    chunks, length = _sizes(tokens, size)
    if _is_one(chunks):
        return function(tokens)
    rows = _split(tokens, chunks, length)
    values = tf.map_fn(
        function, rows, parallel_iterations=_PARALLEL, fn_output_signature=tokens.dtype
    )
    return _joined(values, tokens)


def _gradients(
    function: Callable[..., Any], tokens: Any, upstream: Any, shared: Any, size: int
) -> tuple[Any, ...]:
    """The gradients for the tokens and for all that is shared, which add up over the chunks."""
    parts = tf.nest.flatten(shared)

    def step(both: tuple[Any, Any]) -> tuple[Any, ...]:
        chunk, upstream = both
        sources, none = (chunk, *parts), tf.UnconnectedGradients.ZERO
        with tf.GradientTape() as tape:
            tape.watch(sources)
            values = function(chunk, *shared)
        return tuple(tape.gradient(values, sources, upstream, unconnected_gradients=none))

    chunks, length = _sizes(tokens, size)
    if _is_one(chunks):
        return step((tokens, upstream))
    by_tokens, *by_parts = tf.map_fn(
        step,
        (_split(tokens, chunks, length), _split(upstream, chunks, length)),
        parallel_iterations=_PARALLEL,
        fn_output_signature=(tokens.dtype, *(part.dtype for part in parts)),
    )
    sums = (
        tf.ensure_shape(tf.reduce_sum(slopes, axis=0), part.shape)
        for slopes, part in zip(by_parts, parts, strict=True)
    )
    return _joined(by_tokens, tokens), *sums


def _sizes(tokens: Any, size: int) -> tuple[Any, Any]:
    """``chunk_sizes``, as tensors where the number of tokens is not known yet."""
    if tokens.shape[0] is not None:
        return chunk_sizes(tokens.shape[0], size)
    count = tf.shape(tokens)[0]
    chunks = tf.maximum(1, -(-count // size))
    return chunks, -(-count // chunks)


def _is_one(chunks: Any) -> bool:
    return isinstance(chunks, int) and chunks == 1


def _split(rows: Any, chunks: Any, length: Any) -> Any:
    """(tokens, n) to (chunks, length, n), the last chunk filled up with zeros."""
    missing = chunks * length - tf.shape(rows)[0]
    return tf.reshape(tf.pad(rows, ((0, missing), (0, 0))), (chunks, length, rows.shape[1]))


def _joined(rows: Any, tokens: Any) -> Any:
    """(chunks, length, n) to (tokens, n)."""
    width = tf.shape(rows)[-1] if rows.shape[-1] is None else rows.shape[-1]
    flat = tf.reshape(rows, (tf.shape(rows)[0] * tf.shape(rows)[1], width))
    return flat[: tf.shape(tokens)[0]]
