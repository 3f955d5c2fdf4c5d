from __future__ import annotations

import cirq
import numpy as np
import pytest
import sympy
from hypothesis import given, settings

from qslc.export.cirq_circuit import from_circuit, to_circuit, write_circuit_json
from qslc.ir.program import Operation
from qslc.targets.device import Device
from tests.export.emit_programs import VALUES, every_gate, program, programs
from tests.lower.exact_simulation import unitary

GRID = Device("grid", ((3, 4), (3, 5), (4, 4)), ((0, 1), (0, 2)))


def circuit_matrix(circuit: cirq.Circuit, qubits) -> np.ndarray:
    return cirq.resolve_parameters(circuit, VALUES).unitary(qubits)


@settings(max_examples=60)
@given(programs())
def test_a_circuit_has_the_matrices_of_the_definitions(wanted):
    found = circuit_matrix(to_circuit(wanted), cirq.LineQubit.range(3))
    np.testing.assert_allclose(found, unitary(wanted, VALUES), atol=1e-7)


def test_every_gate_is_exact_with_its_global_phase():
    wanted = every_gate()
    found = circuit_matrix(to_circuit(wanted), cirq.LineQubit.range(3))
    np.testing.assert_allclose(found, unitary(wanted, VALUES), atol=1e-12)


@settings(max_examples=60)
@given(programs())
def test_json_and_back_is_the_same_program(wanted):
    read = cirq.read_json(json_text=write_circuit_json(wanted))
    assert read == to_circuit(wanted)
    back = from_circuit(read, wanted.observables, cirq.LineQubit.range(3))
    np.testing.assert_allclose(unitary(back, VALUES), unitary(wanted, VALUES), atol=1e-12)
    assert sorted(back.operations, key=str) == sorted(
        program(3, [_as_read(op) for op in wanted.operations]).operations, key=str
    )


def _as_read(op: Operation) -> Operation:
    """Constants come back as the multiple of pi/4 they are, or else as floats."""
    if op.angle is None or op.angle.free_symbols:
        return Operation(op.gate, op.qubits, op.angle and sympy.expand(op.angle))
    if (op.angle * 4 / sympy.pi).is_Integer:
        return op
    half_turns = float(op.angle) / float(sympy.pi)
    return Operation(op.gate, op.qubits, sympy.Float(half_turns * float(sympy.pi)))


def test_symbols_become_weights_and_inputs_in_order():
    back = from_circuit(to_circuit(every_gate()))
    assert (back.weights, back.inputs) == (("alpha", "beta"), ("x0",))
    assert back.qubits == 3


def test_device_qubits_are_named_by_their_coordinates():
    circuit = to_circuit(program(3, [Operation("cz", (0, 2)), Operation("h", (1,))]), GRID)
    assert circuit == cirq.Circuit(
        cirq.CZ(cirq.GridQubit(3, 4), cirq.GridQubit(4, 4)), cirq.H(cirq.GridQubit(3, 5))
    )


def test_same_program_same_bytes():
    assert write_circuit_json(every_gate()) == write_circuit_json(every_gate())
    assert write_circuit_json(every_gate()).endswith("}\n")


def test_angles_without_symbols_are_plain_floats():
    (op,) = to_circuit(program(1, [Operation("ry", (0,), sympy.pi / 2)])).all_operations()
    assert isinstance(op.gate.exponent, float)


@pytest.mark.parametrize(
    "gate",
    [cirq.Y, cirq.ISWAP, cirq.Y**0.3, cirq.XX**0.3, cirq.CCX, cirq.MeasurementGate(1, "m")],
    ids=str,
)
def test_a_gate_outside_the_set_is_refused_by_name(gate):
    qubits = cirq.LineQubit.range(gate.num_qubits())
    with pytest.raises(ValueError, match="not one of the gates rx, ry"):
        from_circuit(cirq.Circuit(gate(*qubits)))
