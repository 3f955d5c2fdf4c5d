"""Gates in terms of others: the circuits that the table of gates holds as texts.

A circuit is a text such as "rz(t/2) b; cnot a b; rz(-t/2) b; cnot a b": the first gate acts first,
a and b are the qubits and t is the angle of the gate that it stands for. An angle is a number in
radians, or t or pi with a factor in front or a divisor behind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import sympy

from qslc.diagnostics import CompilerFaultError
from qslc.ir.angles import TURN, normalize
from qslc.ir.gate import GENERIC_ANGLE, Gate, Native
from qslc.ir.gates import GATES
from qslc.ir.matrices import Matrix, apply_matrix, freeze, list_entries, make_rotation
from qslc.ir.program import Operation

Operations: TypeAlias = tuple[Operation, ...]
Factors: TypeAlias = tuple[tuple[int, str], ...]
PauliRotation: TypeAlias = tuple[Factors, sympy.Expr]
"""P and t of exp(-i t P / 2)."""

_OPERATION = re.compile(r"(?P<gate>\w+)(?:\((?P<angle>[^)]*)\))? (?P<qubits>[ab]|a b|b a)")
_ANGLE = re.compile(r"(?P<minus>-?)(?:(?P<factor>\d+)\*)?(?P<unit>t|pi)(?:/(?P<divisor>\d+))?")
T = sympy.Symbol("t")
"""The angle of the gate that a circuit text stands for, in radians."""

_TO_ZY = (
    {"X": ("ry", -sympy.pi / 2), "Y": ("rx", sympy.pi / 2)},
    {"X": ("rz", sympy.pi / 2), "Z": ("rx", -sympy.pi / 2)},
)
"""Rotations that take a Pauli operator to Z on the first qubit, and to Y on the second."""


@lru_cache(maxsize=1024)
def parse(text: str) -> Operations:
    """Read a circuit text as operations on the qubits 0 and 1, a and b, with the angle T.

    Raises:
        ValueError: The text is no such circuit.
    """
    return tuple(map(_parse_operation, text.split("; ")))


def _parse_operation(text: str) -> Operation:
    found = _OPERATION.fullmatch(text)
    if not found:
        raise ValueError(f"no gate on a or b: {text!r}")
    angle = None if found["angle"] is None else _parse_angle(found["angle"])
    return Operation(found["gate"], tuple(map("ab".index, found["qubits"].split())), angle)


def _parse_angle(text: str) -> sympy.Expr:
    found = _ANGLE.fullmatch(text)
    if not found:
        return snap_angle(float(text))
    sign = -1 if found["minus"] else 1
    factor = sympy.Rational(sign * int(found["factor"] or 1), int(found["divisor"] or 1))
    return factor * (T if found["unit"] == "t" else sympy.pi)


def snap_angle(radians: float) -> sympy.Expr:
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
    given = {} if angle is None else {T: angle}
    return tuple(
        Operation(
            op.gate,
            tuple(qubits[place] for place in op.qubits),
            op.angle and op.angle.xreplace(given),
        )
        for op in parse(text)
    )


@lru_cache(maxsize=1024)
def check_circuits(gate: Gate) -> None:
    """Check that the circuits of an entry are its gate.

    Raises:
        CompilerFaultError: One of them is another gate; the message names the entry.
    """
    wanted = gate.matrix(GENERIC_ANGLE if gate.rotation else None)
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
    rotation = native.rotation(GENERIC_ANGLE) if native.rotation else ""
    circuits = {
        "CNOT": (native.cnot, GATES["cnot"].matrix()),
        "CZ": (native.cz, GATES["cz"].matrix()),
        "CNOT and its reverse": (native.exchange, _multiply("cnot a b; cnot b a", 2)),
        "SWAP": (native.swap, GATES["swap"].matrix()),
        "exp(-i t ZY / 2)": (rotation, make_rotation("ZY", GENERIC_ANGLE)),
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
    for op in expand(text, tuple(range(arity)), sympy.Float(GENERIC_ANGLE)):
        angle = None if op.angle is None else float(op.angle)
        state = apply_matrix(list_entries(op.kind.matrix(angle)), op.qubits, state)
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
    circuits = {
        "cnot": base.cnot,
        "cz": base.cz,
        "swap": base.swap or GATES["swap"].definition,
    }
    while given:
        op, *given = given
        if op.kind.arity == 1 or op.gate in native:
            found.append(op)
            continue
        if op.gate not in circuits:
            raise CompilerFaultError(
                f"no decomposition of the gate {op.gate!r} into {', '.join(native)} is known"
            )
        text = circuits[op.gate]
        if (
            base.exchange
            and op.gate == "cnot"
            and given[:1] == [replace(op, qubits=op.qubits[::-1])]
        ):
            text, given = base.exchange, given[1:]
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
    op = Operation(gate, tuple(range(kind.arity)), T if kind.rotation else None)
    made = to_native(to_entanglers(op, native), native)
    return sum(len(each.qubits) == 2 for each in made)


GATES.watch(count_two_qubit_gates.cache_clear)


def _find_native(native: tuple[str, ...]) -> Native:
    """Return how the gate of a device makes others that takes the fewest for a CNOT."""
    for gate in native:
        check_native(GATES[gate])
    found = [each for gate in native if (each := GATES[gate].native)]
    if not found:
        raise CompilerFaultError(f"no device is known to have the gates {', '.join(native)}")
    return min(found, key=lambda each: sum(len(op.qubits) == 2 for op in parse(each.cnot)))


def decompose_to_rotations(op: Operation) -> tuple[PauliRotation, ...]:
    """Return rotations whose product, the first to act first, is the gate up to a global phase."""
    unit = sympy.pi if op.angle is None else op.angle
    rotations = []
    for letters, part in op.kind.generators:
        paired = zip(op.qubits, letters, strict=True)
        factors = tuple((qubit, letter) for qubit, letter in paired if letter != "-")
        rotations.append((factors, unit * sympy.Rational(part)))
    return tuple(rotations)


def _rotate_by_constant(op: Operation, rotation: Callable[[float], str]) -> Operations:
    """Write a rotation by a constant as one about each of its generators."""
    found: list[Operation] = []
    for factors, radians in decompose_to_rotations(op):
        angle = normalize(radians, TURN)
        if len(factors) == 1:
            ((qubit, letter),) = factors
            found.append(Operation(f"r{letter.lower()}", (qubit,), angle))
            continue
        pairs = zip(_TO_ZY, factors, strict=True)
        turns = [(to[letter], qubit) for to, (qubit, letter) in pairs if letter in to]
        found += (Operation(gate, (qubit,), turn) for (gate, turn), qubit in turns)
        found += expand(rotation(float(angle)), op.qubits)
        found += (Operation(gate, (qubit,), -turn) for (gate, turn), qubit in turns)
    return tuple(found)
