"""Find which gates of a program may run next, knowing that some of them commute."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

import numpy as np

from qslc.ir.program import Operation

_WINDOW = 8
"""Number of pending gates on each qubit that a router looks at."""

_BEHIND = 0.5 * 0.8 ** np.arange(_WINDOW)
"""Weight of the k-th pending gate while others hold it back; one that may run counts 1."""

Lanes: TypeAlias = tuple[tuple[int, ...], ...]
"""Operations on each qubit, in order, as indices into the program."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The order of a program's operations, as far as it matters.

    Operations in the same block of a qubit act along the same Pauli axis there, so that they
    commute. One may run once those of all earlier blocks, on each of its qubits, have run.

    Args:
        operations: Operations of the program.
        singles: Operations on one qubit.
        doubles: Operations on two qubits.
        blocks: Number of each operation's block on each of its qubits.
    """

    operations: tuple[Operation, ...]
    singles: Lanes
    doubles: Lanes
    blocks: tuple[tuple[int, ...], ...]

    @property
    def qubits(self) -> int:
        """Number of qubits."""
        return len(self.singles)

    def find_block(self, operation: int, qubit: int) -> int:
        """Return the number of an operation's block on one of its qubits."""
        return self.blocks[operation][self.operations[operation].qubits.index(qubit)]


def find_dependencies(operations: Sequence[Operation], qubits: int) -> Dependencies:
    """Return the dependencies of a sequence of operations on qubits 0 to qubits - 1."""
    axis, block = ["-"] * qubits, [0] * qubits
    singles: list[list[int]] = [[] for _ in range(qubits)]
    doubles: list[list[int]] = [[] for _ in range(qubits)]
    blocks = []
    for index, op in enumerate(operations):
        for along, qubit in zip(op.kind.axes, op.qubits, strict=True):
            block[qubit] += along == "-" or along != axis[qubit]
            axis[qubit] = along
            (singles if len(op.qubits) == 1 else doubles)[qubit].append(index)
        blocks.append(tuple(block[qubit] for qubit in op.qubits))
    lanes = tuple(map(tuple, singles)), tuple(map(tuple, doubles))
    return Dependencies(tuple(operations), *lanes, tuple(blocks))


class PendingGates:
    """The two-qubit gates that have not run yet.

    Attributes:
        count: Number of two-qubit gates left.
        partners: Partners of each qubit in its first pending gates, shape (qubits, window).
        weights: 1 for a gate that nothing holds back but distance, less for one behind others, 0
            where there is none, shape (qubits, window).
        front: Whether a gate of weight 1 is pending on a qubit, shape (qubits,).
    """

    def __init__(self, program: Dependencies, size: int) -> None:
        self.program = program
        self.count = sum(len(op.qubits) == 2 for op in program.operations)
        self.partners = np.zeros((size, _WINDOW), dtype=np.int64)
        self.weights = np.zeros((size, _WINDOW))
        self.front = np.zeros(size, dtype=bool)
        self._done = [False] * len(program.operations)
        self._next_single = [0] * size
        self._next_double = [0] * size
        self._open = [0] * size  # the block that may run now
        for qubit in range(program.qubits):
            self._skip_done(qubit)
        self.refresh(range(program.qubits))

    def find_ready(self, qubit: int) -> list[int]:
        """Return the gates on a qubit that may run now, wherever their qubits are."""
        found = []
        for gate in self._iterate_pending(qubit):
            if self.program.find_block(gate, qubit) != self._open[qubit]:
                break
            if self._is_ready(gate):
                found.append(gate)
        return found

    def take(self, gate: int) -> list[int]:
        """Take a gate off and return the one-qubit gates that must come before it, in order."""
        self._done[gate] = True
        self.count -= 1
        qubits, blocks = self.program.operations[gate].qubits, self.program.blocks[gate]
        for qubit in qubits:
            self._skip_done(qubit)
        return [
            single
            for qubit, block in zip(qubits, blocks, strict=True)
            for single in self._take_singles(qubit, block)
        ]

    def take_rest(self, qubit: int) -> list[int]:
        """Take off the one-qubit gates that are left on a qubit and return them."""
        return self._take_singles(qubit, len(self.program.operations) + 1)

    def refresh(self, qubits: Iterable[int]) -> None:
        """Bring the arrays up to date after gates on some qubits were taken off."""
        pending = {qubit: self._list_first(qubit) for qubit in qubits}
        others = {p for q, gates in pending.items() for p in self._list_partners(q, gates)}
        pending |= {qubit: self._list_first(qubit) for qubit in others - pending.keys()}
        for qubit, gates in pending.items():
            count = len(gates)
            ready = [self._is_ready(gate) for gate in gates]
            self.partners[qubit, :count] = self._list_partners(qubit, gates)
            self.weights[qubit, :count] = np.where(ready, 1.0, _BEHIND[:count])
            self.weights[qubit, count:] = 0.0
            self.front[qubit] = any(ready)

    def _iterate_pending(self, qubit: int) -> Iterator[int]:
        gates = islice(self.program.doubles[qubit], self._next_double[qubit], None)
        return (gate for gate in gates if not self._done[gate])

    def _list_first(self, qubit: int) -> list[int]:
        return list(islice(self._iterate_pending(qubit), _WINDOW))

    def _list_partners(self, qubit: int, gates: list[int]) -> list[int]:
        pairs = (self.program.operations[gate].qubits for gate in gates)
        return [b if a == qubit else a for a, b in pairs]

    def _is_ready(self, gate: int) -> bool:
        (a, b), (block_a, block_b) = self.program.operations[gate].qubits, self.program.blocks[gate]
        return block_a == self._open[a] and block_b == self._open[b]

    def _skip_done(self, qubit: int) -> None:
        lane, at = self.program.doubles[qubit], self._next_double[qubit]
        while at < len(lane) and self._done[lane[at]]:
            at += 1
        self._next_double[qubit] = at
        if at < len(lane):
            self._open[qubit] = self.program.find_block(lane[at], qubit)

    def _take_singles(self, qubit: int, block: int) -> list[int]:
        """Take off the one-qubit gates that are in earlier blocks than this and return them."""
        lane, start = self.program.singles[qubit], self._next_single[qubit]
        stop = start
        while stop < len(lane) and self.program.blocks[lane[stop]][0] < block:
            stop += 1
        self._next_single[qubit] = stop
        return list(lane[start:stop])
