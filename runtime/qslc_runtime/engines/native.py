"""The engine that simulates the circuit exactly: by the compiled kernel, or by ``keras.ops``."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, ClassVar, Literal

import numpy as np
from keras import ops
from numpy.typing import NDArray

from qslc_runtime import compiled
from qslc_runtime.backends import over_chunks

MAX_QUBITS = 20

WIDE, TILE = 14, 16
"""From so many qubits on, the compiled kernel is slower for less than a tile of tokens."""

_LOG = logging.getLogger("qslc_runtime")


class NativeEngine:
    """Exact simulation, differentiable, on any Keras backend.

    The compiled kernel runs on CPUs, in TensorFlow and JAX; the generated ``keras.ops`` code runs
    wherever Keras does. Under TensorFlow's ``jit_compile=True`` it is the ``keras.ops`` code, as
    XLA cannot take the kernel in.

    Args:
        layer_class: a generated class.
        kernel: "compiled" or "keras". None: the compiled kernel where it can be had.
        threads: of the compiled kernel, at most. None: all processors that the process may use.

    Raises:
        ValueError: the circuit is too large, so that the class has no ``simulate``; an option is
            out of range; or the compiled kernel is asked for and cannot be had.
    """

    differentiable: ClassVar[bool] = True

    def __init__(
        self,
        layer_class: type,
        *,
        kernel: Literal["compiled", "keras"] | None = None,
        threads: int | None = None,
    ) -> None:
        _check_size(layer_class)
        _check_options(kernel, threads)
        self._layer: Any = layer_class
        self._threads = threads or 0
        self._binding = _binding(layer_class, kernel)
        self._always = kernel == "compiled"
        self.supports_jit = self._binding is None or self._binding.SUPPORTS_XLA

    def expectations(self, inputs: Any, theta: Any) -> Any:
        """(tokens, FEATURES) and (P,) to (tokens, M)."""
        layer = self._layer
        if self._binding and self._binding.runs_here() and self._fills_tiles(inputs):
            return self._binding.expectations(_program(layer), self._threads, inputs, theta)
        return over_chunks(_guarded(layer), inputs, layer.shared(theta), layer.CHUNK)

    def _fills_tiles(self, inputs: Any) -> bool:
        tokens = inputs.shape[0]
        return self._always or self._layer.QUBITS < WIDE or tokens is None or tokens >= TILE


def _check_size(layer_class: Any) -> None:
    if not hasattr(layer_class, "simulate"):
        raise ValueError(
            f"the engine 'native' simulates at most {MAX_QUBITS} qubits; "
            f"{layer_class.__name__} has {layer_class.QUBITS}: "
            "the engine 'qsim' takes up to 26 device qubits"
        )


def _check_options(kernel: object, threads: object) -> None:
    if kernel not in (None, "compiled", "keras"):
        raise ValueError(f'kernel is "compiled", "keras" or None, not {kernel!r}')
    whole = isinstance(threads, int) and not isinstance(threads, bool)
    if threads is not None and not (whole and threads > 0):
        raise ValueError(f"threads is a positive whole number or None, not {threads!r}")


def _binding(layer_class: type, kernel: str | None) -> Any:
    """What runs the compiled kernel; None where ``keras.ops`` does.

    A class without ``circuit`` has nothing that differs from token to token.
    """
    if kernel == "keras" or not hasattr(layer_class, "circuit"):
        return None
    try:
        return compiled.binding()
    except RuntimeError as error:
        if kernel == "compiled":
            raise ValueError(f"there is no compiled kernel here: {error}") from error
        if isinstance(error, compiled.BuildError):
            _tell(str(error))
        return None


@cache
def _tell(why: str) -> None:
    _LOG.warning("the native engine runs without its compiled kernel, slower: %s", why)


@lru_cache(maxsize=128)
def _program(layer: Any) -> NDArray[np.int32]:
    from qslc_runtime.compiled.program import program_of

    return program_of(layer)


@lru_cache(maxsize=128)
def _guarded(layer: Any) -> Callable[..., Any]:
    """The simulation of a chunk, in which a token that is not finite spoils itself alone."""

    def simulate(x: Any, *shared: Any) -> Any:
        finite = ops.all(ops.isfinite(x), axis=-1, keepdims=True)
        values = layer.simulate(ops.where(finite, x, 0.0), *shared)
        return ops.where(finite, values, float("nan"))

    return simulate
