"""Moments of a circuit, and its counts and depths in the two-qubit gates of its device."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

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
    operations = program.operations
    if program.packing == "earliest":  # as Cirq does
        return _pack([op] for op in operations)
    forward = _pack(_group_by_level(operations))
    backward = _pack(_group_by_level(operations[::-1]))[::-1]
    return backward if len(backward) < len(forward) else forward


def _pack(groups: Iterable[list[Operation]]) -> Moments:
    """Put each group of operations into one moment, as early as it can be."""
    columns: Moments = []
    free: dict[int, int] = {}
    for group in groups:
        at = max(free.get(qubit, 0) for op in group for qubit in op.qubits)
        columns.extend([] for _ in range(at + 1 - len(columns)))
        columns[at] += group
        free.update((qubit, at + 1) for op in group for qubit in op.qubits)
    return columns


def _group_by_level(operations: Iterable[Operation]) -> Iterator[list[Operation]]:
    """Yield the two-qubit gates of a level together, then the one-qubit gates that follow singly.

    The level of an operation is the number of two-qubit gates on the longest chain that ends in it.
    """
    levels: dict[int, int] = {}
    groups: dict[tuple[int, bool], list[Operation]] = {}
    for op in operations:
        one_qubit = len(op.qubits) == 1
        level = max(levels.get(qubit, 0) for qubit in op.qubits) + (not one_qubit)
        levels.update(dict.fromkeys(op.qubits, level))
        groups.setdefault((level, one_qubit), []).append(op)
    for (_, one_qubit), group in sorted(groups.items(), key=lambda item: item[0]):
        yield from ([op] for op in group) if one_qubit else [group]
