"""Gradients and loops in TensorFlow: the functions of ``Backend``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import lru_cache, partial
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.python.eager.forwardprop_util import pack_tangents, push_forwardprop_state
from tensorflow.python.eager.record import stop_recording

from qslc_runtime.backends import divide_tokens
from qslc_runtime.callers import is_exporting

_PARALLEL = 4
"""Chunks in flight at once: enough for the cores to share, few enough for the memory."""


def has_cpu_tensors() -> bool:
    return not tf.config.list_physical_devices("GPU")


def map_chunks(
    function: Callable[..., Any], tokens: Any, shared: tuple[Any, ...], size: int
) -> Any:
    if is_exporting():
        return function(tokens, *shared)

    @tf.custom_gradient
    def run(tokens: Any, *parts: Any) -> Any:
        packed = tf.nest.pack_sequence_as(shared, list(parts))
        eager, forward_mode = tf.executing_eagerly(), _has_tangents(tokens, *parts)
        values = _make_graph(_compute_values, function, size, eager and not forward_mode)
        # Tapes need not follow the simulation, which would keep its states for them. In a graph
        # it is all that forward mode follows.
        with nullcontext() if forward_mode and not eager else stop_recording():
            results = values(tokens, packed)

        def gradients(upstream: Any) -> Any:
            relaxed = tf.executing_eagerly() and not _has_tangents(tokens, upstream, *parts)
            return _make_graph(_compute_gradients, function, size, relaxed)(
                tokens, packed, upstream
            )

        return results, gradients

    return run(*map(tf.convert_to_tensor, (tokens, *tf.nest.flatten(shared))))


@lru_cache(maxsize=256)
def _make_graph(
    body: Callable[..., Any], function: Callable[..., Any], size: int, relaxed: bool
) -> Callable[..., Any]:
    """Return ``_compute_values`` or ``_compute_gradients`` as a graph that a class's layers share.

    It stays a function when it is called: a gradient then starts only when its upstream is there,
    and the states that it makes live no longer than its call.

    Args:
        body: What the graph computes.
        function: The first argument of ``body``.
        size: The second argument of ``body``.
        relaxed: Whether one trace serves all numbers of tokens. XLA and TensorFlow's forward mode
            need one for each number.
    """
    return tf.function(
        partial(body, function, size),
        autograph=False,
        reduce_retracing=relaxed,
        experimental_attributes={"_noinline": True},
    )


def _has_tangents(*tensors: Any) -> bool:
    """Return whether ``tf.autodiff.ForwardAccumulator`` follows one of the tensors."""
    return bool(pack_tangents(tensors).tangents)


def with_symmetric_derivative(
    forward: Callable[[Any], tuple[Any, Any]], derivative: Callable[[Any, Any], Any], x: Any
) -> Any:
    @tf.custom_gradient
    def function(x: Any) -> Any:
        values, kept = forward(x)
        return values, lambda upstream: derivative(kept, upstream)

    return function(tf.convert_to_tensor(x))


def permute_rows(state: Any, order: NDArray[np.int32], inverse: NDArray[np.int32]) -> Any:
    # Nothing but reverse mode uses the derivative here, so it may be the transpose.
    return with_symmetric_derivative(
        lambda rows: (tf.gather(rows, order), None),
        lambda _, upstream: tf.gather(upstream, inverse),
        state,
    )


def apply_to_rows(matrix: Any, rows: Any) -> Any:
    tokens, width = tf.shape(rows)[0], rows.shape[1]
    parts = tf.reshape(rows, (tokens * (width // matrix.shape[0]), matrix.shape[0]))
    products = tf.matmul(parts, matrix, transpose_b=True)
    return tf.transpose(tf.reshape(products, (tokens, width)))


def _compute_values(function: Callable[..., Any], size: int, tokens: Any, shared: Any) -> Any:
    """Compute the values (tokens, M) of all chunks."""
    chunks = _split(size, tokens)
    if chunks is None:
        return function(tokens, *shared)
    values = tf.map_fn(
        lambda chunk: function(chunk, *shared),
        *chunks,
        parallel_iterations=_PARALLEL,
        fn_output_signature=tokens.dtype,
    )
    return _join(values, tokens)


def _compute_gradients(
    function: Callable[..., Any], size: int, tokens: Any, shared: Any, upstream: Any
) -> tuple[Any, ...]:
    """Compute the gradients of the tokens and of all that is shared, summed over the chunks."""
    parts = tf.nest.flatten(shared)

    def step(both: tuple[Any, Any]) -> tuple[Any, ...]:
        chunk, upstream = both
        sources, none = (chunk, *parts), tf.UnconnectedGradients.ZERO
        # Without a state of its own the tape records nothing within TensorFlow's forward mode.
        with push_forwardprop_state(), tf.GradientTape() as tape:
            tape.watch(sources)
            values = function(chunk, *shared)
        return tuple(tape.gradient(values, sources, upstream, unconnected_gradients=none))

    chunks = _split(size, tokens, upstream)
    if chunks is None:
        return step((tokens, upstream))
    by_tokens, *by_parts = tf.map_fn(
        step,
        chunks,
        parallel_iterations=_PARALLEL,
        fn_output_signature=(tokens.dtype, *(part.dtype for part in parts)),
    )
    sums = (
        tf.ensure_shape(tf.reduce_sum(gradients, axis=0), part.shape)
        for gradients, part in zip(by_parts, parts, strict=True)
    )
    return _join(by_tokens, tokens), *sums


def _split(size: int, *arrays: Any) -> tuple[Any, ...] | None:
    """Reshape (tokens, n) to (chunks, length, n), filled up with zeros; None for one chunk."""
    known, count = arrays[0].shape[0], tf.shape(arrays[0])[0]
    if known is None:
        chunks = tf.maximum(1, -(-count // size))
        length = -(-count // chunks)
    else:
        chunks, length = divide_tokens(known, size)
        if chunks == 1:
            return None
    padding = ((0, chunks * length - count), (0, 0))
    return tuple(
        tf.reshape(tf.pad(rows, padding), (chunks, length, rows.shape[1])) for rows in arrays
    )


def _join(rows: Any, tokens: Any) -> Any:
    """Reshape (chunks, length, n) to (tokens, n)."""
    width = tf.shape(rows)[-1] if rows.shape[-1] is None else rows.shape[-1]
    flat = tf.reshape(rows, (tf.shape(rows)[0] * tf.shape(rows)[1], width))
    return flat[: tf.shape(tokens)[0]]
