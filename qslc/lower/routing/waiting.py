"""The two-qubit gates of a program that still wait to be done, as a router looks at them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np

from qslc.lower.routing.dependencies import Dependencies

_WINDOW = 8
_BEHIND = 0.5 * 0.8 ** np.arange(_WINDOW)


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
        self.left = sum(len(op.qubits) == 2 for op in program.operations)
        self.partners = np.zeros((size, _WINDOW), dtype=np.int64)
        self.weights = np.zeros((size, _WINDOW))
        self.front = np.zeros(size, dtype=bool)
        self._done = [False] * len(program.operations)
        self._next_single = [0] * size
        self._next_double = [0] * size
        self._open = [0] * size  # the block that may be done now
        for qubit in range(len(program.lanes)):
            self._pass_done(qubit)
        self.refresh(range(len(program.lanes)))

    def ready(self, qubit: int) -> list[int]:
        """The gates on a qubit that may be done now, wherever their qubits are."""
        found = []
        for gate in self._coming(qubit):
            if self.program.block(gate, qubit) != self._open[qubit]:
                break
            if self._is_ready(gate):
                found.append(gate)
        return found

    def do(self, gate: int) -> list[int]:
        """Takes a gate off; the one-qubit gates that must come before it, in order."""
        self._done[gate] = True
        self.left -= 1
        qubits, blocks = self.program.operations[gate].qubits, self.program.blocks[gate]
        for qubit in qubits:
            self._pass_done(qubit)
        return [
            single
            for qubit, block in zip(qubits, blocks, strict=True)
            for single in self._singles(qubit, block)
        ]

    def rest(self, qubit: int) -> list[int]:
        """The one-qubit gates that are left on a qubit."""
        return self._singles(qubit, len(self.program.operations) + 1)

    def refresh(self, qubits: Iterable[int]) -> None:
        """Brings the arrays up to date after gates on some qubits were done."""
        windows = {qubit: self._window(qubit) for qubit in qubits}
        others = {p for q, gates in windows.items() for p in self._others(q, gates)}
        windows |= {qubit: self._window(qubit) for qubit in others if qubit not in windows}
        for qubit, gates in windows.items():
            count = len(gates)
            ready = [self._is_ready(gate) for gate in gates]
            self.partners[qubit, :count] = self._others(qubit, gates)
            self.weights[qubit, :count] = np.where(ready, 1.0, _BEHIND[:count])
            self.weights[qubit, count:] = 0.0
            self.front[qubit] = any(ready)

    def _coming(self, qubit: int) -> Iterator[int]:
        """The gates that wait on a qubit, in order."""
        gates = islice(self.program.lanes[qubit].double, self._next_double[qubit], None)
        return (gate for gate in gates if not self._done[gate])

    def _window(self, qubit: int) -> list[int]:
        return list(islice(self._coming(qubit), _WINDOW))

    def _others(self, qubit: int, gates: list[int]) -> list[int]:
        pairs = (self.program.operations[gate].qubits for gate in gates)
        return [b if a == qubit else a for a, b in pairs]

    def _is_ready(self, gate: int) -> bool:
        (a, b), (block_a, block_b) = self.program.operations[gate].qubits, self.program.blocks[gate]
        return block_a == self._open[a] and block_b == self._open[b]

    def _pass_done(self, qubit: int) -> None:
        lane, at = self.program.lanes[qubit].double, self._next_double[qubit]
        while at < len(lane) and self._done[lane[at]]:
            at += 1
        self._next_double[qubit] = at
        if at < len(lane):
            self._open[qubit] = self.program.block(lane[at], qubit)

    def _singles(self, qubit: int, block: int) -> list[int]:
        """Takes off the one-qubit gates that are in earlier blocks than this."""
        lane, start = self.program.lanes[qubit].single, self._next_single[qubit]
        stop = start
        while stop < len(lane) and self.program.blocks[lane[stop]][0] < block:
            stop += 1
        self._next_single[qubit] = stop
        return list(lane[start:stop])
