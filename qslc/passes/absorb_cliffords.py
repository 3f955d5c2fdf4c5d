"""Leave out gates at the end that only rename what is measured."""

from __future__ import annotations

from dataclasses import replace

import sympy

from qslc.ir.angles import count_quarter_turns
from qslc.ir.decompositions import Factors, decompose_to_rotations
from qslc.ir.program import Operation, Program
from qslc.pauli import tableau
from qslc.pauli.tableau import Tableau


def absorb_cliffords(program: Program) -> Program:
    """Move trailing gates into the observables.

    A gate U that nothing after it keeps in place is taken out when U^dagger P U is one Pauli
    string, with a sign, for every observable P, which then stands for P. Observables that could
    be measured in one setting, qubit by qubit, before still can be after.
    """
    table = tableau.make_tableau(program.observables)
    together = tableau.are_measurable_together(table)
    kept: list[Operation] = []
    fence: dict[int, str] = {}
    for op in reversed(program.operations):
        absorbed = _absorb(table, op) if _is_trailing(op, fence) else None
        if absorbed is None or (
            together and not tableau.are_measurable_together(absorbed, op.qubits)
        ):
            kept.append(op)
            _extend(fence, op)
        else:
            table = absorbed
    return replace(
        program, operations=tuple(reversed(kept)), observables=tableau.list_strings(table)
    )


def _absorb(table: Tableau, op: Operation) -> Tableau | None:
    """Return the observables before a gate, or None where one is no single Pauli string."""
    for paulis, angle in reversed(decompose_to_rotations(op)):
        rotated = _rotate(table, paulis, angle)
        if rotated is None:
            return None
        table = rotated
    return table


def _rotate(table: Tableau, paulis: Factors, angle: sympy.Expr) -> Tableau | None:
    if not tableau.find_anticommuting(table, paulis):
        return table
    turns = count_quarter_turns(angle)
    for _ in range(turns % 4 if turns is not None else 0):
        table = tableau.turn_by_quarter(table, paulis)
    return None if turns is None else table


def _is_trailing(op: Operation, fence: dict[int, str]) -> bool:
    """Return whether the gate commutes with all the kept gates after it."""
    axes = zip(op.qubits, op.kind.axes, strict=True)
    return all(qubit not in fence or fence[qubit] == axis != "-" for qubit, axis in axes)


def _extend(fence: dict[int, str], op: Operation) -> None:
    """Note the axis along which kept gates act on each qubit, "-" where there is none."""
    for qubit, axis in zip(op.qubits, op.kind.axes, strict=True):
        fence[qubit] = axis if fence.get(qubit, axis) == axis else "-"
