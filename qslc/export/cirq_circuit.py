"""Programs as Cirq circuits, and back.

Both directions are exact: every gate has the matrix that the DSL gives it, global phase included.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import cirq
import sympy

from qslc.diagnostics import CompilerFaultError
from qslc.ir.decompositions import snap_angle
from qslc.ir.gate import GENERIC_ANGLE, Gate
from qslc.ir.gates import GATES
from qslc.ir.metrics import pack_moments
from qslc.ir.program import Operation, PauliString, Program
from qslc.targets.device import Device

_INPUT = re.compile(r"x\d+")


def to_circuit(program: Program, device: Device | None = None) -> cirq.Circuit:
    """Return the program as a circuit, in its moments, still symbolic.

    Without a device the qubits are ``cirq.LineQubit`` 0 to n-1; with one, the program's qubits are
    indices of the device's qubits. Observables are not part of a circuit.
    """
    qubits = list_cirq_qubits(device) if device else cirq.LineQubit.range(program.qubits)
    return cirq.Circuit(
        cirq.Moment(
            _make_gate(op.gate, op.angle).on(*(qubits[i] for i in op.qubits)) for op in column
        )
        for column in pack_moments(program)
    )


def write_circuit_json(program: Program, device: Device | None = None) -> str:
    """Write the circuit as Cirq JSON (``cirq.read_json`` reads it): same program, same bytes."""
    text: str = cirq.to_json(to_circuit(program, device), indent=1)
    return text + "\n"


def list_cirq_qubits(device: Device) -> list[cirq.Qid]:
    """Return the device's qubits, in the order of its coordinates."""
    return [cirq.GridQubit(*c) if len(c) == 2 else cirq.LineQubit(*c) for c in device.coordinates]


def read_qubit(label: str) -> cirq.Qid:
    """Return the qubit of a device that Cirq prints so: "q(3, 4)" or "q(3)"."""
    place = read_coordinates(label)
    return cirq.GridQubit(*place) if len(place) == 2 else cirq.LineQubit(*place)


def read_coordinates(label: str) -> tuple[int, ...]:
    """Return the coordinates of a qubit that Cirq prints so."""
    return tuple(map(int, re.findall(r"-?\d+", label)))


def from_circuit(
    circuit: cirq.AbstractCircuit,
    observables: Sequence[PauliString] = (),
    qubits: Sequence[cirq.Qid] | None = None,
) -> Program:
    """Return the program of a circuit that is made of the DSL's gates.

    Args:
        circuit: Without measurements.
        observables: What is measured at the end.
        qubits: All the circuit's qubits, and perhaps more, in the order that numbers them; sorted
            as Cirq sorts them if left out.

    Symbols x0, x1, ... become inputs and all others weights, in order of first occurrence.

    Raises:
        ValueError: For a gate outside the DSL's set. Gates must match with their global phase:
            ``cirq.Y**t`` is not ``cirq.ry(pi * t)``.
    """
    order = tuple(sorted(circuit.all_qubits()) if qubits is None else qubits)
    index = {qubit: i for i, qubit in enumerate(order)}
    names = _name_gates()
    operations = tuple(_read_operation(op, index, names) for op in circuit.all_operations())
    symbols = _list_symbols(operations)
    return Program(
        qubits=len(order),
        operations=operations,
        observables=tuple(observables),
        weights=tuple(name for name in symbols if not _INPUT.fullmatch(name)),
        inputs=tuple(sorted(filter(_INPUT.fullmatch, symbols), key=lambda name: int(name[1:]))),
    )


def _make_gate(name: str, angle: sympy.Expr | None) -> cirq.Gate:
    kind = GATES[name]
    _check_gate(kind)
    if angle is None:
        return kind.cirq(cirq)
    return kind.cirq(cirq, angle if angle.free_symbols else float(angle))


@lru_cache(maxsize=1024)
def _check_gate(kind: Gate) -> None:
    """Check that an entry of the table is in Cirq what it is here, global phase included."""
    angle = (GENERIC_ANGLE,) if kind.rotation else ()
    made = kind.cirq(cirq, *angle)
    matrix = cirq.unitary(made, default=None)
    wanted = kind.matrix(*angle)
    if matrix is None or matrix.shape != wanted.shape or abs(matrix - wanted).max() > 1e-7:
        raise CompilerFaultError(
            f"the gate {kind.name!r} is not {made!r} of Cirq: their matrices differ; "
            "fix its cirq, or its phase"
        )


def _name_gates() -> dict[Any, str]:
    """Return the names of the gates that can be read, by what they are in Cirq."""
    names: dict[Any, str] = {}
    for kind in GATES.values():
        key, angle = _identify(kind.cirq(cirq, *([1.0] if kind.rotation else [])))
        if kind.rotation == (angle is not None):
            names[key] = kind.name
    return names


def _identify(gate: Any) -> tuple[Any, sympy.Expr | None]:
    """Return what names a gate: itself, or a rotation's type and control; and its angle."""
    controlled = isinstance(gate, cirq.ControlledGate)
    plain = controlled and gate == cirq.ControlledGate(gate.sub_gate)
    turn = gate.sub_gate if plain else gate
    if getattr(turn, "global_shift", None) == -0.5:
        return (type(turn), controlled), _read_angle(turn.exponent)
    return gate, None


def _read_operation(
    op: cirq.Operation, index: Mapping[cirq.Qid, int], names: Mapping[Any, str]
) -> Operation:
    key, angle = _identify(op.gate)
    if key not in names:
        raise ValueError(f"{op!r}: not one of the gates {', '.join(GATES)}")
    return Operation(names[key], tuple(index[qubit] for qubit in op.qubits), angle)


def _read_angle(half_turns: sympy.Expr | float) -> sympy.Expr:
    """Return the angle in radians; of a float that is a multiple of pi/4, exactly that."""
    if isinstance(half_turns, sympy.Expr):
        return sympy.expand(half_turns * sympy.pi)
    return snap_angle(half_turns * math.pi)


def _list_symbols(operations: Sequence[Operation]) -> list[str]:
    """Return names of the symbols in order of first occurrence; within an angle, by name."""
    angles = [op.angle for op in operations if op.angle is not None]
    return list(dict.fromkeys(s for a in angles for s in sorted(map(str, a.free_symbols))))
