"""Which gates of a program must wait for which, knowing that some of them commute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qslc.ir.program import Operation


@dataclass(frozen=True, slots=True)
class Lane:
    """The operations on one qubit, as indices into the program, in order.

    Gates in the same block act along the same Pauli axis of this qubit, so that they commute
    there. An operation may happen once the operations of all earlier blocks, on each of its
    qubits, have happened.
    """

    single: tuple[int, ...]
    double: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The lanes of a program, and for each operation the number of its block on each qubit."""

    operations: tuple[Operation, ...]
    lanes: tuple[Lane, ...]
    blocks: tuple[tuple[int, ...], ...]

    def block(self, operation: int, qubit: int) -> int:
        return self.blocks[operation][self.operations[operation].qubits.index(qubit)]


def dependencies(operations: Sequence[Operation], qubits: int) -> Dependencies:
    """The dependencies of a sequence of operations on qubits 0 to qubits - 1."""
    axis, block = ["-"] * qubits, [0] * qubits
    single: list[list[int]] = [[] for _ in range(qubits)]
    double: list[list[int]] = [[] for _ in range(qubits)]
    blocks = []
    for index, op in enumerate(operations):
        for along, qubit in zip(op.kind.axes, op.qubits, strict=True):
            block[qubit] += along == "-" or along != axis[qubit]
            axis[qubit] = along
            (single if len(op.qubits) == 1 else double)[qubit].append(index)
        blocks.append(tuple(block[qubit] for qubit in op.qubits))
    lanes = tuple(Lane(tuple(s), tuple(d)) for s, d in zip(single, double, strict=True))
    return Dependencies(tuple(operations), lanes, tuple(blocks))
