"""Write circuits that end in the measurement of a setting."""

from __future__ import annotations

from collections.abc import Sequence

import cirq

from qslc.export.cirq_circuit import list_cirq_qubits, to_circuit
from qslc.ir.program import Program
from qslc.ir.settings import Setting
from qslc.targets.device import Device

KEY = "bits"
"""Name of the measurement."""

_CHOOSES_BASIS = "chooses basis"
"""Tag of the rotations before a measurement."""


def measure_circuit(program: Program, device: Device, setting: Setting) -> cirq.Circuit:
    """Return a program as a circuit that ends in a moment with the measurement of a setting."""
    return append_measurement(to_circuit(program, device), list_cirq_qubits(device), setting)


def append_measurement(
    circuit: cirq.Circuit, qubits: Sequence[cirq.Qid], setting: Setting
) -> cirq.Circuit:
    """Return a circuit with the rotations and the measurement of a setting behind it.

    Args:
        circuit: A circuit without measurements.
        qubits: The qubits of the device, in the order of the setting's numbers.
        setting: What is read.
    """
    size = len(qubits)
    tail = to_circuit(Program(size, setting.rotations, ())).transform_qubits(
        dict(zip(cirq.LineQubit.range(size), qubits, strict=True))
    )
    basis = [op.with_tags(_CHOOSES_BASIS) for op in tail.all_operations()]
    measurement = cirq.measure(*(qubits[qubit] for qubit, _ in setting.bases), key=KEY)
    moments = [cirq.Moment(basis), cirq.Moment(measurement)]
    return circuit + cirq.Circuit(moment for moment in moments if moment)


def strip_measurement(circuit: cirq.Circuit) -> cirq.Circuit:
    """Return a circuit without the moments in which a setting is measured."""
    return cirq.Circuit(moment for moment in circuit if not _is_tail(moment))


def _is_tail(moment: cirq.Moment) -> bool:
    return all(cirq.is_measurement(op) or _CHOOSES_BASIS in op.tags for op in moment)


def write_measured_json(program: Program, device: Device, setting: Setting) -> str:
    """Write the circuit of a setting as Cirq JSON: same program, same bytes."""
    text: str = cirq.to_json(measure_circuit(program, device, setting), indent=1)
    return text + "\n"
