"""Contenders in TensorFlow: generated layers, a dense layer and LoRA, the matrix rate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from benchmarks.layer_speed.cases import RANK, Case
from benchmarks.layer_speed.contenders.native import make_inputs, make_model

Step = Callable[[], object]


def qslc_tensorflow(case: Case, tokens: int) -> Step:
    """Make a step of the native engine's compiled kernel."""
    return _make_circuit_step(case, tokens, "native", kernel="compiled")


def keras_tensorflow(case: Case, tokens: int) -> Step:
    """Make a step of the native engine's keras.ops code."""
    return _make_circuit_step(case, tokens, "native", kernel="keras")


def keras_tensorflow_xla(case: Case, tokens: int) -> Step:
    """Make a step of the native engine's keras.ops code, compiled by XLA."""
    return _make_circuit_step(case, tokens, "native", xla=True, kernel="keras")


def qslc_tfq(case: Case, tokens: int) -> Step:
    """Make a step of the engine "tfq": the circuit as written, on qsim inside the graph."""
    return _make_circuit_step(case, tokens, "tfq")


def qslc_qsim(case: Case, tokens: int) -> Step:
    """Make a step of the engine "qsim": the compiled circuit on qsimcirq, forward alone."""
    _, outputs = make_model(case, "qsim")
    x = make_inputs(case, tokens)
    return lambda: outputs(x)


def dense(case: Case, tokens: int) -> Step:
    """Make a step of a frozen dense layer, which a sublayer stands beside."""
    layer = keras.layers.Dense(case.features, trainable=False)
    layer.build((None, case.features))
    return _make_step(layer, [], make_inputs(case, tokens))


def lora(case: Case, tokens: int) -> Step:
    """Make a step of LoRA of rank 8, features by features."""
    layer = keras.Sequential(
        [keras.layers.Dense(width, use_bias=False) for width in (RANK, case.features)]
    )
    layer.build((None, case.features))
    weights = [variable.value for variable in layer.trainable_variables]
    return _make_step(layer, weights, make_inputs(case, tokens))


def matrix_rate(case: Case, edge: int) -> Step:
    """Make one product of square matrices in float32: the machine's matrix rate."""
    del case
    a, b = tf.random.normal((2, edge, edge))
    return lambda: (a @ b).numpy()


def _make_circuit_step(
    case: Case, tokens: int, engine: str, *, xla: bool = False, **options: object
) -> Step:
    layers, outputs = make_model(case, engine, **options)
    weights = [layer.theta.value for layer in layers]
    return _make_step(outputs, weights, make_inputs(case, tokens), xla=xla)


def _make_step(
    outputs: Callable[[Any], Any], weights: Sequence[Any], x: Any, *, xla: bool = False
) -> Step:
    @tf.function(jit_compile=xla)
    def step(x: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(tf.square(outputs(x)))
        return tape.gradient(loss, [x, *weights])

    x = tf.constant(x)
    return lambda: [gradient.numpy() for gradient in step(x)[1:]]
