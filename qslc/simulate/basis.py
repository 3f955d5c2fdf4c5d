"""Gates in terms of those that the generated layer has steps for, up to a global phase.

What remains: gates on one qubit, CNOT, CZ, RZ and RZZ. An angle that depends on the input stays
only in RZ and RZZ, which are diagonal, and in the gates that act on a qubit first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain

import sympy

from qslc.ir.program import Operation

INVERSE_OF_S = "sdg"

_INVERSE = {"h": "h", "x": "x", "z": "z", "s": INVERSE_OF_S, INVERSE_OF_S: "s"}


def two_qubit_basis(op: Operation) -> tuple[Operation, ...]:
    """One gate as gates on one qubit, CNOT, CZ, CRZ and RZZ."""
    if op.angle is None or len(op.qubits) == 1:
        return _swap(*op.qubits) if op.gate == "swap" else (op,)
    first, second = op.qubits
    match op.gate:
        case "cry":
            return _controlled_ry(first, second, op.angle)
        case "crx":
            return _conjugated(Operation("crz", op.qubits, op.angle), "h", second)
        case "rxx":
            return _conjugated(Operation("rzz", op.qubits, op.angle), "h", first, second)
        case "ryy":
            inner = _conjugated(Operation("rzz", op.qubits, op.angle), "h", first, second)
            return _from_x_to_y(inner, first, second)
    return (op,)


def diagonal_basis(op: Operation) -> tuple[Operation, ...]:
    """A rotation RX, RY or RZ as RZ between fixed gates."""
    rotation = Operation("rz", op.qubits, op.angle)
    if op.gate == "rz":
        return (rotation,)
    about_x = _conjugated(rotation, "h", *op.qubits)
    return about_x if op.gate == "rx" else _from_x_to_y(about_x, *op.qubits)


def cancelled(operations: Iterable[Operation]) -> list[Operation]:
    """The operations without pairs of inverse fixed gates that meet on a qubit.

    Two rotations about X share a qubit only through such a pair, which would keep them apart.
    """
    kept: dict[int, Operation] = {}
    last: dict[int, list[int]] = defaultdict(list)
    for place, op in enumerate(operations):
        before = last[op.qubits[0]]
        if len(op.qubits) == 1 and before and kept[before[-1]] == _inverse(op):
            del kept[before.pop()]
            continue
        kept[place] = op
        for qubit in op.qubits:
            last[qubit].append(place)
    return list(kept.values())


def _inverse(op: Operation) -> Operation | None:
    return Operation(_INVERSE[op.gate], op.qubits) if op.gate in _INVERSE else None


def _swap(a: int, b: int) -> tuple[Operation, ...]:
    return tuple(Operation("cnot", pair) for pair in ((a, b), (b, a), (a, b)))


def _controlled_ry(control: int, target: int, angle: sympy.Expr) -> tuple[Operation, ...]:
    cnot = Operation("cnot", (control, target))
    half = angle / 2
    return (
        Operation("ry", (target,), half),
        cnot,
        Operation("ry", (target,), -half),
        cnot,
    )


def _conjugated(
    op: Operation | tuple[Operation, ...], gate: str, *qubits: int
) -> tuple[Operation, ...]:
    around = tuple(Operation(gate, (qubit,)) for qubit in qubits)
    inner = (op,) if isinstance(op, Operation) else op
    return (*around, *inner, *around)


def _from_x_to_y(inner: tuple[Operation, ...], *qubits: int) -> tuple[Operation, ...]:
    """S P S^-1 turns X into Y: S^-1 acts first."""
    before = tuple(Operation(INVERSE_OF_S, (qubit,)) for qubit in qubits)
    after = tuple(Operation("s", (qubit,)) for qubit in qubits)
    return tuple(chain(before, inner, after))
