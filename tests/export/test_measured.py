"""Circuits that end in a measurement: Cirq JSON and OpenQASM say the same."""

from __future__ import annotations

import cirq
import numpy as np
import pytest
from hypothesis import given, settings
from qslc_runtime.engines.measurement import SignedString
from qslc_runtime.engines.measurement import group_settings as group_at_runtime
from qslc_runtime.sampling.measured import measure_setting, split_measurement

from qslc.export.cirq_circuit import list_cirq_qubits, to_circuit
from qslc.export.measurement import measure_circuit, write_measured_json
from qslc.export.qasm import write_qasm
from qslc.ir.program import PauliString, Placement, Program
from qslc.ir.settings import group_settings
from qslc.targets.device import Device
from tests.export.emit_programs import VALUES, every_gate, programs
from tests.export.qasm_interpreter import list_hardware, measured_state
from tests.lower.exact_simulation import expectation, run

DEVICE = Device("line", ((0,), (1,), (2,), (3,)), ((0, 1), (1, 2), (2, 3)))
TURNED = Device("grid", ((1, 1), (0, 1), (1, 0), (0, 0)), ((0, 1), (0, 2), (1, 3), (2, 3)))
OBSERVABLES = (
    PauliString(((0, "Z"),)),
    PauliString(((0, "X"), (2, "Y")), -1),
    PauliString(((1, "Z"), (2, "Z"))),
    PauliString(((1, "Y"), (2, "Y"))),
    PauliString(((1, "X"),)),
)


def compute_exact(program: Program) -> list[float]:
    state = np.zeros((2,) * program.qubits, complex)
    state[(0,) * program.qubits] = 1
    final = run(program, state, VALUES)
    return [expectation(observable, final) for observable in program.observables]


def average(state: np.ndarray, axes: list[int], sign: int) -> float:
    chances = np.abs(state) ** 2
    for axis in sorted(axes, reverse=True):
        low, high = (np.take(chances, bit, axis) for bit in (0, 1))
        chances = np.expand_dims(low - high, axis)
    return sign * float(chances.sum())


def observe(program: Program) -> Program:
    kept = [o for o in OBSERVABLES if max(o.qubits) < program.qubits]
    return Program(program.qubits, program.operations, tuple(kept), program.weights, program.inputs)


@pytest.mark.parametrize("device", [DEVICE, TURNED], ids=["line", "grid"])
@settings(max_examples=20)
@given(programs())
def test_parities_of_bits_are_the_expectations(device, written):
    check(observe(written), device)


def test_every_gate():
    check(observe(every_gate()), DEVICE)


def check(program: Program, device: Device) -> None:
    exact = compute_exact(program)
    here = tuple(range(program.qubits))
    found = set()
    for setting in group_settings(program.observables, device.coordinates):
        text = write_qasm(program, device, Placement(here, here), setting)
        state, bits = measured_state(text, VALUES)
        hardware = list_hardware(text)
        assert bits == [f"${qubit}" for qubit, _ in setting.bases]
        circuit = cirq.read_json(json_text=write_measured_json(program, device, setting))
        (measurement,) = circuit[-1]
        order = list_cirq_qubits(device)
        assert measurement.qubits == tuple(order[qubit] for qubit, _ in setting.bases)
        drawn = cirq.Simulator(dtype=np.complex128).simulate(
            circuit[:-1], cirq.ParamResolver(dict(VALUES)), qubit_order=order
        )
        vector = drawn.final_state_vector.reshape((2,) * len(order))
        for member in setting.members:
            found.add(member)
            string = program.observables[member]
            axes = [hardware.index(f"${qubit}") for qubit in string.qubits]
            assert abs(average(state, axes, string.sign) - exact[member]) < 1e-7
            assert abs(average(vector, list(string.qubits), string.sign) - exact[member]) < 1e-7
    assert found == {*range(len(exact))}


def test_the_runtime_groups_and_measures_alike():
    """What is written is what the engine would send."""
    program = observe(every_gate())
    order = sorted(list_cirq_qubits(TURNED))
    index = {i: order.index(q) for i, q in enumerate(list_cirq_qubits(TURNED))}
    strings = [
        SignedString({index[q]: p for q, p in o.paulis}, o.sign) for o in program.observables
    ]
    settings_here = group_settings(program.observables, TURNED.coordinates)
    settings_there = group_at_runtime(strings)
    assert len(settings_here) == len(settings_there) > 1
    for here, there in zip(settings_here, settings_there, strict=True):
        circuit = measure_circuit(program, TURNED, here)
        sent = measure_setting(to_circuit(program, TURNED), (), order, strings, there)
        assert circuit == sent.circuit
        assert split_measurement(circuit)[0] == to_circuit(program, TURNED)


def test_a_weight_may_be_named_like_the_bits():
    import sympy

    from qslc.ir.program import Operation

    turn = Operation("ry", (0,), sympy.Symbol("bits"))
    program = Program(1, (turn,), (PauliString(((0, "Z"),)),), ("bits",))
    (setting,) = group_settings(program.observables, DEVICE.coordinates)
    text = write_qasm(program, DEVICE, Placement((0,), (0,)), setting)
    assert "input float[64] bits_;" in text
    assert "ry(bits_) $0;" in text
