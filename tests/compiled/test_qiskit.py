"""Circuits in Qiskit measure what they do in Cirq."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import qslc
from qslc.export.qiskit_circuit import to_qiskit
from tests.compiled.cases import compile_case, draw_values, measure_compiled
from tests.export.emit_programs import VALUES, every_gate
from tests.lower.exact_simulation import unitary


def test_without_qiskit_one_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "qiskit", None)
    with pytest.raises(qslc.InputError, match="pip install"):
        compile_case("angle").to_qiskit()
    with pytest.raises(qslc.InputError, match="pip install"):
        compile_case("angle").to_qiskit_observables()


def test_sums_are_sums():
    pytest.importorskip("qiskit")
    from qiskit.quantum_info import Statevector

    spec = qslc.sublayer("sums", qubits=2).angle().layers(1, pattern="linear")
    compiled = qslc.compile(spec.measure("0.5*Z0*Z1 - X0 + 2", "Z1"))
    values = draw_values(compiled)
    state = Statevector(compiled.to_qiskit().assign_parameters(values))
    found = [state.expectation_value(each).real for each in compiled.to_qiskit_observables()]
    assert np.abs(found - measure_compiled(compiled, values)).max() < 1e-9


@pytest.mark.parametrize("name", ["angle", "prepared"])
def test_expectations_are_the_same(name):
    pytest.importorskip("qiskit")
    from qiskit.quantum_info import Statevector

    compiled = compile_case(name)
    circuit, values = compiled.to_qiskit(hardware=False), draw_values(compiled)
    named = {each.name for each in circuit.parameters}
    state = Statevector(circuit.assign_parameters({k: v for k, v in values.items() if k in named}))
    found = [
        state.expectation_value(each).real
        for each in compiled.to_qiskit_observables(hardware=False)
    ]
    assert np.abs(found - measure_compiled(compiled, values)).max() < 1e-9


def test_every_gate_is_the_same():
    pytest.importorskip("qiskit")
    from qiskit.quantum_info import Operator

    circuit = to_qiskit(every_gate()).assign_parameters(VALUES)
    found, wanted = Operator(circuit.reverse_bits()).data, unitary(every_gate(), VALUES)
    assert abs(np.vdot(found, wanted)) == pytest.approx(len(wanted), abs=1e-9)


def test_hardware_qubits_and_measurements():
    pytest.importorskip("qiskit")
    compiled = compile_case("angle")
    circuit = compiled.to_qiskit(measure=True)
    assert circuit.num_qubits == compiled.report.device.qubits == 6
    assert circuit.count_ops()["measure"] == len(
        compiled.measured_circuits[0][-1].operations[0].qubits
    )
    read = [
        f"${circuit.find_bit(each.qubits[0]).index}"
        for each in circuit.data
        if each.name == "measure"
    ]
    assert [
        line.split()[-1][:-1] for line in compiled.qasm.splitlines() if "measure" in line
    ] == read


def test_bits_are_in_the_same_order_on_a_simulator():
    pytest.importorskip("qiskit")
    compiled = compile_case("angle")
    read = [
        [circuit.find_bit(each.qubits[0]).index for each in circuit.data if each.name == "measure"]
        for circuit in (compiled.to_qiskit(measure=True, hardware=flag) for flag in (True, False))
    ]
    used = sorted(read[0])
    assert len(read[0]) > 1
    assert [used.index(qubit) for qubit in read[0]] == read[1]
