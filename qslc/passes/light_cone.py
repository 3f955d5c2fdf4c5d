"""Drop gates on which no observable depends."""

from __future__ import annotations

from dataclasses import replace

from qslc.ir.program import Operation, Program

_SEVERAL = "several"


def drop_outside_light_cone(program: Program) -> Program:
    """Remove the gates that commute with all that comes after them, observables included.

    Seen from the end: if on each of a gate's qubits everything later acts along the gate's own
    axis there, or nothing does, then the gate commutes with every observable in the Heisenberg
    picture, and no expectation depends on it.
    """
    later: dict[int, str] = {}
    for observable in program.observables:
        for qubit, pauli in observable.paulis:
            _add_axis(later, qubit, pauli)
    seen: list[Operation] = []
    for op in reversed(program.operations):
        axes = tuple(zip(op.qubits, op.kind.axes, strict=True))
        if all(later.get(qubit, axis) == axis for qubit, axis in axes):
            continue
        seen.append(op)
        for qubit, axis in axes:
            _add_axis(later, qubit, axis)
    return replace(program, operations=tuple(reversed(seen)))


def _add_axis(later: dict[int, str], qubit: int, axis: str) -> None:
    """Note that something later acts along an axis of a qubit."""
    later[qubit] = axis if later.get(qubit, axis) == axis and axis != "-" else _SEVERAL
