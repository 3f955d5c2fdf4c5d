"""The least time that the machine needs: its rates, and the operations nobody can leave out."""

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


def operations(case: Case) -> int:
    """Of one token, forward and backward, nothing computed twice.

    Every layer of rotations is a matrix product for each block of qubits; the gradients for the
    state and for the matrix are a product each. Permutations cost nothing.
    """
    blocks = -(-case.qubits // BLOCK)
    width = -(-case.qubits // blocks)
    return 3 * case.heads * case.layers * blocks * 2 * 2**width * 2**case.qubits


def moved_bytes(case: Case) -> int:
    """Of one token: the input is read forward and backward, its gradient is written."""
    return 3 * 4 * case.heads * case.features


def microseconds(case: Case, machine: Machine) -> float:
    """The longer of what arithmetic and what memory take for one token."""
    return max(operations(case) / machine.operations, moved_bytes(case) / machine.bytes)
