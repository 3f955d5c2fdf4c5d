"""Observables that are sums of Pauli strings: what is measured for them, and how it is added up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from qslc_runtime.circuit.matrices import Tensor


def list_strings(layer: Any) -> tuple[str, ...]:
    """Return the Pauli strings that a layer measures, in the order of its engine's values."""
    if not layer.SUMS:
        return tuple(layer.OBSERVABLES)
    return tuple(dict.fromkeys(string for terms in layer.SUMS for string in terms if string))


@dataclass(frozen=True, eq=False)
class Sums:
    """The map from measured strings to observables: values (tokens, S) to (tokens, M).

    Args:
        matrix: (S, M), or None where every observable is one string.
        constants: What is added to each observable, (M,), or None where that is nothing.
    """

    matrix: NDArray[np.float32] | None = None
    constants: NDArray[np.float32] | None = None

    @classmethod
    def read(cls, layer: Any) -> Sums:
        """Return the sums that a generated class states."""
        if not layer.SUMS:
            return cls()
        strings = list_strings(layer)
        rows = [[terms.get(string, 0.0) for string in strings] for terms in layer.SUMS]
        constants = np.array([terms.get("", 0.0) for terms in layer.SUMS], np.float32)
        return cls(np.array(rows, np.float32).T, constants if constants.any() else None)

    def join(self, up: Tensor | None) -> Tensor | None:
        """Return the map from strings to what a map (M, units), or nothing, makes of the sums."""
        if self.matrix is None:
            return up
        matrix = ops.convert_to_tensor(self.matrix)
        return matrix if up is None else ops.matmul(matrix, up)

    def offset(self, up: Tensor | None) -> Tensor | None:
        """Return what the constants add to each output; None for nothing."""
        if self.constants is None:
            return None
        constants = ops.convert_to_tensor(self.constants)
        return constants if up is None else ops.matmul(constants[None], up)[0]

    def add_up(self, values: Tensor) -> Tensor:
        """Return the observables (tokens, M) of strings (tokens, S)."""
        if self.matrix is None:
            return values
        summed = ops.matmul(values, ops.convert_to_tensor(self.matrix))
        return summed if self.constants is None else summed + self.constants
