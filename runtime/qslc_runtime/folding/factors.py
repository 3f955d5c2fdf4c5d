"""The map of a real circuit as a product: reorderings with signs, and gates side by side.

Rotations on all qubits are a Kronecker product, and CNOTs between them reorder the basis: of 10
qubits and 4 layers 16,384 numbers, where the map as a matrix has a million.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from qslc_runtime.compiled.polynomial import polynomial
from qslc_runtime.compiled.steps import Amplitudes, Gates, Measure, Parity, Permutation, Step
from qslc_runtime.folding.circuit import measures, value
from qslc_runtime.folding.squares import joined
from qslc_runtime.gates import make_matrix

_REAL = frozenset({"ry", "h", "x", "z"})


@dataclass(frozen=True)
class Factors:
    """A map of states, factor by factor (``products.Maps``).

    Args:
        order: (L, 2**qubits)
        signs: (L, 2**qubits)
        left: (L, A, A)
        right: (L, B, B)
        rows: (2**qubits,) of the state behind all factors that are measured, in the order of
            ``squares.readout``.
    """

    order: NDArray[np.int32]
    signs: NDArray[np.float64]
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    rows: NDArray[np.int_]

    @property
    def operations(self) -> int:
        """Multiplications and additions for one state."""
        return self.signs.size * (self.left.shape[1] + self.right.shape[1])


def factors(steps: Sequence[Step], theta: NDArray[np.float64], qubits: int) -> Factors | None:
    """The map from encoded tokens to amplitudes whose squares are measured (``squares.readout``).

    None if the encoder has rotations, if a gate is not real, or if there is more than one basis.

    Args:
        steps: of the circuit.
        theta: (P,) the weights in radians.
        qubits: of the circuit.
    """
    if not isinstance(steps[0], Amplitudes) or len(measures(steps)) != 1:
        return None
    writer = _Writer(qubits)
    for step in steps[1:]:
        match step:
            case Gates() if step.gate in _REAL:
                writer.turn(step, theta)
            case Permutation(table):
                writer.reorder(table)
            case Parity(table):
                writer.sign(table.ravel())
            case Measure() if not step.odd:
                writer.measure(step)
            case _:
                return None
    return writer.factors()


@dataclass
class _Writer:
    """Collects what comes before gates, and the gates, until something else comes."""

    qubits: int
    found: list[tuple[NDArray[np.float64], ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._begin()

    def turn(self, step: Gates, theta: NDArray[np.float64]) -> None:
        for i, qubit in enumerate(step.qubits):
            angle = value(polynomial(step.angles[i]), theta) if step.angles else 0.0
            self.gates[qubit] = make_matrix(step.gate, angle) @ self.gates[qubit]
        self.turned = True

    def reorder(self, table: NDArray[np.int_]) -> None:
        self._close()
        self.order, self.signs = self.order[table], self.signs[table]

    def sign(self, signs: NDArray[np.float32]) -> None:
        self._close()
        self.signs = self.signs * signs

    def measure(self, step: Measure) -> None:
        """Joins the basis states that the strings flip: H on the first qubit of another order."""
        if step.flip is not None:
            self.reorder(np.concatenate(joined(step)))
            self.gates[0], self.turned = make_matrix("h"), True

    def factors(self) -> Factors | None:
        """What no gate follows only changes which rows are measured: squares have no signs."""
        self._close()
        if not self.found:
            return None
        order, signs, left, right = (np.stack(part) for part in zip(*self.found, strict=True))
        return Factors(order.astype(np.int32), signs, left, right, self.order)

    def _begin(self) -> None:
        self.order, self.signs = np.arange(2**self.qubits), np.ones(2**self.qubits)
        self.gates, self.turned = [np.eye(2) for _ in range(self.qubits)], False

    def _close(self) -> None:
        if not self.turned:
            return
        half = self.qubits // 2
        left = reduce(np.kron, self.gates[:half], np.eye(1))
        right = reduce(np.kron, self.gates[half:], np.eye(1))
        self.found.append((self.order, self.signs, left, right.T))
        self._begin()
