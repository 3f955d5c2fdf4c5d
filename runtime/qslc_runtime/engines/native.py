"""Simulate the circuit exactly: by the compiled kernel, or by ``keras.ops``."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, ClassVar, Literal

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from qslc_runtime import compiled
from qslc_runtime.backends import has_cpu_tensors, map_chunks
from qslc_runtime.circuit.states import add_reference
from qslc_runtime.engines.engine import Engine
from qslc_runtime.noise import Place

MAX_QUBITS = 20
"""A state of 4 MiB per token in float32."""

WIDE, TILE = 14, 16
"""From so many qubits on, the compiled kernel is slower for less than a tile of tokens."""

_ACCELERATED = 2**23
"""Amplitudes of a chunk on an accelerator, 32 MiB: on an H200 twice as fast as what fits a CPU."""

_TYPES = frozenset({"float32", "bfloat16", "float16"})
"""Types of tokens and outputs of the compiled kernel."""


class NativeEngine(Engine):
    """Exact simulation, differentiable, on any Keras backend.

    The compiled kernel runs on CPUs, in TensorFlow, JAX and PyTorch; the ``keras.ops`` code runs
    wherever Keras does. Under TensorFlow's ``jit_compile=True`` it is the ``keras.ops`` code, as
    XLA cannot take the kernel in.

    Args:
        layer_class: A generated class.
        kernel: Which one: "compiled" or "keras". None: the compiled kernel where it can be had.
        threads: Most threads of the compiled kernel. None: all processors that the process may use.

    Raises:
        ValueError: The circuit is too large, so that the class has no ``simulate``; an option is
            out of range; or the compiled kernel is asked for and cannot be had.

    Example:
        >>> layer = compiled.layer(engine="native", engine_options={"kernel": "keras"})
        >>> layer(hidden).shape[-1]  # an expectation for each observable
        3
    """

    name = "native"
    exact = True
    differentiable = True
    exportable = True
    backends = frozenset({"tensorflow", "jax", "torch"})
    noise: ClassVar[frozenset[Place]] = frozenset()
    reads_artifact = False
    adds_reference = True

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
        self._binding = _find_binding(layer_class, kernel)
        self._always = kernel == "compiled"
        self.supports_jit = self._binding is None or self._binding.SUPPORTS_XLA

    def expectations(self, inputs: Any, theta: Any) -> Any:
        layer = self._layer
        if self._runs_compiled(inputs):
            return self._run_compiled(_make_program(layer), inputs, theta, None, "float32")
        return map_chunks(_make_guarded(layer), inputs, layer.shared(theta), _find_chunk(layer))

    def outputs(self, inputs: Any, theta: Any, up: Any, dtype: str) -> Any:
        """Return (tokens, units), or (tokens, M), of features, (P,) and (M, units).

        The compiled kernel does all of it, from the inputs' own type to ``dtype``. Features are
        (tokens, REFERENCE) of a class with a reference, else (tokens, FEATURES).
        """
        layer = self._layer
        if self._runs_compiled(inputs):
            program = _make_program(layer, adds_reference=layer.REFERENCE > 0)
            return self._run_compiled(program, inputs, theta, up, dtype)
        if layer.REFERENCE:
            inputs = add_reference(ops.cast(inputs, "float32"), layer.QUBITS)
        return super().outputs(inputs, theta, up, dtype)

    def _run_compiled(
        self, program: NDArray[np.int32], inputs: Any, theta: Any, up: Any, dtype: str
    ) -> Any:
        values = self._binding.compute_outputs(
            program,
            self._threads,
            _convert(inputs),
            ops.convert_to_tensor(theta, "float32"),
            ops.zeros((0, 0)) if up is None else up,
            dtype if dtype in _TYPES else "float32",
        )
        return ops.cast(values, dtype)

    def _runs_compiled(self, inputs: Any) -> bool:
        if self._binding is None or not self._binding.runs_here():
            return False
        tokens = inputs.shape[0]
        return self._always or self._layer.QUBITS < WIDE or tokens is None or tokens >= TILE


def _find_chunk(layer_class: Any) -> int:
    """Return the most tokens to simulate together."""
    chunk = int(layer_class.CHUNK)
    return chunk if has_cpu_tensors() else max(chunk, _ACCELERATED >> layer_class.QUBITS)


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
    if threads is not None and not (type(threads) is int and threads > 0):
        raise ValueError(f"threads is a positive whole number or None, not {threads!r}")


def _find_binding(layer_class: type, kernel: str | None) -> Any:
    """Return what runs the compiled kernel; None where ``keras.ops`` does.

    A class without ``circuit`` has nothing that differs from token to token.
    """
    if kernel == "keras" or not hasattr(layer_class, "circuit"):
        return None
    if kernel is None:
        return compiled.find_binding()
    try:
        return compiled.load_binding()
    except RuntimeError as error:
        raise ValueError(f"there is no compiled kernel here: {error}") from error


def _convert(inputs: Any) -> Any:
    """Cast to float32, unless the compiled kernel reads the type that they have."""
    inputs = ops.convert_to_tensor(inputs)
    own = keras.backend.standardize_dtype(inputs.dtype)
    return inputs if own in _TYPES else ops.cast(inputs, "float32")


@lru_cache(maxsize=128)
def _make_program(layer: Any, *, adds_reference: bool = False) -> NDArray[np.int32]:
    from qslc_runtime.compiled.program import write_program

    return write_program(layer, adds_reference=adds_reference)


@lru_cache(maxsize=128)
def _make_guarded(layer: Any) -> Callable[..., Any]:
    """Return the simulation of a chunk, in which a token that is not finite spoils itself alone."""

    def simulate(x: Any, *shared: Any) -> Any:
        finite = ops.all(ops.isfinite(x), axis=-1, keepdims=True)
        values = layer.simulate(ops.where(finite, x, 0.0), *shared)
        return ops.where(finite, values, float("nan"))

    return simulate
