"""The engine that runs the ``keras.ops`` code generated for the circuit."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, ClassVar

from keras import ops

from qslc_runtime.backends import over_chunks

MAX_QUBITS = 20


class NativeEngine:
    """Exact simulation, differentiable, on any Keras backend and under XLA.

    Args:
        layer_class: a generated class; its ``simulate`` is the simulation.

    Raises:
        ValueError: the circuit is too large, so that the class has no ``simulate``.
    """

    differentiable: ClassVar[bool] = True
    supports_jit: ClassVar[bool] = True

    def __init__(self, layer_class: type) -> None:
        if not hasattr(layer_class, "simulate"):
            raise ValueError(
                f"the engine 'native' simulates at most {MAX_QUBITS} qubits; "
                f"{layer_class.__name__} has {layer_class.QUBITS}: "  # type: ignore[attr-defined]
                "the engine 'qsim' takes up to 26 device qubits"
            )
        self._layer: Any = layer_class

    def expectations(self, inputs: Any, theta: Any) -> Any:
        """(tokens, FEATURES) and (P,) to (tokens, M)."""
        layer = self._layer
        return over_chunks(_guarded(layer), inputs, layer.shared(theta), layer.CHUNK)


@lru_cache(maxsize=128)
def _guarded(layer: Any) -> Callable[..., Any]:
    """The simulation of a chunk, in which a token that is not finite spoils itself alone."""

    def simulate(x: Any, *shared: Any) -> Any:
        finite = ops.all(ops.isfinite(x), axis=-1, keepdims=True)
        values = layer.simulate(ops.where(finite, x, 0.0), *shared)
        return ops.where(finite, values, float("nan"))

    return simulate
