"""What an engine is."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from keras import ops


class Engine(Protocol):
    """Simulates a circuit.

    Attributes:
        differentiable: whether the backend can differentiate ``expectations``.
        exportable: whether ``expectations`` can be traced into a file for other processes.
        supports_jit: whether ``expectations`` can be compiled by XLA.
    """

    differentiable: ClassVar[bool]
    exportable: ClassVar[bool]
    supports_jit: bool

    def expectations(self, inputs: Any, theta: Any) -> Any:
        """The observables of each token.

        Args:
            inputs: (tokens, FEATURES) float32
            theta: (P,) float32, the rotation angles in radians.

        Returns:
            (tokens, M) float32. A vector of zeros that is encoded in amplitudes has 0 in each; a
            token that holds NaN or infinity has NaN in each and does not affect other tokens.
        """

    def outputs(self, inputs: Any, theta: Any, up: Any, dtype: str) -> Any:
        """The expectations, or their linear map, rounded once.

        Args:
            inputs: (tokens, FEATURES) of any floating-point type.
            theta: (P,) float32, the rotation angles in radians.
            up: (M, units) float32, or None.
            dtype: of the outputs.

        Returns:
            (tokens, units), or (tokens, M) without ``up``.
        """
        values = self.expectations(ops.cast(inputs, "float32"), theta)
        return ops.cast(values if up is None else ops.matmul(values, up), dtype)
