"""Gates moved through what commutes with them to the SWAP that comes next on the same pair."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from qslc.ir.program import Operation


class Meetings:
    """Which pairs had a gate that everything after it, on either qubit, commutes with."""

    def __init__(self) -> None:
        self._axis: dict[int, str] = {}
        self._partners: defaultdict[int, dict[int, int]] = defaultdict(dict)

    def gate(self, qubit: int, other: int) -> int | None:
        """The number of the last such gate on a pair."""
        number = self._partners[qubit].get(other)
        return number if number == self._partners[other].get(qubit) else None

    def add(self, op: Operation, number: int) -> None:
        """A later gate, which may have two qubits or one."""
        for axis, qubit in zip(op.kind.axes, op.qubits, strict=True):
            if axis == "-" or axis != self._axis.get(qubit):
                self._partners[qubit].clear()
            self._axis[qubit] = axis
            for other in op.qubits:
                self._partners[qubit][other] = number


def beside_swaps(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """Operations in an order in which more SWAPs stand right behind a gate on the same pair.

    There a SWAP costs one gate instead of three.
    """
    ordered: list[Operation | None] = []
    meetings = Meetings()
    for op in operations:
        number = meetings.gate(*op.qubits) if op.gate == "swap" else None
        if number is not None:
            ordered.append(ordered[number])
            ordered[number] = None
        meetings.add(op, len(ordered))
        ordered.append(op)
    return tuple(op for op in ordered if op is not None)
