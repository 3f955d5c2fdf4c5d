"""A program as a search sees it."""

from __future__ import annotations

from dataclasses import dataclass

from qslc.ir.program import Program
from qslc.lower.synthesis.moves import Letters, alphabet
from qslc.lower.synthesis.rotations import RotationForm, rotation_form


@dataclass(frozen=True)
class Problem:
    """A program, its Pauli-rotation form, and the moves that are enough for it."""

    program: Program
    form: RotationForm
    letters: tuple[Letters, ...]


def problem(program: Program) -> Problem:
    """What a search needs to know of a program."""
    form = rotation_form(program)
    return Problem(program, form, alphabet(form, program.operations))
