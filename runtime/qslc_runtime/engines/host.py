"""Call a numpy function on tensors of whatever backend Keras runs on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from qslc_runtime.callers import is_traced_for_xla

Score = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""inputs (tokens, features), theta (P,) -> (tokens, observables), all float32."""

Gradient = Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""inputs, theta and the gradient by the observables -> those by inputs and theta, all float32."""


def call_on_host(
    score: Score,
    inputs: Any,
    theta: Any,
    observables: int,
    *,
    engine: str = "qsim",
    gradient: Gradient | None = None,
) -> Any:
    """Return ``score(inputs, theta)``: arrays for arrays, tensors for tensors.

    It works in TensorFlow graphs, and eagerly on every backend; with a gradient, in JAX traces too.
    Gradients are those of reverse mode.

    Args:
        score: The function.
        inputs: (tokens, features)
        theta: (P,)
        observables: Number of values of each token.
        engine: Name of the engine, for messages.
        gradient: Its gradient, or None where it has none.

    Raises:
        RuntimeError: A gradient is asked for and there is none; XLA compiles the call; JAX traces
            it without a gradient.
    """
    if isinstance(inputs, np.ndarray):
        return score(inputs, np.asarray(theta))
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return _call_in_tensorflow(score, inputs, theta, observables, engine, gradient)
    if backend == "jax" and gradient is not None:
        return _call_in_jax(score, inputs, theta, observables, gradient)
    if backend == "torch" and gradient is not None:
        return _call_in_torch(score, inputs, theta, gradient)
    _refuse_tracing(engine, inputs, theta)
    arrays = (keras.ops.convert_to_numpy(tensor) for tensor in (inputs, theta))
    return keras.ops.convert_to_tensor(score(*arrays))


def run_on_host(function: Callable[..., None], tensors: Sequence[Any]) -> None:
    """Call a function of arrays for its effect, in TensorFlow graphs too; not in traces of JAX."""
    backend = keras.backend.backend()
    if backend == "jax" and _is_traced(*tensors):
        return
    if backend != "tensorflow" or all(isinstance(tensor, np.ndarray) for tensor in tensors):
        function(*map(keras.ops.convert_to_numpy, tensors))
        return

    def run(*arrays: np.ndarray) -> tuple[np.ndarray]:
        function(*arrays)
        return (np.zeros((), np.float32),)

    _compute_in_tensorflow(run, tuple(tensors), 1)


def _call_in_tensorflow(
    score: Score,
    inputs: Any,
    theta: Any,
    observables: int,
    engine: str,
    gradient: Gradient | None,
) -> Any:
    import tensorflow as tf

    refuse_xla(engine)

    @tf.custom_gradient
    def call(inputs: Any, theta: Any) -> Any:
        (values,) = _compute_in_tensorflow(lambda *a: (score(*a),), (inputs, theta), 1)

        def differentiate(upstream: Any) -> Any:
            if gradient is None:
                raise RuntimeError(_explain_gradient(engine))
            slopes = _compute_in_tensorflow(gradient, (inputs, theta, upstream), 2)
            pairs = zip(slopes, (inputs, theta), strict=True)
            return [tf.ensure_shape(slope, tensor.shape) for slope, tensor in pairs]

        return tf.ensure_shape(values, (None, observables)), differentiate

    return call(tf.convert_to_tensor(inputs), tf.convert_to_tensor(theta))


def _compute_in_tensorflow(
    function: Callable[..., Any], tensors: tuple[Any, ...], results: int
) -> Any:
    """Return the float32 results of a function of arrays; eagerly, its errors are its own."""
    import tensorflow as tf

    if tf.executing_eagerly():
        arrays = function(*(tensor.numpy() for tensor in tensors))
        return [tf.convert_to_tensor(array, tf.float32) for array in arrays]
    return tf.numpy_function(function, tensors, [tf.float32] * results)


def _call_in_jax(
    score: Score, inputs: Any, theta: Any, observables: int, gradient: Gradient
) -> Any:
    import jax

    def shape(*sizes: int) -> Any:
        return jax.ShapeDtypeStruct(sizes, np.float32)

    def on_arrays(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *tensors: function(*map(np.asarray, tensors))

    @jax.custom_vjp
    def call(inputs: Any, theta: Any) -> Any:
        values = shape(inputs.shape[0], observables)
        return jax.pure_callback(on_arrays(score), values, inputs, theta)

    def forward(inputs: Any, theta: Any) -> Any:
        return call(inputs, theta), (inputs, theta)

    def backward(kept: Any, upstream: Any) -> Any:
        shapes = tuple(shape(*tensor.shape) for tensor in kept)
        return jax.pure_callback(on_arrays(gradient), shapes, *kept, upstream)

    call.defvjp(forward, backward)
    return call(inputs, theta)


def _call_in_torch(score: Score, inputs: Any, theta: Any, gradient: Gradient) -> Any:
    import torch

    class Call(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(context: Any, *tensors: Any) -> Any:
            context.save_for_backward(*tensors)
            arrays = map(keras.ops.convert_to_numpy, tensors)
            return torch.as_tensor(score(*arrays), device=tensors[0].device)

        @staticmethod
        def backward(context: Any, upstream: Any) -> Any:
            tensors = (*context.saved_tensors, upstream)
            slopes = gradient(*map(keras.ops.convert_to_numpy, tensors))
            return tuple(torch.as_tensor(slope, device=upstream.device) for slope in slopes)

    return Call.apply(inputs, theta)


def _is_traced(*tensors: Any) -> bool:
    """Return whether JAX traces one of some tensors."""
    import jax

    return any(isinstance(tensor, jax.core.Tracer) for tensor in tensors)


def _refuse_tracing(engine: str, *tensors: Any) -> None:
    if keras.backend.backend() == "jax" and _is_traced(*tensors):
        raise RuntimeError(
            f'engine "{engine}" runs eagerly under JAX, not in a jitted or differentiated function:'
            " compile the model with run_eagerly=True and jit_compile=False. "
            + _explain_gradient(engine)
        )


def _explain_gradient(engine: str) -> str:
    return (
        f'engine "{engine}" has no gradient; train with engine="native" or engine="tfq" and score '
        f'the trained weights with engine="{engine}"'
    )


def refuse_xla(engine: str) -> None:
    """Refuse a call that XLA compiles, whose own error names neither engine nor remedy.

    Raises:
        RuntimeError: The call is traced by TensorFlow under ``jit_compile=True``.
    """
    if is_traced_for_xla():
        raise RuntimeError(
            f'engine "{engine}" does not run under jit_compile=True; use engine="native", or '
            "compile with jit_compile=False"
        )
