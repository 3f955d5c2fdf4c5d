"""Run circuits on a CPU: a kernel in C, built on the machine that runs it.

``source`` holds the kernel and its bindings to TensorFlow, JAX and PyTorch; ``program`` turns the
steps of a generated layer into the numbers that the kernel reads.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from qslc_runtime.compiled.build import BuildError

__all__ = ["Binding", "BuildError", "find_binding", "load_binding"]

_LOG = logging.getLogger("qslc_runtime")

_FAILED: set[tuple[str, str | None]] = set()
"""Backends and compilers with which it could not be built."""


class Binding(Protocol):
    """The kernel as functions of a framework: the modules ``tensorflow``, ``jax``, ``torch``."""

    SUPPORTS_XLA: bool
    """Whether XLA can compile what calls the kernel."""

    def load_kernel(self) -> Any:
        """Load the kernel, once, and register it with the framework; some return it.

        Raises:
            BuildError: The machine cannot build or load the kernel.
            RuntimeError: The framework does not run on a CPU.
        """

    def runs_here(self) -> bool:
        """Return whether what is traced can hold calls of the kernel."""

    def compute_outputs(
        self,
        program: NDArray[np.int32],
        threads: int,
        inputs: Any,
        theta: Any,
        up: Any,
        dtype: str,
    ) -> Any:
        """Compute the outputs of a layer: (tokens, units), or (tokens, M) where units is 0.

        Args:
            program: The circuit (``compiled.program``).
            threads: Largest number of threads; 0 for all processors.
            inputs: Tokens (tokens, FEATURES): float32, bfloat16 or float16.
            theta: Rotation angles (P,) in radians.
            up: Linear map (M, units) of the expectations.
            dtype: Type of the result: float32, bfloat16 or float16.

        Raises:
            LookupError: TensorFlow asks for a derivative that the kernel does not have.
            TypeError: JAX asks for one.
            RuntimeError: PyTorch asks for one.
        """

    def compute_folded(
        self, inputs: Any, maps: Any, *, normalizes: bool, exact: Callable[[Any], Any]
    ) -> Any:
        """Compute a folded layer of a few tokens: (tokens, encoded) to (tokens, outputs), float32.

        Args:
            inputs: Inputs of the layer.
            maps: What they are multiplied by (``folding.products.Maps``).
            normalizes: Whether the inputs are made unit vectors first.
            exact: The same function of the inputs in ``keras.ops``, which is differentiated.
        """


def find_binding() -> Binding | None:
    """Return the binding, or None where there is none; why is logged, and tried, once."""
    import keras  # here, as preparations are built without it

    attempt = (keras.backend.backend(), os.environ.get("CC"))
    if attempt in _FAILED:
        return None
    try:
        return load_binding()
    except BuildError as error:
        _FAILED.add(attempt)
        _LOG.warning("running without the compiled kernel, slower: %s", error)
    except RuntimeError:
        pass
    return None


def load_binding() -> Binding:
    """Build and load the binding for the Keras backend.

    Raises:
        BuildError: The machine cannot build or load it.
        RuntimeError: It is not for this backend or device.
    """
    import keras

    backend = keras.backend.backend()
    if backend not in ("tensorflow", "jax", "torch"):
        raise RuntimeError(f"it has no binding to the Keras backend {backend}")
    binding = cast(Binding, import_module(f"{__name__}.{backend}"))
    binding.load_kernel()
    return binding
