"""Drop gates on which no observable depends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from qslc.ir.program import Operation, Program


class LaterAxes:
    """The axis along which all that comes later acts on each qubit, seen from the end."""

    def __init__(self) -> None:
        self._axes: dict[int, str] = {}

    def add(self, qubits: Iterable[int], axes: Iterable[str]) -> None:
        """Note that something acts along axes of some qubits, or, for "-", along none."""
        for qubit, axis in zip(qubits, axes, strict=True):
            self._axes[qubit] = axis if self._axes.get(qubit, axis) == axis else "-"

    def commute_with(self, op: Operation) -> bool:
        """Tell whether everything later acts along the gate's own axis on each of its qubits."""
        pairs = ((self._axes.get(q), axis) for q, axis in zip(op.qubits, op.kind.axes, strict=True))
        return all(later is None or later == axis != "-" for later, axis in pairs)


def drop_outside_light_cone(program: Program) -> Program:
    """Remove the gates that commute with all that comes after them, observables included.

    In the Heisenberg picture such a gate commutes with every observable, and no expectation
    depends on it.
    """
    later = LaterAxes()
    for observable in program.observables:
        later.add(observable.qubits, (pauli for _, pauli in observable.paulis))
    seen: list[Operation] = []
    for op in reversed(program.operations):
        if not later.commute_with(op):
            seen.append(op)
            later.add(op.qubits, op.kind.axes)
    return replace(program, operations=tuple(reversed(seen)))
