"""Operations in moments: what acts at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from qslc.ir.program import Operation, Program

Moments = list[list[Operation]]


def pack_moments(program: Program) -> Moments:
    """Pack a program into moments, as it says; the order of operations on a qubit stays."""
    if program.packing == "earliest":
        return _pack_earliest(program.operations)
    forward = _align(program.operations)
    backward = _align(program.operations[::-1])[::-1]
    return backward if len(backward) < len(forward) else forward


def _pack_earliest(operations: Iterable[Operation]) -> Moments:
    """Put each operation as early as it can be, as Cirq does."""
    columns: Moments = []
    free: dict[int, int] = {}
    for op in operations:
        _put([op], _find_free([op], free), columns, free)
    return columns


def _align(operations: Sequence[Operation]) -> Moments:
    """Put two-qubit gates into the fewest moments: those of one level stand in one moment.

    The level of an operation is the number of two-qubit gates on the longest chain that ends in it.
    """
    columns: Moments = []
    free: dict[int, int] = {}
    ranked = sorted(_rank(operations), key=lambda each: each[0])
    for (_, one_qubit), group in groupby(ranked, key=lambda each: each[0]):
        level = [op for _, op in group]
        if not one_qubit:
            _put(level, _find_free(level, free), columns, free)
            continue
        for op in level:
            _put([op], _find_free([op], free), columns, free)
    return columns


def _rank(operations: Iterable[Operation]) -> list[tuple[tuple[int, bool], Operation]]:
    """Return each operation with its level, one-qubit gates after the two-qubit gates of it."""
    ranked = []
    levels: dict[int, int] = {}
    for op in operations:
        one_qubit = len(op.qubits) == 1
        level = max(levels.get(qubit, 0) for qubit in op.qubits) + (not one_qubit)
        levels.update(dict.fromkeys(op.qubits, level))
        ranked.append(((level, one_qubit), op))
    return ranked


def _find_free(operations: Iterable[Operation], free: dict[int, int]) -> int:
    return max(free.get(qubit, 0) for op in operations for qubit in op.qubits)


def _put(operations: Iterable[Operation], at: int, columns: Moments, free: dict[int, int]) -> None:
    columns.extend([] for _ in range(at + 1 - len(columns)))
    for op in operations:
        columns[at].append(op)
        free.update(dict.fromkeys(op.qubits, at + 1))
