"""Run the kernel as an operation of TensorFlow: the functions of ``compiled.Binding``."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.python.eager.forwardprop_util import push_forwardprop_state

from qslc_runtime.callers import is_exporting, is_traced_for_xla
from qslc_runtime.compiled.build import BuildError, build_library

SUPPORTS_XLA = False


@cache
def load_kernel() -> Any:
    if any(device.device_type != "CPU" for device in tf.config.list_logical_devices()):
        raise RuntimeError("it runs on CPUs, and TensorFlow has another device")
    link = tf.sysconfig.get_link_flags()
    path = build_library("tensorflow.c", link=link)
    try:
        return tf.load_op_library(str(path))
    except (tf.errors.OpError, RuntimeError) as error:
        raise BuildError(getattr(error, "message", str(error))) from error


def compute_outputs(
    program: NDArray[np.int32], threads: int, inputs: Any, theta: Any, up: Any, dtype: str
) -> Any:
    values = load_kernel().qslc_outputs(
        inputs=inputs,
        theta=tf.convert_to_tensor(theta, tf.float32),
        up=up,
        program=program.tobytes(),
        threads=threads,
        R=tf.as_dtype(dtype),
    )
    return tf.ensure_shape(values, (inputs.shape[0], up.shape[1] or int(program[3])))


def compute_folded(inputs: Any, maps: Any, *, normalizes: bool, exact: Callable[[Any], Any]) -> Any:
    @tf.custom_gradient
    def function(inputs: Any) -> Any:
        values = load_kernel().qslc_folded(inputs, *maps, normalizes=normalizes)

        def gradient(upstream: Any) -> Any:
            # Without a state of its own the tape records nothing within forward mode.
            with push_forwardprop_state(), tf.GradientTape() as tape:
                tape.watch(inputs)
                values = exact(inputs)
            return tape.gradient(values, inputs, upstream)

        return tf.ensure_shape(values, (inputs.shape[0], maps.width)), gradient

    return function(tf.convert_to_tensor(inputs))


def runs_here() -> bool:
    """Return whether the graph that is being traced can hold the operation.

    XLA cannot take it in, and whoever reads an exported file does not have it.
    """
    return tf.executing_eagerly() or not (is_traced_for_xla() or is_exporting())


@tf.RegisterGradient("QslcOutputs")
def _gradient(operation: Any, upstream: Any) -> Any:
    inputs, theta, up = operation.inputs
    return load_kernel().qslc_gradients(
        inputs=inputs,
        theta=theta,
        up=up,
        upstream=upstream,
        program=operation.get_attr("program"),
        threads=operation.get_attr("threads"),
    )


@tf.RegisterGradient("QslcGradients")
def _no_gradient(operation: Any, *upstream: Any) -> Any:
    del operation, upstream
    raise LookupError(
        "the compiled kernel has first derivatives in reverse mode only (tf.GradientTape); for "
        "forward mode and second derivatives build the layer with "
        'engine_options={"kernel": "keras"}'
    )
