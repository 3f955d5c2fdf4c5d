"""Native gates: every two-qubit gate becomes the CZ or CNOT gates that the device has.

One-qubit gates are native everywhere. CNOT and CZ turn into each other by RY(+-pi/2) on the
target, which keeps real circuits real and fuses with neighbouring RY rotations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sympy

from qslc.ir.program import Operation, Program
from qslc.targets.device import Device

_QUARTER = sympy.pi / 2
Gates = tuple[Operation, ...]


def native(program: Program, device: Device) -> Program:
    """The program in the device's two-qubit gates, equal up to a global phase.

    A rotation of two qubits takes two gates, a SWAP three; a SWAP next to a two-qubit gate on the
    same pair takes one more than that gate alone (Vatan and Williams 2004: no more than three).

    Two-qubit gates are aligned: they stand in as few moments as possible.

    Args:
        program: its two-qubit gates act on coupled pairs.
        device: has "cz", "cnot" or both among its gates.
    """
    operations = tuple(_lowered(program.operations, device.gates))
    return replace(program, operations=operations, packing="aligned")


def _lowered(operations: Sequence[Operation], gates: tuple[str, ...]) -> list[Operation]:
    groups: list[Gates] = []
    last: dict[int, int] = {}
    for op in operations:
        before = {last.get(qubit, -1) for qubit in op.qubits}
        neighbour = groups[min(before)] if len(before) == 1 and -1 not in before else ()
        merged = _merged(neighbour, op, gates) if len(op.qubits) == 2 else ()
        if merged:
            groups[min(before)] = merged
            continue
        last.update(dict.fromkeys(op.qubits, len(groups)))
        groups.append((op,) if op.gate == "swap" else _entangled(op, gates))
    return [gate for group in groups for op in group for gate in _as_native(op, gates)]


def _merged(neighbour: Gates, op: Operation, gates: tuple[str, ...]) -> Gates:
    """A SWAP and the gate before or after it on the same pair as one group, if they are that."""
    if len({qubit for gate in neighbour for qubit in gate.qubits}) != 2:
        return ()
    swaps = [gate.gate for gate in neighbour].count("swap")
    if op.gate == "swap" and not swaps:
        return _then_swap(neighbour, op.qubits)
    if op.gate != "swap" and len(neighbour) == swaps == 1:
        return _then_swap(_entangled(_exchanged(op, op.qubits), gates), op.qubits)
    return ()


def _then_swap(group: Gates, pair: tuple[int, ...]) -> Gates:
    """The gates of a group on a pair, and then the pair swapped: one CNOT more, not three."""
    at = max(i for i, op in enumerate(group) if len(op.qubits) == 2)
    tail = tuple(_exchanged(op, pair) for op in group[at + 1 :])
    return (*group[:at], *_entangler_and_swap(group[at]), *tail)


def _entangler_and_swap(op: Operation) -> Gates:
    control, target = op.qubits
    both = (_cnot(target, control), _cnot(control, target))
    if op.gate == "cnot":
        return both
    return (_ry(_QUARTER, target), *both, _ry(-_QUARTER, control))


def _exchanged(op: Operation, pair: tuple[int, ...]) -> Operation:
    other = dict(zip(pair, reversed(pair), strict=True))
    return replace(op, qubits=tuple(other[qubit] for qubit in op.qubits))


def _entangled(op: Operation, gates: tuple[str, ...]) -> Gates:
    """A rotation of two qubits as one-qubit rotations around two CZ or CNOT; other gates as is.

    Conjugating by CZ takes X and Y of one qubit to XZ and YZ, and by CNOT X of the control to XX;
    around a rotation by half the angle they make it a controlled one.
    """
    if len(op.qubits) == 1 or op.angle is None:
        return (op,)
    (a, b), angle, half = op.qubits, op.angle, op.angle / 2
    cnot, cz = _cnot(a, b), Operation("cz", (a, b))
    if op.gate == "rxx":
        return (cnot, Operation("rx", (a,), angle), cnot)
    if op.gate == "ryy":
        there, back = Operation("rx", (b,), _QUARTER), Operation("rx", (b,), -_QUARTER)
        return (there, cz, _ry(angle, a), cz, back)
    if op.gate == "rzz":
        return _rzz(angle, a, b, gates)
    if op.gate == "crz":
        return (Operation("rz", (b,), half), *_rzz(-half, a, b, gates))
    mirror = cnot if op.gate == "cry" and "cz" not in gates else cz
    rotation = f"r{op.gate[-1]}"
    return (Operation(rotation, (b,), half), mirror, Operation(rotation, (b,), -half), mirror)


def _rzz(angle: sympy.Expr, a: int, b: int, gates: tuple[str, ...]) -> Gates:
    if "cz" not in gates:
        return (_cnot(a, b), Operation("rz", (b,), angle), _cnot(a, b))
    cz = Operation("cz", (a, b))
    return (_ry(-_QUARTER, b), cz, Operation("rx", (b,), -angle), cz, _ry(_QUARTER, b))


def _as_native(op: Operation, gates: tuple[str, ...]) -> Gates:
    if len(op.qubits) == 1 or op.gate in gates:
        return (op,)
    control, target = op.qubits
    if op.gate == "swap":
        three = (_cnot(control, target), _cnot(target, control), _cnot(control, target))
        return tuple(gate for cnot in three for gate in _as_native(cnot, gates))
    turn = -_QUARTER if op.gate == "cnot" else _QUARTER
    other = "cz" if op.gate == "cnot" else "cnot"
    return (_ry(turn, target), Operation(other, op.qubits), _ry(-turn, target))


def _cnot(control: int, target: int) -> Operation:
    return Operation("cnot", (control, target))


def _ry(angle: sympy.Expr, qubit: int) -> Operation:
    return Operation("ry", (qubit,), angle)
