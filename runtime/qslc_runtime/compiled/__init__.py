"""Circuits on a CPU: a kernel in C, built on the machine that runs it.

``source`` holds the kernel and its bindings to TensorFlow and JAX; ``program`` turns the steps
of a generated layer into the numbers that the kernel reads.
"""

from __future__ import annotations

from types import ModuleType

import keras

from qslc_runtime.compiled.build import BuildError

__all__ = ["BuildError", "binding"]


def binding() -> ModuleType:
    """The binding for the Keras backend, built and loaded: ``tensorflow`` or ``jax``.

    Raises:
        BuildError: the machine cannot build or load it.
        RuntimeError: it is not for this backend or device.
    """
    if keras.backend.backend() == "tensorflow":
        from qslc_runtime.compiled import tensorflow as module
    elif keras.backend.backend() == "jax":
        from qslc_runtime.compiled import jax as module
    else:
        raise RuntimeError(f"it has no binding to the Keras backend {keras.backend.backend()}")
    module.operations()
    return module
