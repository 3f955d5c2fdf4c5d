"""Circuits whose only symbolic gates are rotations of one qubit.

TensorFlow Quantum differentiates no controlled rotation, and the derivative of a gate is the same
gate with its angle shifted only where the gate is exp(-i t P / 2).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import cirq

from qslc_runtime.engines.rotations import radians, rotation

_TO_Z = {
    cirq.XXPowGate: (cirq.H, cirq.H),
    cirq.YYPowGate: (cirq.rx(math.pi / 2), cirq.rx(-math.pi / 2)),
    cirq.ZZPowGate: (cirq.I, cirq.I),
}
"""For each two-qubit rotation, the gate that turns its axis to Z, and the inverse."""


def elementary(circuit: cirq.Circuit, qubits: int) -> cirq.Circuit:
    """The circuit on ``cirq.LineQubit`` 0 to n-1, controlled and two-qubit rotations taken apart.

    An identity on every qubit is put in front, so that each of them occurs.
    """
    gates = (gate for op in circuit.all_operations() for gate in _parts(op))
    return cirq.Circuit(map(cirq.I, cirq.LineQubit.range(qubits)), gates)


def _parts(op: cirq.Operation) -> Iterator[cirq.Operation]:
    if isinstance(op.gate, cirq.ControlledGate):
        yield from _controlled(op.gate.sub_gate, op.qubits)
    elif type(op.gate) in _TO_Z:
        yield from _pair(op.gate, op.qubits)
    else:
        yield op


def _controlled(gate: Any, qubits: tuple[cirq.Qid, ...]) -> Iterator[cirq.Operation]:
    """R(t/2) and R(-t/2) between flips that anticommute with the axis of R."""
    kind, half = rotation(gate), radians(gate) / 2
    flip = cirq.CZ if kind is cirq.rx else cirq.CNOT
    yield kind(half).on(qubits[1])
    yield flip.on(*qubits)
    yield kind(-half).on(qubits[1])
    yield flip.on(*qubits)


def _pair(gate: Any, qubits: tuple[cirq.Qid, ...]) -> Iterator[cirq.Operation]:
    """exp(-i t ZZ / 2) between changes of basis."""
    there, back = _TO_Z[type(gate)]
    yield from map(there, qubits)
    yield cirq.CNOT.on(*qubits)
    yield cirq.rz(radians(gate)).on(qubits[1])
    yield cirq.CNOT.on(*qubits)
    yield from map(back, qubits)
