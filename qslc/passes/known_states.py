"""Gates that a known state of a qubit makes smaller."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from qslc.ir.program import Operation, Program


@dataclass(frozen=True, slots=True)
class _Eigenstate:
    """A qubit is, unentangled, in the eigenstate of a Pauli operator with eigenvalue ``sign``."""

    pauli: str
    sign: int


_CONJUGATED: Mapping[str, Mapping[str, tuple[str, int]]] = MappingProxyType(
    {
        "h": {"X": ("Z", 1), "Y": ("Y", -1), "Z": ("X", 1)},
        "x": {"X": ("X", 1), "Y": ("Y", -1), "Z": ("Z", -1)},
        "z": {"X": ("X", -1), "Y": ("Y", -1), "Z": ("Z", 1)},
        "s": {"X": ("Y", 1), "Y": ("X", -1), "Z": ("Z", 1)},
    }
)
"""U P U^dagger and its sign."""


def simplify_known_states(program: Program) -> Program:
    """Makes gates smaller on qubits whose state is still known, from |0...0> on.

    A gate that acts along an axis on a qubit in an eigenstate of that axis acts there as a number:
    it does nothing, or only its action on the other qubit is left. A program whose input state
    comes from outside stays as it is.
    """
    if program.start != "zero":
        return program
    states = dict.fromkeys(range(program.qubits), _Eigenstate("Z", 1))
    operations = tuple(left for op in program.operations for left in _step(op, states))
    return replace(program, operations=operations)


def _step(op: Operation, states: dict[int, _Eigenstate]) -> Iterator[Operation]:
    """What is left of a gate; keeps the known states up to date."""
    left = _two_qubit(op, states) if len(op.qubits) == 2 else op
    if left is None or _is_number(left, states):
        return
    _update(states, left)
    yield left


def _is_number(op: Operation, states: Mapping[int, _Eigenstate]) -> bool:
    state = states.get(op.qubits[0])
    return len(op.qubits) == 1 and state is not None and state.pauli == op.kind.axes


def _two_qubit(op: Operation, states: Mapping[int, _Eigenstate]) -> Operation | None:
    """A two-qubit gate, or what is left of it on one qubit."""
    known = [states.get(qubit) for qubit in op.qubits]
    if op.gate == "swap":
        return None if known[0] is not None and known[0] == known[1] else op
    for side, state in enumerate(known):
        if state is not None and state.pauli == op.kind.axes[side]:
            return _other_side(op, 1 - side, state.sign)
    return op


def _other_side(op: Operation, side: int, sign: int) -> Operation | None:
    """The action on one qubit when the other is an eigenstate of the gate's axis there."""
    axis, qubit = op.kind.axes[side].lower(), op.qubits[side : side + 1]
    if op.angle is None:
        return Operation(axis, qubit) if sign < 0 else None
    if not op.kind.controlled:
        return Operation(f"r{axis}", qubit, sign * op.angle)
    if side == 0:
        # Control 1 gets the phase exp(-i sign angle / 2).
        return Operation("rz", qubit, -sign * op.angle / 2)
    return Operation(f"r{axis}", qubit, op.angle) if sign < 0 else None


def _update(states: dict[int, _Eigenstate], op: Operation) -> None:
    before = {qubit: states.pop(qubit, None) for qubit in op.qubits}
    if op.gate == "swap":
        after = dict(zip(before, reversed(before.values()), strict=True))
    elif op.gate in _CONJUGATED:
        after = {qubit: _conjugated(op.gate, state) for qubit, state in before.items()}
    else:
        return
    states.update((qubit, state) for qubit, state in after.items() if state is not None)


def _conjugated(gate: str, state: _Eigenstate | None) -> _Eigenstate | None:
    if state is None:
        return None
    pauli, sign = _CONJUGATED[gate][state.pauli]
    return _Eigenstate(pauli, sign * state.sign)
