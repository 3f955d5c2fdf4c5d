"""Gates in terms of others: the circuits that the table of gates holds as texts.

A circuit is a text such as "rz(t/2) b; cnot a b; rz(-t/2) b; cnot a b": the first gate acts first,
a and b are the qubits and t is the angle of the gate that it stands for. An angle is a number in
radians, or t or pi with a factor in front or a divisor behind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import sympy

from qslc.diagnostics import CompilerFaultError
from qslc.ir.angles import normalize
from qslc.ir.gate import Gate, Native
from qslc.ir.gates import GATES, find_gate
from qslc.ir.matrices import Matrix, freeze, rotation_matrix
from qslc.ir.program import Operation
from qslc.ir.state_vector import apply_matrix, list_entries

_ANY_ANGLE = 0.7390851
Operations: TypeAlias = tuple[Operation, ...]

_PART = re.compile(r"(?P<gate>\w+)(?:\((?P<angle>[^)]*)\))? (?P<qubits>[ab]|a b|b a)")
_ANGLE = re.compile(r"(?P<minus>-?)(?:(?P<factor>\d+)\*)?(?P<unit>t|pi)(?:/(?P<divisor>\d+))?")
_TO_ZY = (
    {"X": ("ry", -sympy.pi / 2), "Y": ("rx", sympy.pi / 2)},
    {"X": ("rz", sympy.pi / 2), "Z": ("rx", -sympy.pi / 2)},
)
"""Rotations that take a Pauli operator to Z on the first qubit, and to Y on the second."""


@dataclass(frozen=True, slots=True)
class Part:
    """A gate of a circuit text.

    Args:
        gate: Name of the gate.
        places: 0 for a, 1 for b.
        angle: A constant in radians, or the factor of t; None for a gate without an angle.
        of_angle: Whether the angle is a multiple of t.
    """

    gate: str
    places: tuple[int, ...]
    angle: sympy.Expr | None
    of_angle: bool


@lru_cache(maxsize=1024)
def parse(text: str) -> tuple[Part, ...]:
    """Read a circuit text.

    Raises:
        ValueError: The text is no such circuit.
    """
    return tuple(map(_parse_part, text.split("; ")))


def _parse_part(text: str) -> Part:
    found = _PART.fullmatch(text)
    if not found:
        raise ValueError(f"no gate on a or b: {text!r}")
    angle, of_angle = (None, False) if found["angle"] is None else _parse_angle(found["angle"])
    return Part(
        found["gate"], tuple("ab".index(q) for q in found["qubits"].split()), angle, of_angle
    )


def _parse_angle(text: str) -> tuple[sympy.Expr, bool]:
    found = _ANGLE.fullmatch(text)
    if not found:
        return _snap_angle(float(text)), False
    sign = -1 if found["minus"] else 1
    factor = sympy.Rational(sign * int(found["factor"] or 1), int(found["divisor"] or 1))
    return (factor, True) if found["unit"] == "t" else (factor * sympy.pi, False)


def _snap_angle(radians: float) -> sympy.Expr:
    """Return an angle as a multiple of pi/4 if it is one, so that Clifford gates stay so."""
    eighths = round(4 * radians / float(sympy.pi))
    near = eighths * sympy.pi / 4
    return near if abs(float(near) - radians) < 1e-12 else sympy.Float(radians)


def expand(text: str, qubits: tuple[int, ...], angle: sympy.Expr | None = None) -> Operations:
    """Return a circuit text as operations.

    Args:
        text: Circuit.
        qubits: The qubits a and b.
        angle: The angle t in radians, if the text has one.
    """
    return tuple(
        Operation(
            part.gate,
            tuple(qubits[place] for place in part.places),
            angle * part.angle if part.of_angle and angle is not None else part.angle,
        )
        for part in parse(text)
    )


@lru_cache(maxsize=1024)
def check_circuits(gate: Gate) -> None:
    """Check that the circuits of an entry are its gate.

    Raises:
        CompilerFaultError: One of them is another gate; the message names the entry.
    """
    wanted = gate.matrix(_ANY_ANGLE if gate.rotation else None)
    for text in filter(None, (gate.definition, gate.steps, *gate.entangled)):
        if not _is_circuit(gate, text, wanted):
            raise CompilerFaultError(f"the gate {gate.name!r} is not the circuit {text!r}")


@lru_cache(maxsize=1024)
def check_native(gate: Gate) -> None:
    """Check the circuits in which a device's gate makes others.

    Raises:
        CompilerFaultError: One of them is another gate; the message names it and the entry.
    """
    native = gate.native
    if native is None:
        return
    rotation = native.rotation(_ANY_ANGLE) if native.rotation else ""
    circuits = {
        "CNOT": (native.cnot, GATES["cnot"].matrix()),
        "CZ": (native.cz, GATES["cz"].matrix()),
        "CNOT and its reverse": (native.exchange, _multiply("cnot a b; cnot b a", 2)),
        "SWAP": (native.swap, GATES["swap"].matrix()),
        "exp(-i t ZY / 2)": (rotation, rotation_matrix("ZY", _ANY_ANGLE)),
    }
    for name, (text, wanted) in circuits.items():
        if text and not _is_circuit(gate, text, wanted):
            raise CompilerFaultError(f"{name} by the gate {gate.name!r} is not {text!r}")


def _is_circuit(gate: Gate, text: str, wanted: Matrix) -> bool:
    """Tell whether a circuit of the entry of a gate has a matrix, up to a global phase."""
    try:
        difference = _multiply(text, wanted.shape[0].bit_length() - 1).conj().T @ wanted
    except (KeyError, ValueError) as error:
        message = f"the gate {gate.name!r} has the circuit {text!r}: {error.args[0]}"
        raise CompilerFaultError(message) from error
    return bool(abs(abs(np.trace(difference)) - len(difference)) < 1e-9)


def _multiply(text: str, arity: int) -> Matrix:
    """Multiply the gates of a circuit, at some angle t."""
    state = np.eye(1 << arity).reshape((2,) * arity + (1 << arity,))
    for op in expand(text, tuple(range(arity)), sympy.Float(_ANY_ANGLE)):
        angle = None if op.angle is None else float(op.angle)
        state = apply_matrix(list_entries(find_gate(op.gate).matrix(angle)), op.qubits, state)
    return freeze(state.reshape(1 << arity, 1 << arity))


def to_entanglers(op: Operation, native: tuple[str, ...]) -> Operations:
    """Decompose a gate into one-qubit gates, CNOT, CZ and SWAP, unless a device has it.

    Args:
        op: Operation on one or two qubits.
        native: Two-qubit gates of the device.
    """
    kind = op.kind
    if kind.arity == 1 or op.gate in native or op.gate in ("cnot", "cz", "swap"):
        return (op,)
    rotation = _find_native(native).rotation
    if rotation and op.angle is not None and not op.angle.free_symbols:
        return _rotate_by_constant(op, rotation)
    check_circuits(kind)
    forms = kind.entangled or (kind.definition,)
    if not all(forms):
        raise CompilerFaultError(f"the gate {op.gate!r} on two qubits has no definition")
    wanted = "cz" if "cz" in native else "cnot"
    form = next((form for form in forms if f"{wanted} a b" in form), forms[0])
    return tuple(
        each
        for part in expand(form, op.qubits, op.angle)
        for each in ((part,) if part.gate == op.gate else to_entanglers(part, native))
    )


def to_native(operations: Iterable[Operation], native: tuple[str, ...]) -> Operations:
    """Write CNOT, CZ and SWAP in the two-qubit gates of a device; keep what it has.

    Raises:
        CompilerFaultError: A gate has no decomposition into these.
    """
    given, found, base = list(operations), list[Operation](), _find_native(native)
    while given:
        op, *given = given
        if op.kind.arity == 1 or op.gate in native:
            found.append(op)
            continue
        if _is_exchange(op, given) and base.exchange:
            given = [*expand(base.exchange, op.qubits), *given[1:]]
            continue
        match op.gate:
            case "cnot":
                text = base.cnot
            case "cz":
                text = base.cz
            case "swap":
                text = base.swap or op.kind.definition
            case _:
                raise CompilerFaultError(
                    f"no decomposition of the gate {op.gate!r} into {', '.join(native)} is known"
                )
        given = [*expand(text, op.qubits), *given]
    return tuple(found)


@lru_cache(maxsize=1024)
def count_two_qubit_gates(gate: str, native: tuple[str, ...] = ("cz",)) -> int:
    """Count the two-qubit gates, which are also the levels, that a gate takes on a device.

    Args:
        gate: Name of the gate; if it is a rotation, its angle is any.
        native: Two-qubit gates of the device.
    """
    kind = GATES[gate]
    angle = sympy.Symbol("t") if kind.rotation else None
    op = Operation(gate, tuple(range(kind.arity)), angle)
    made = to_native(to_entanglers(op, native), native)
    return sum(len(each.qubits) == 2 for each in made)


GATES.watch(count_two_qubit_gates.cache_clear)


def _is_exchange(op: Operation, following: list[Operation]) -> bool:
    """Tell whether a CNOT is followed by the one that has control and target exchanged."""
    return op.gate == "cnot" and following[:1] == [Operation("cnot", op.qubits[::-1])]


def _find_native(native: tuple[str, ...]) -> Native:
    """Return how the gate of a device makes others that takes the fewest for a CNOT."""
    for gate in native:
        check_native(GATES[gate])
    known = [GATES[gate].native for gate in native]
    found = [each for each in known if each is not None]
    if not found:
        raise CompilerFaultError(f"no device is known to have the gates {', '.join(native)}")
    return min(found, key=lambda each: sum(len(part.places) == 2 for part in parse(each.cnot)))


def _rotate_by_constant(op: Operation, rotation: Callable[[float], str]) -> Operations:
    """Write a rotation by a constant as one about each of its generators."""
    found: list[Operation] = []
    for letters, part in op.kind.generators:
        angle = normalize(op.angle * sympy.Rational(part), 2 * sympy.pi)
        on = [(letter, q) for letter, q in zip(letters, op.qubits, strict=True) if letter != "-"]
        if len(on) == 1:
            found.append(Operation(f"r{on[0][0].lower()}", (on[0][1],), angle))
            continue
        turns = [
            (to[letter], q) for to, (letter, q) in zip(_TO_ZY, on, strict=True) if letter in to
        ]
        found += (Operation(gate, (qubit,), turn) for (gate, turn), qubit in turns)
        found += expand(rotation(float(angle)), op.qubits)
        found += (Operation(gate, (qubit,), -turn) for (gate, turn), qubit in turns)
    return tuple(found)
