"""Compute the least time that the machine needs, from its rates and the operations needed."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.layer_speed.cases import Case

BLOCK = 5
"""Qubits of a rotation block: 32 by 32."""


@dataclass(frozen=True)
class Machine:
    """Measured rates: float32 operations and bytes per microsecond."""

    operations: float
    bytes: float


def matrix_operations(case: Case) -> int:
    """Count a token's multiplications, forward and backward, with one matrix for a block of qubits.

    The gradients for the state and for the matrix are a product each, as the product itself.
    Permutations cost nothing, and nothing is computed twice.
    """
    blocks = -(-case.qubits // BLOCK)
    width = -(-case.qubits // blocks)
    return 3 * case.heads * case.layers * blocks * 2 * 2**width * 2**case.qubits


def gate_operations(case: Case) -> int:
    """The same gate by gate: fewer operations, that are not matrix products.

    A rotation takes 6 operations for each pair of amplitudes, the gradient for the state as many,
    that for the angle 4.
    """
    pairs = 2 ** (case.qubits - 1)
    return (6 + 6 + 4) * case.heads * case.layers * case.qubits * pairs


def moved_bytes(case: Case) -> int:
    """Count a token's bytes: the input is read forward and backward, its gradient is written."""
    return 3 * 4 * case.heads * case.features


def microseconds(operations: int, case: Case, machine: Machine) -> float:
    """The longer of what arithmetic and what memory take for one token."""
    return max(operations / machine.operations, moved_bytes(case) / machine.bytes)
