"""A program on a device: one of several among which the compiler chooses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qslc.ir.program import PauliString, Placement, Program


@dataclass(frozen=True, slots=True)
class Candidate:
    """A program whose two-qubit gates are on couplers; where its qubits are; how it was made."""

    program: Program
    placement: Placement
    method: str
    note: str


def placed(program: Program, places: Sequence[int], size: int) -> Program:
    """The program with qubit q on device qubit ``places[q]``, of ``size``."""
    operations = tuple(
        replace(op, qubits=tuple(places[qubit] for qubit in op.qubits)) for op in program.operations
    )
    observables = moved(program.observables, places)
    return replace(program, qubits=size, operations=operations, observables=observables)


def moved(observables: Sequence[PauliString], places: Sequence[int]) -> tuple[PauliString, ...]:
    """The observables of a program with qubit q on device qubit ``places[q]``."""
    return tuple(
        replace(each, paulis=tuple(sorted((places[qubit], p) for qubit, p in each.paulis)))
        for each in observables
    )
