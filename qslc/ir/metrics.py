"""Moments of a circuit, and its counts and depths in the two-qubit gates of its device."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from qslc.ir.angles import count_independent
from qslc.ir.decompositions import count_two_qubit_gates
from qslc.ir.program import Operation, Program

Moments = list[list[Operation]]


@dataclass(frozen=True, slots=True)
class Metrics:
    """Counts of a program.

    ``depth`` counts moments, ``two_qubit_depth`` those that hold a two-qubit gate. A gate counts as
    many two-qubit gates and moments as it takes on the device, ``Program.native``: with CZ a SWAP
    three, a controlled or two-qubit rotation two. ``parameters`` are the independent combinations
    of weights that the gates see, at most the number of weights.
    """

    qubits: int
    depth: int
    two_qubit_depth: int
    two_qubit_gates: int
    one_qubit_gates: int
    parameters: int


def count_metrics(program: Program) -> Metrics:
    """Count a program, over the qubits that it uses or measures."""
    operations, columns = program.operations, pack_moments(program)
    costs = {op.gate: count_two_qubit_gates(op.gate, program.native) for op in operations}
    return Metrics(
        qubits=len(find_used_qubits(program)),
        depth=len(columns),
        two_qubit_depth=sum(max(costs[op.gate] for op in column) for column in columns),
        two_qubit_gates=sum(costs[op.gate] for op in operations),
        one_qubit_gates=sum(len(op.qubits) == 1 for op in operations),
        parameters=count_independent((op.angle for op in operations), program.weights),
    )


def find_used_qubits(program: Program) -> tuple[int, ...]:
    """Return the qubits that a gate acts on or an observable measures, in order."""
    acted = {qubit for op in program.operations for qubit in op.qubits}
    measured = {qubit for observable in program.observables for qubit in observable.qubits}
    return tuple(sorted(acted | measured))


def count_levels(operations: Iterable[Operation], weight: Callable[[Operation], int]) -> int:
    """Return the length of the longest chain of operations, each as early as it can be."""
    reached: dict[int, int] = {}
    for op in operations:
        level = max((reached.get(qubit, 0) for qubit in op.qubits), default=0) + weight(op)
        reached.update(dict.fromkeys(op.qubits, level))
    return max(reached.values(), default=0)


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
    """Put two-qubit gates into the fewest moments: those of one level stand in one moment."""
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
    """Return each operation with the two-qubit gates on the longest chain that ends in it."""
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
