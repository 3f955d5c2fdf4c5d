"""Write circuits that end in the measurement of a setting."""

from __future__ import annotations

from dataclasses import replace

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
    qubits = list_cirq_qubits(device)
    tail = to_circuit(replace(program, operations=setting.rotations), device)
    basis = [op.with_tags(_CHOOSES_BASIS) for op in tail.all_operations()]
    measurement = cirq.measure(*(qubits[qubit] for qubit, _ in setting.bases), key=KEY)
    moments = [cirq.Moment(basis), cirq.Moment(measurement)]
    return to_circuit(program, device) + cirq.Circuit(moment for moment in moments if moment)


def write_measured_json(program: Program, device: Device, setting: Setting) -> str:
    """Write the circuit of a setting as Cirq JSON: same program, same bytes."""
    text: str = cirq.to_json(measure_circuit(program, device, setting), indent=1)
    return text + "\n"
