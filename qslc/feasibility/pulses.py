"""Put one-qubit gates that meet into one pulse, as chips run them.

Chips turn about Z by the phase of later pulses, at once and without errors, and run what else comes
between two gates on two qubits as one pulse. So circuits of compilers that write one-qubit gates in
different ways can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable

from qslc.ir.metrics import Moments
from qslc.ir.program import Operation

_FREE = frozenset({"rz", "z", "s", "t"})
"""Rotations about Z."""


def pack_pulses(operations: Iterable[Operation], *, late: bool = False) -> Moments:
    """Pack operations into moments of two-qubit gates, and between them moments of pulses.

    A moment of pulses may hold several one-qubit gates on a qubit, in order.

    Args:
        operations: Operations on at most two qubits.
        late: Whether each is as late as it can be, instead of as early.
    """
    ordered = list(operations)[:: -1 if late else 1]
    levels: dict[int, int] = {}
    groups: dict[tuple[int, bool], list[Operation]] = {}
    for op in ordered:
        one = len(op.qubits) == 1
        level = max(levels.get(qubit, 0) for qubit in op.qubits) + (not one)
        levels.update(dict.fromkeys(op.qubits, level))
        groups.setdefault((level, one), []).append(op)
    columns = [groups[key] for key in sorted(groups)]
    return [column[::-1] for column in columns[::-1]] if late else columns


def find_pulses(column: list[Operation]) -> dict[int, Operation]:
    """Find the operations of a moment behind which errors act, by their positions in it.

    Two-qubit gates, and on each qubit that a pulse turns otherwise than about Z the last operation.
    """
    turned = {op.qubits[0] for op in column if len(op.qubits) == 1 and op.gate not in _FREE}
    last = {op.qubits: number for number, op in enumerate(column)}
    return {
        number: column[number]
        for qubits, number in last.items()
        if len(qubits) == 2 or qubits[0] in turned
    }
