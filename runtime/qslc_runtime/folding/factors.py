"""Write the map of a real circuit as a product: reorderings with signs, and gates side by side.

Rotations on all qubits are a Kronecker product, and CNOTs between them reorder the basis: of 10
qubits and 4 layers 16,384 numbers, where the map as a matrix has a million.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qslc_runtime.circuit import steps
from qslc_runtime.circuit.gates import find_gate
from qslc_runtime.folding.squares import join_flipped


@dataclass(frozen=True)
class Factors:
    """A map of states, factor by factor (``products.Maps``).

    Args:
        order: Where each amplitude comes from (L, 2**qubits).
        signs: Signs (L, 2**qubits) of the reordered amplitudes.
        left: Gates (L, A, A) on the first half of the qubits.
        right: Gates (L, B, B) on the second half, transposed.
        rows: Rows (2**qubits,) of the final state that are measured, in the order of
            ``squares.make_readout``.
    """

    order: NDArray[np.int32]
    signs: NDArray[np.float64]
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    rows: NDArray[np.int_]

    @property
    def operations(self) -> int:
        """Number of multiplications and additions for one state."""
        return self.signs.size * (self.left.shape[1] + self.right.shape[1])


def factorize(
    circuit: Sequence[steps.Step], theta: NDArray[np.float64], qubits: int
) -> Factors | None:
    """Factorize the map from encoded tokens to amplitudes whose squares are measured.

    Args:
        circuit: Steps of the circuit.
        theta: Weights (P,) in radians.
        qubits: Number of qubits.

    Returns:
        The factors, or None if the encoder has rotations, if a gate is not real, or if there is
        more than one basis.
    """
    if not isinstance(circuit[0], steps.Amplitudes) or len(steps.list_measurements(circuit)) != 1:
        return None
    writer = _Writer(qubits)
    for step in circuit[1:]:
        match step:
            case steps.Gates() if find_gate(step.gate).is_real:
                writer.apply(step, theta)
            case steps.Permutation(permutation):
                writer.reorder(permutation.table)
            case steps.Parity(parity):
                writer.reorder(slice(None), parity.table.ravel())
            case steps.Measure() if not step.odd:
                writer.measure(step)
            case _:
                return None
    return writer.finish()


@dataclass
class _Writer:
    """Collect what comes before gates, and the gates, until something else comes."""

    qubits: int
    found: list[tuple[NDArray[np.float64], ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._begin()

    def apply(self, step: steps.Gates, theta: NDArray[np.float64]) -> None:
        for qubit, matrix in step.evaluate(theta):
            self.gates[qubit] = matrix @ self.gates[qubit]
        self.applied = True

    def reorder(self, table: NDArray[np.int_] | slice, signs: Any = 1.0) -> None:
        self._close()
        self.order, self.signs = self.order[table], self.signs[table] * signs

    def measure(self, step: steps.Measure) -> None:
        """Join the basis states that the strings flip: H on the first qubit of another order."""
        if step.flip is not None:
            self.reorder(np.concatenate(join_flipped(step)))
            self.gates[0], self.applied = find_gate("h").evaluate(), True

    def finish(self) -> Factors | None:
        """Return the factors. What no gate follows changes only which rows are measured."""
        self._close()
        if not self.found:
            return None
        order, signs, left, right = (np.stack(part) for part in zip(*self.found, strict=True))
        return Factors(order.astype(np.int32), signs, left, right, self.order)

    def _begin(self) -> None:
        self.order, self.signs = np.arange(2**self.qubits), np.ones(2**self.qubits)
        self.gates, self.applied = [np.eye(2) for _ in range(self.qubits)], False

    def _close(self) -> None:
        if not self.applied:
            return
        half = self.qubits // 2
        left = reduce(np.kron, self.gates[:half], np.eye(1))
        right = reduce(np.kron, self.gates[half:], np.eye(1))
        self.found.append((self.order, self.signs, left, right.T))
        self._begin()
