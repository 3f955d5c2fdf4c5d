"""Operations waiting for their turn: an operation may go when it is the next on all its qubits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from qslc.ir.program import Operation


class Queues:
    """One queue of operations for each qubit, emptied by ``take`` and ``pop``."""

    def __init__(self, operations: Iterable[Operation], qubits: int) -> None:
        self._queues: tuple[deque[tuple[int, Operation]], ...] = tuple(
            deque() for _ in range(qubits)
        )
        for place, op in enumerate(operations):
            for qubit in op.qubits:
                self._queues[qubit].append((place, op))

    def __len__(self) -> int:
        """Return how many operations wait, each counted once for every qubit that it acts on."""
        return sum(map(len, self._queues))

    def first(self) -> Operation:
        """Return one that waits, and for no other."""
        return min((queue[0] for queue in self._queues if queue), key=lambda each: each[0])[1]

    def run(self, qubit: int, wanted: Callable[[Operation], bool]) -> tuple[Operation, ...]:
        """Return the next operations on a qubit alone, up to the first that is not wanted."""
        found = []
        for _, op in self._queues[qubit]:
            if len(op.qubits) > 1 or not wanted(op):
                break
            found.append(op)
        return tuple(found)

    def pop(self, qubit: int, count: int) -> None:
        """Remove the next ``count`` operations of a qubit, all on this qubit alone."""
        for _ in range(count):
            self._queues[qubit].popleft()

    def take(self, wanted: Callable[[Operation], bool]) -> tuple[Operation, ...]:
        """Remove all wanted operations that can go before any other, in the order given."""
        taken: dict[int, Operation] = {}
        waiting = list(range(len(self._queues)))
        while waiting:
            queue = self._queues[waiting.pop()]
            while queue and self._ready(*queue[0]) and wanted(queue[0][1]):
                place, op = queue[0]
                taken[place] = op
                for other in op.qubits:
                    self._queues[other].popleft()
                waiting += op.qubits
        return tuple(op for _, op in sorted(taken.items()))

    def _ready(self, place: int, op: Operation) -> bool:
        return all(self._queues[qubit][0][0] == place for qubit in op.qubits)
