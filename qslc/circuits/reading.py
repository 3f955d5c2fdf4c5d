"""Read the operations of a circuit, each at its place, as the ansatz of a spec."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeAlias

import cirq
import sympy

from qslc.circuits.angles import AngleError, write_angle
from qslc.circuits.gates import check, expand, list_operations, name_operation
from qslc.circuits.rules import GateError, Part
from qslc.diagnostics import Diagnostic, InputError, Span

MAX_QUBITS = 1024
"""The largest circuit that qslc compiles."""
MAX_GATES = 200_000
MAX_LISTED = 10
"""The most symbols that an error lists."""


@dataclass(frozen=True, slots=True)
class Place:
    """Place of an operation: in a text, or else in a moment of a circuit."""

    span: Span | None = None
    where: str = ""

    def report(self, message: str, advice: str = "") -> Diagnostic:
        """Return a diagnostic at this place."""
        return Diagnostic(message, self.span, self.where, advice)


Placed: TypeAlias = tuple[cirq.Operation, Place]
Gate: TypeAlias = tuple[str, tuple[int, ...], str | None]
"""A gate of the table, its qubits, and the text of its angle."""


@dataclass(frozen=True, slots=True)
class Roles:
    """The symbols of a circuit: inputs in the layer's order, and weights in that of ``theta``."""

    inputs: tuple[str, ...]
    weights: tuple[str, ...]

    @property
    def names(self) -> dict[str, str]:
        """The names of the symbols in the angles of the spec."""
        inputs = {name: f"x{i}" for i, name in enumerate(self.inputs)}
        return inputs | {name: f"theta_{i}" for i, name in enumerate(self.weights)}


def read_circuit(circuit: cirq.AbstractCircuit, place: Place) -> list[Placed]:
    """Return the operations of a circuit, in order, with their moments."""
    return [
        (op, Place(place.span, f"{place.where}, moment {i}".removeprefix(", ")))
        for i, moment in enumerate(circuit)
        for op in moment
    ]


def list_names(symbols: Iterable[Any]) -> tuple[str, ...]:
    """Return the names of symbols that are given by name or as sympy symbols."""
    return tuple(s.name if isinstance(s, sympy.Symbol) else str(s) for s in symbols)


def find_roles(
    operations: Sequence[Placed],
    inputs: Sequence[str],
    weights: Sequence[str] | None,
    declared: Iterable[str] = (),
) -> tuple[Roles, list[tuple[str, str]]]:
    """Tell inputs and weights apart, and return what is wrong with them: message and help.

    Args:
        operations: Operations of the circuit.
        inputs: Names of the inputs, in the layer's order.
        weights: Names of all other symbols, in the order of ``theta``; sorted where None.
        declared: More symbols that the circuit has, perhaps in no gate.
    """
    known = set(declared).union(*(cirq.parameter_names(op) for op, _ in operations))
    rest = sorted(known - {*inputs})
    problems = []
    for role, names in (("input", inputs), ("weight", weights or ())):
        for name in dict.fromkeys(names):
            if name not in known:
                there = f"its symbols are {_list_first(sorted(known)) or 'none'}"
                problems.append((f'no gate has the {role} "{name}"', there))
            if [*names].count(name) > 1:
                problems.append((f'the {role} "{name}" is listed twice', "remove one of them"))
    if weights is not None:
        for name in sorted({*inputs} & {*weights}):
            message = f'"{name}" is both an input and a weight'
            problems.append((message, "list it in one of the two"))
        for name in sorted({*rest} - {*weights}):
            message = f'"{name}" is neither an input nor a weight'
            problems.append((message, "list it in inputs or in weights"))
    return Roles(tuple(inputs), tuple(weights if weights is not None else rest)), problems


def _list_first(names: Sequence[str]) -> str:
    """Return the first names of a list, and how many there are if it is longer."""
    more = f", ... ({len(names)} in all)" if len(names) > MAX_LISTED else ""
    return ", ".join(names[:MAX_LISTED]) + more


def write_ansatz(
    operations: Sequence[Placed], qubits: Sequence[cirq.Qid], roles: Roles, project: Any
) -> dict[str, Any]:
    """Return the keys ``qubits``, ``encoder`` and ``ansatz`` of a spec as plain data.

    Raises:
        InputError: A gate is none that a layer can have, or an angle no polynomial; all are told.
    """
    found: list[Diagnostic] = []
    gates = list(_list_gates(operations, qubits, roles, found))
    if found:
        raise InputError(*found)
    encoder: dict[str, Any] = {"kind": "none"}
    if roles.inputs:
        encoder = {"kind": "ansatz", "features": len(roles.inputs), "project": project}
    weights = {"weights": [*roles.weights]} if roles.weights else {}
    return {
        "qubits": len(qubits),
        "encoder": encoder,
        "ansatz": {"block": list(_group(gates)), **weights},
    }


def check_size(qubits: int, gates: int, place: Place) -> None:
    """Refuse a circuit that is too large, before anything is done with it.

    Raises:
        InputError: It is, or it has no qubit.
    """
    if qubits > MAX_QUBITS:
        message = f"the circuit has {qubits} qubits; qslc compiles at most {MAX_QUBITS}"
        raise InputError(place.report(message, "use fewer qubits"))
    if gates > MAX_GATES:
        message = f"the circuit has {gates} gates; qslc compiles at most {MAX_GATES}"
        raise InputError(place.report(message, "use fewer gates"))
    if not qubits or not gates:
        raise InputError(place.report("the circuit has no gate", "add one"))


def _list_gates(
    operations: Sequence[Placed],
    qubits: Sequence[cirq.Qid],
    roles: Roles,
    found: list[Diagnostic],
) -> Iterator[Gate]:
    """Yield the gates of operations; what is wrong is added to ``found``."""
    index = {qubit: i for i, qubit in enumerate(qubits)}
    names, known = roles.names, dict[Any, tuple[Part, ...]]()
    for op, place in _drop_measurements([*_flatten(operations, found)]):
        for gate, places, text in _try_to_write(op, place, names, known, found):
            yield gate, tuple(index[op.qubits[i]] for i in places), text


def _try_to_write(
    op: cirq.Operation,
    place: Place,
    names: Mapping[str, str],
    known: dict[Any, tuple[Part, ...]],
    found: list[Diagnostic],
) -> list[Gate]:
    try:
        return [
            (gate, places, None if angle is None else write_angle(angle, names))
            for gate, places, angle in _expand(op, known)
        ]
    except GateError as error:
        found.append(place.report(error.message, error.advice))
    except AngleError as error:
        message = f"the angle of {name_operation(op)} {error}"
        advice = "an angle is made of numbers, symbols, +, * and **; make what is none an input"
        found.append(place.report(message, advice))
    return []


def _expand(op: cirq.Operation, known: dict[Any, tuple[Part, ...]]) -> tuple[Part, ...]:
    """Return the gates of the table that make an operation; equal gates are taken apart once."""
    key = op.untagged.gate
    if key is None or type(key).__hash__ is None:
        parts = tuple(expand(op))
    elif key in known:
        return known[key]
    else:
        parts = known[key] = tuple(expand(op))
    if len(parts) > 1:
        check(op, parts)
    return parts


def _flatten(operations: Iterable[Placed], found: list[Diagnostic]) -> Iterator[Placed]:
    """Yield the operations with those of subcircuits in their place."""
    for op, place in operations:
        if not isinstance(op.untagged, cirq.CircuitOperation):
            yield op, place
            continue
        try:
            inner = list_operations(op.untagged)
        except GateError as error:
            found.append(place.report(error.message, error.advice))
            continue
        yield from _flatten(((each, place) for each in inner), found)


def _drop_measurements(operations: Sequence[Placed]) -> list[Placed]:
    """Leave out measurements at the end: the observables stand in their place."""
    kept: list[Placed] = []
    used: set[cirq.Qid] = set()
    for op, place in reversed(operations):
        plain = cirq.is_measurement(op) and not op.classical_controls
        if plain and used.isdisjoint(op.qubits):
            continue
        used.update(op.qubits)
        kept.append((op, place))
    return kept[::-1]


def _group(gates: Sequence[Gate]) -> Iterator[Mapping[str, Any]]:
    """Yield entries of a block: neighbors that are one gate on different qubits are one entry."""
    for (gate, angle), run in groupby(gates, lambda each: (each[0], each[2])):
        given = {} if angle is None else {"angle": angle}
        row: list[tuple[int, ...]] = []
        for _, on, _ in run:
            if any({*on} & {*other} for other in row):
                yield {gate: {"on": _write_qubits(row), **given}}
                row = []
            row.append(on)
        yield {gate: {"on": _write_qubits(row), **given}}


def _write_qubits(row: Sequence[tuple[int, ...]]) -> list[Any]:
    return [on[0] if len(on) == 1 else [*on] for on in row]
