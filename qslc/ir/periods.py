"""Angles as they are written: constant parts within one period of their gate."""

from __future__ import annotations

from dataclasses import replace

import sympy

from qslc.ir.angles import PERIOD, TURN, reduced
from qslc.ir.program import Operation, Program


def period(op: Operation) -> sympy.Expr:
    """By how much the angle of a rotation may change, with no effect but on a global phase."""
    return PERIOD if op.kind.controlled else TURN


def within_period(op: Operation) -> Operation:
    """The operation with the constant part of its angle in (-pi, pi].

    A control shows the sign of a rotation by 2 pi, so there it is (-2 pi, 2 pi].
    """
    if op.angle is None:
        return op
    angle = reduced(op.angle, period(op))
    return op if angle is op.angle else replace(op, angle=angle)


def all_within_period(program: Program) -> Program:
    """The program with every angle within one period; equal up to a global phase."""
    return replace(program, operations=tuple(map(within_period, program.operations)))
