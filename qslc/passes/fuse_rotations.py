"""Fuse rotations about the same axis that meet into one by the sum of their angles."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

import sympy

from qslc.ir.angles import find_period, normalize
from qslc.ir.gates import GATES
from qslc.ir.program import Operation, Program
from qslc.passes.fold import fold


def fuse_rotations(program: Program) -> Program:
    """Add the angles of rotations that meet, drop those by zero and name those by a constant.

    X, Z, S and T take part as rotations, and a rotation by just their angle becomes the named
    gate. Both hold up to a global phase, which an uncontrolled gate does not show.
    """
    acting = (op for op in program.operations if not _does_nothing(op))
    operations = tuple(_name_by_constant(op) for op in fold(acting, _make_key, _add))
    return replace(program, operations=operations)


def _make_key(op: Operation) -> Hashable | None:
    if op.angle is None and op.kind.turn is None:
        return None
    return _name_rotation(op), tuple(sorted(op.qubits)) if op.kind.symmetric else op.qubits


def _name_rotation(op: Operation) -> str:
    return f"r{op.kind.axes.lower()}" if op.angle is None else op.gate


def _find_angle(op: Operation) -> sympy.Expr:
    if op.angle is None:
        return sympy.pi * sympy.Rational(op.kind.turn)
    return op.angle


def _add(first: Operation, second: Operation) -> Operation | None:
    total = Operation(_name_rotation(first), first.qubits, _find_angle(first) + _find_angle(second))
    total = replace(total, angle=normalize(total.angle, find_period(total)))
    return None if _does_nothing(total) else total


def _does_nothing(op: Operation) -> bool:
    """Return whether a rotation is a global phase."""
    return op.angle is not None and bool(normalize(op.angle, find_period(op)) == 0)


def _name_by_constant(op: Operation) -> Operation:
    if op.angle is None or op.angle.free_symbols:
        return op
    turn = sympy.Mod(op.angle / sympy.pi, 2)
    about = (gate for gate in GATES.values() if f"r{gate.axes.lower()}" == op.gate)
    name = next((gate.name for gate in about if gate.turn == turn), None)
    return op if name is None else Operation(name, op.qubits)
