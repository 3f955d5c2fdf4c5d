"""Rotations in Cirq circuits: reading their angles, and giving each angle a name."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import cirq
import sympy

_BY_TYPE = {cirq.XPowGate: cirq.rx, cirq.YPowGate: cirq.ry, cirq.ZPowGate: cirq.rz}


def rotation(gate: Any) -> Callable[[Any], cirq.Gate] | None:
    """``cirq.rx``, ``cirq.ry`` or ``cirq.rz`` if that is what made the gate, otherwise None."""
    kind = next((make for cls, make in _BY_TYPE.items() if isinstance(gate, cls)), None)
    return kind if kind and gate.global_shift == -0.5 else None


def radians(gate: Any) -> Any:
    """The angle t of a gate exp(-i t P / 2)."""
    return gate.exponent * (sympy.pi if cirq.is_parameterized(gate) else math.pi)


def separate(circuit: cirq.Circuit) -> tuple[cirq.Circuit, tuple[str, ...], list[sympy.Expr]]:
    """Gives each symbolic rotation a symbol of its own; the moments stay as they are.

    Returns:
        The circuit, the new symbols, and the angle in radians that each stands for.

    Raises:
        ValueError: a symbolic gate is not ``cirq.rx``, ``cirq.ry`` or ``cirq.rz``.
    """
    expressions: list[sympy.Expr] = []

    def renamed(op: cirq.Operation) -> cirq.Operation:
        if not cirq.is_parameterized(op):
            return op
        kind = rotation(op.gate)
        if kind is None:
            raise ValueError(f"{op} is symbolic, but not a rotation of one qubit")
        expressions.append(radians(op.gate))
        return kind(sympy.Symbol(f"angle_{len(expressions) - 1}")).on(*op.qubits)

    separated = cirq.Circuit(cirq.Moment(map(renamed, moment)) for moment in circuit)
    names = tuple(f"angle_{i}" for i in range(len(expressions)))
    return separated, names, expressions
