"""The two-qubit gates of a program that still wait to be done, as a router looks at them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice

import numpy as np

from qslc.lower.dependencies import Dependencies

_WINDOW = 8
_BEHIND = 0.5
_FADE = 0.8


class Waiting:
    """What is left to do.

    Attributes:
        left: how many two-qubit gates wait.
        partners: (qubits, window), the partners of each qubit in its coming gates.
        weights: (qubits, window), 1 for a gate that nothing holds back but distance, less for
            one behind others, 0 where there is none.
        front: (qubits,), whether a gate of weight 1 waits on a qubit.
    """

    def __init__(self, program: Dependencies, size: int) -> None:
        self.program = program
        self.done = [False] * len(program.operations)
        self.next_single = [0] * size
        self.next_double = [0] * size
        self.left = sum(len(op.qubits) == 2 for op in program.operations)
        self.partners = np.zeros((size, _WINDOW), dtype=np.int64)
        self.weights = np.zeros((size, _WINDOW))
        self.front = np.zeros(size, dtype=bool)
        self.refresh(range(len(program.lanes)))

    def coming(self, qubit: int) -> Iterator[int]:
        """The gates that wait on a qubit, in order."""
        gates = islice(self.program.lanes[qubit].double, self.next_double[qubit], None)
        return (gate for gate in gates if not self.done[gate])

    def ready(self, qubit: int) -> list[int]:
        """The gates on a qubit that may be done now, wherever their qubits are."""
        found = []
        for gate in self.coming(qubit):
            if self.program.block(gate, qubit) != self._block(qubit):
                break
            if self._is_ready(gate):
                found.append(gate)
        return found

    def do(self, gate: int) -> list[int]:
        """Takes a gate off; the one-qubit gates that must come before it, in order."""
        self.done[gate] = True
        self.left -= 1
        for qubit in self.program.operations[gate].qubits:
            lane = self.program.lanes[qubit].double
            while self.next_double[qubit] < len(lane) and self.done[lane[self.next_double[qubit]]]:
                self.next_double[qubit] += 1
        return [
            single
            for qubit in self.program.operations[gate].qubits
            for single in self._before(qubit, self.program.block(gate, qubit))
        ]

    def rest(self, qubit: int) -> list[int]:
        """The one-qubit gates that are left on a qubit."""
        return self._before(qubit, len(self.program.operations) + 1)

    def refresh(self, qubits: Collection[int]) -> None:
        """Brings the arrays up to date after gates on some qubits were done."""
        for qubit in {*qubits, *(p for q in qubits for p in self._partners(q))}:
            gates = list(islice(self.coming(qubit), _WINDOW))
            ready = [self._is_ready(gate) for gate in gates]
            behind = [_BEHIND * _FADE**k for k in range(len(gates))]
            self.partners[qubit] = self._filled([self._other(gate, qubit) for gate in gates])
            self.weights[qubit] = self._filled(
                [1.0 if now else later for now, later in zip(ready, behind, strict=True)]
            )
            self.front[qubit] = any(ready)

    def _partners(self, qubit: int) -> set[int]:
        return {self._other(gate, qubit) for gate in islice(self.coming(qubit), _WINDOW)}

    def _other(self, gate: int, qubit: int) -> int:
        a, b = self.program.operations[gate].qubits
        return b if a == qubit else a

    def _block(self, qubit: int) -> int:
        """The block that may be done now on a qubit."""
        return self.program.block(self.program.lanes[qubit].double[self.next_double[qubit]], qubit)

    def _is_ready(self, gate: int) -> bool:
        pairs = zip(self.program.blocks[gate], self.program.operations[gate].qubits, strict=True)
        return all(block == self._block(qubit) for block, qubit in pairs)

    def _before(self, qubit: int, block: int) -> list[int]:
        lane, start = self.program.lanes[qubit].single, self.next_single[qubit]
        stop = start
        while stop < len(lane) and self.program.blocks[lane[stop]][0] < block:
            stop += 1
        self.next_single[qubit] = stop
        return list(lane[start:stop])

    @staticmethod
    def _filled(values: list[float] | list[int]) -> list[float]:
        return [*values, *[0] * (_WINDOW - len(values))]
