"""The engine that runs the ``keras.ops`` code generated for the circuit."""

from __future__ import annotations

from typing import Any, ClassVar

from keras import ops

MAX_QUBITS = 20


class NativeEngine:
    """Exact simulation, differentiable, on any Keras backend and under XLA.

    Args:
        layer_class: a generated class; its ``expectations`` is the simulation.

    Raises:
        ValueError: the circuit is too large, so that the class has no ``expectations``.
    """

    differentiable: ClassVar[bool] = True
    supports_jit: ClassVar[bool] = True

    def __init__(self, layer_class: type) -> None:
        if not hasattr(layer_class, "expectations"):
            raise ValueError(
                f"the engine 'native' simulates at most {MAX_QUBITS} qubits; "
                f"{layer_class.__name__} has {layer_class.QUBITS}: "  # type: ignore[attr-defined]
                "the engine 'qsim' takes up to 26 device qubits"
            )
        self._expectations = layer_class.expectations

    def expectations(self, inputs: Any, theta: Any) -> Any:
        """(tokens, FEATURES) and (P,) to (tokens, M)."""
        finite = ops.all(ops.isfinite(inputs), axis=-1, keepdims=True)
        values = self._expectations(ops.where(finite, inputs, 0.0), theta)
        return ops.where(finite, values, float("nan"))
