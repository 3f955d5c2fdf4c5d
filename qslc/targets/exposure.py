"""What the qubits of a program go through, wherever they lie on a device."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from qslc.ir.metrics import used_qubits
from qslc.ir.moments import moments
from qslc.ir.program import Operation, Program
from qslc.targets.calibration import Calibration

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a native program exposes its qubits to.

    Args:
        qubits: those that a gate acts on or an observable measures, in order.
        one_qubit: number of one-qubit gates, by qubit.
        two_qubit: number of two-qubit gates, by pair of qubits, the smaller first.
        measured: the qubits of the observables.
        waiting_ns: time in nanoseconds that each qubit idles while it holds a state.
    """

    qubits: tuple[int, ...]
    one_qubit: Counter[int]
    two_qubit: Counter[Pair]
    measured: frozenset[int]
    waiting_ns: dict[int, float]


def exposure(program: Program, calibration: Calibration) -> Exposure:
    """The exposure of a native program, whose gates take as long as calibrated."""
    operations, qubits = program.operations, used_qubits(program)
    measured = frozenset(q for observable in program.observables for q in observable.qubits)
    return Exposure(
        qubits,
        Counter(op.qubits[0] for op in operations if len(op.qubits) == 1),
        Counter((min(op.qubits), max(op.qubits)) for op in operations if len(op.qubits) == 2),
        measured,
        _waiting(program, qubits, measured, calibration),
    )


def _waiting(
    program: Program, qubits: tuple[int, ...], measured: frozenset[int], calibration: Calibration
) -> dict[int, float]:
    """The idle time of each qubit, in the program's moments.

    A qubit holds a state from its first gate (from the beginning, where an encoded vector is put
    there) to its last, or to the end if it is measured.
    """
    waiting = dict.fromkeys(qubits, 0.0)
    holding = set(qubits) if program.start == "any" else set[int]()
    gates_left = Counter(qubit for op in program.operations for qubit in op.qubits)
    for column in moments(program):
        busy = {qubit: _duration(op, calibration) for op in column for qubit in op.qubits}
        length = max(busy.values())
        holding |= busy.keys()
        for qubit in holding:
            waiting[qubit] += length - busy.get(qubit, 0.0)
        gates_left.subtract(busy.keys())
        holding -= {qubit for qubit in busy if not gates_left[qubit]} - measured
    return waiting


def _duration(op: Operation, calibration: Calibration) -> float:
    return calibration.one_qubit_ns if len(op.qubits) == 1 else calibration.two_qubit_ns
