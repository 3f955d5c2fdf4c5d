"""Leave out gates at the end that only rename what is measured."""

from __future__ import annotations

from dataclasses import replace

from qslc.ir.program import Operation, Program
from qslc.passes.light_cone import LaterAxes
from qslc.pauli import tableau


def absorb_cliffords(program: Program) -> Program:
    """Move trailing gates into the observables.

    A gate U that nothing after it keeps in place is taken out when U^dagger P U is one Pauli
    string, with a sign, for every observable P, which then stands for P. Observables that could
    be measured in one setting, qubit by qubit, before still can be after.
    """
    table = tableau.make_tableau(program.observables)
    together = tableau.are_measurable_together(table)
    kept: list[Operation] = []
    later = LaterAxes()
    for op in reversed(program.operations):
        last = later.commute_with(op)
        absorbed = tableau.apply_gate(table, op, inverse=True) if last else None
        if absorbed is None or (
            together and not tableau.are_measurable_together(absorbed, op.qubits)
        ):
            kept.append(op)
            later.add(op.qubits, op.kind.axes)
        else:
            table = absorbed
    return replace(
        program, operations=tuple(reversed(kept)), observables=tableau.list_strings(table)
    )
