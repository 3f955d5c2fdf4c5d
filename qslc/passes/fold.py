"""Merge gates that meet: of one kind, on the same qubits, with only commuting gates between."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from qslc.ir.program import Operation


def fold(
    operations: Iterable[Operation],
    key: Callable[[Operation], Hashable | None],
    merge: Callable[[Operation, Operation], Operation | None],
) -> tuple[Operation, ...]:
    """Merge every gate into the earlier gate that it meets.

    A qubit's gates form runs of a common axis. Two gates meet when on each of their qubits both
    are in the last run: all that lies between them commutes with them. Time is linear in the gates.

    Args:
        operations: Operations in order.
        key: Function whose value is equal for gates that may merge, which then act along the same
            axes of the same qubits; None for a gate that merges with no other.
        merge: Function that returns what an earlier and a later gate together are, with the same
            key and axes, or None when they cancel.

    Returns:
        The operations, each merged one where the earlier one stood.
    """
    kept: list[Operation | None] = []
    last_met: dict[Hashable, int] = {}
    wires = Wires()
    for op in operations:
        name = key(op)
        index = None if name is None else last_met.get((name, wires.find_last_runs(op)))
        if index is None:
            wires.append(op)
            last_met[name, wires.find_last_runs(op)] = len(kept)
            kept.append(op)
            continue
        earlier = kept[index]
        kept[index] = merge(earlier, op) if earlier else None
        if kept[index] is None:
            del last_met[name, wires.find_last_runs(op)]
            wires.remove(op)
    return tuple(op for op in kept if op is not None)


@dataclass(slots=True, eq=False)
class _Run:
    """Consecutive gates on one qubit that act along the same axis there, and so commute."""

    axis: str
    gates: int = 0


Runs: TypeAlias = tuple[_Run | None, ...]


class Wires:
    """The runs of every qubit."""

    def __init__(self) -> None:
        self._runs: defaultdict[int, list[_Run]] = defaultdict(list)

    def find_last_runs(self, op: Operation) -> Runs:
        """Return the last run of each of a gate's qubits, by rising qubit."""
        wires = (self._runs[qubit] for qubit in sorted(op.qubits))
        return tuple(runs[-1] if runs else None for runs in wires)

    def append(self, op: Operation) -> None:
        """Add a gate to the last runs, or begin new ones."""
        for qubit, axis in zip(op.qubits, op.kind.axes, strict=True):
            runs = self._runs[qubit]
            if not runs or axis == "-" or runs[-1].axis != axis:
                runs.append(_Run(axis))
            runs[-1].gates += 1

    def remove(self, op: Operation) -> None:
        """Take a gate out of the last runs; a run that is empty uncovers the one before it."""
        for qubit in op.qubits:
            runs = self._runs[qubit]
            runs[-1].gates -= 1
            if not runs[-1].gates:
                runs.pop()
