"""Run circuits on a CPU: a kernel in C, built on the machine that runs it.

``source`` holds the kernel and its bindings to TensorFlow and JAX; ``program`` turns the steps
of a generated layer into the numbers that the kernel reads.
"""

from __future__ import annotations

import logging
import os
from types import ModuleType

import keras

from qslc_runtime.compiled.build import BuildError

__all__ = ["BuildError", "available", "binding"]

_LOG = logging.getLogger("qslc_runtime")


_FAILED: set[tuple[str, str | None]] = set()
"""Backends and compilers with which it could not be built."""


def available() -> ModuleType | None:
    """Return the binding, or None where there is none; why is logged, and tried, once."""
    attempt = (keras.backend.backend(), os.environ.get("CC"))
    if attempt in _FAILED:
        return None
    try:
        return binding()
    except BuildError as error:
        _FAILED.add(attempt)
        _LOG.warning("running without the compiled kernel, slower: %s", error)
    except RuntimeError:
        pass
    return None


def binding() -> ModuleType:
    """Build and load the binding for the Keras backend: ``tensorflow`` or ``jax``.

    Raises:
        BuildError: The machine cannot build or load it.
        RuntimeError: It is not for this backend or device.
    """
    if keras.backend.backend() == "tensorflow":
        from qslc_runtime.compiled import tensorflow as module
    elif keras.backend.backend() == "jax":
        from qslc_runtime.compiled import jax as module
    else:
        raise RuntimeError(f"it has no binding to the Keras backend {keras.backend.backend()}")
    module.operations()
    return module
