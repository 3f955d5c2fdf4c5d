"""Weights on which no expectation depends, by proof."""

from __future__ import annotations

from collections.abc import Sequence

from qslc.ir.program import Program
from qslc.pauli import tableau
from qslc.pauli.frame import Rotation, keep_visible, pauli_frame


def proven_dead(program: Program) -> tuple[str, ...]:
    """Return the weights whose rotations can all be left out, for all inputs and all angles.

    Two rules, until neither applies: a rotation that commutes with every later one and with every
    observable (the light cone, in the Pauli frame); and, on |0...0>, a rotation about a string of
    Z that commutes with every earlier one. Each is sound; together they need not find all.
    """
    frame = pauli_frame(program)
    kept: Sequence[Rotation] = frame.rotations
    while True:
        fewer = keep_visible(kept, frame.observables)
        if program.start == "zero":
            fewer = _drop_phases_of_zero(fewer)
        if len(fewer) == len(kept):
            break
        kept = fewer
    seen = {symbol.name for rotation in kept for symbol in rotation.angle.free_symbols}
    return tuple(name for name in program.weights if name not in seen)


def _drop_phases_of_zero(rotations: Sequence[Rotation]) -> list[Rotation]:
    """Return the rotations without those that give |0...0> a phase."""
    table = tableau.tableau(rotation.axis for rotation in rotations)
    earlier = 0
    kept = []
    for k, rotation in enumerate(rotations):
        diagonal = all(pauli == "Z" for _, pauli in rotation.axis.paulis)
        if not diagonal or tableau.anticommuting(table, rotation.axis.paulis) & earlier:
            kept.append(rotation)
            earlier |= 1 << k
    return kept
