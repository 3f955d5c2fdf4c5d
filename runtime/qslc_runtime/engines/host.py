"""Call a numpy function on tensors of whatever backend Keras runs on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from qslc_runtime.callers import is_traced_for_xla

Score = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""inputs (tokens, features), theta (P,) -> (tokens, observables), all float32."""

_NO_GRADIENT = (
    'engine "qsim" has no gradient; train with engine="native" or engine="tfq" and score the '
    'trained weights with engine="qsim"'
)


def call_on_host(score: Score, inputs: Any, theta: Any, observables: int) -> Any:
    """Return ``score(inputs, theta)``: arrays for arrays, tensors for tensors.

    It works in TensorFlow graphs, and eagerly on every backend.

    Raises:
        RuntimeError: A gradient is asked for, XLA compiles the call, or JAX traces it.
    """
    if isinstance(inputs, np.ndarray):
        return score(inputs, np.asarray(theta))
    if keras.backend.backend() == "tensorflow":
        return _call_in_tensorflow(score, inputs, theta, observables)
    _refuse_tracing(inputs, theta)
    arrays = (keras.ops.convert_to_numpy(tensor) for tensor in (inputs, theta))
    return keras.ops.convert_to_tensor(score(*arrays))


def _call_in_tensorflow(score: Score, inputs: Any, theta: Any, observables: int) -> Any:
    import tensorflow as tf

    refuse_xla("qsim")

    @tf.custom_gradient
    def call(inputs: Any, theta: Any) -> Any:
        values = tf.numpy_function(score, [inputs, theta], tf.float32)

        def gradient(_: Any) -> Any:
            raise RuntimeError(_NO_GRADIENT)

        return tf.ensure_shape(values, (None, observables)), gradient

    return call(tf.convert_to_tensor(inputs), tf.convert_to_tensor(theta))


def _refuse_tracing(*tensors: Any) -> None:
    if keras.backend.backend() != "jax":
        return
    import jax

    if any(isinstance(tensor, jax.core.Tracer) for tensor in tensors):
        raise RuntimeError(
            f'engine "qsim" runs eagerly under JAX, not in a jitted or differentiated function: '
            f"compile the model with run_eagerly=True and jit_compile=False. {_NO_GRADIENT}"
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
