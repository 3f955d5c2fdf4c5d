from __future__ import annotations

import cirq
import numpy as np
import pytest

from qslc.export.cirq_circuit import to_circuit
from qslc.ir.gates import GATES, compute_unitary
from qslc.ir.program import Program
from tests.verify.verify_programs import op


@pytest.mark.parametrize("name", GATES)
@pytest.mark.parametrize("angle", [0.0, 0.7, -2.5, np.pi, 2 * np.pi])
def test_matrices_are_those_of_cirq(name, angle):
    gate = GATES[name]
    operation = op(f"{name} {' '.join('01'[: gate.arity])}", angle if gate.rotation else None)
    circuit = to_circuit(Program(gate.arity, (operation,), ()))
    np.testing.assert_allclose(
        compute_unitary(name, angle if gate.rotation else None), cirq.unitary(circuit), atol=1e-7
    )


@pytest.mark.parametrize("name", GATES)
def test_matrices_have_the_properties_of_their_gate(name):
    gate = GATES[name]
    matrix = compute_unitary(name, 0.7 if gate.rotation else None)
    identity = np.eye(2**gate.arity)
    np.testing.assert_allclose(matrix.conj().T @ matrix, identity, atol=1e-12)
    assert np.allclose(matrix @ matrix, identity) == gate.self_inverse
    assert np.allclose(matrix, np.diag(np.diag(matrix))) == gate.diagonal
    if gate.arity == 2:
        swap = compute_unitary("swap")
        assert np.allclose(swap @ matrix @ swap, matrix) == gate.symmetric


@pytest.mark.parametrize("name", GATES)
def test_gates_commute_along_their_axes(name):
    gate = GATES[name]
    matrix = compute_unitary(name, 0.7 if gate.rotation else None)
    for place, axis in enumerate(gate.axes):
        if axis == "-":
            continue
        factors = [np.eye(2)] * gate.arity
        factors[place] = compute_unitary(f"r{axis.lower()}", 0.3)
        along = factors[0] if gate.arity == 1 else np.kron(*factors)
        np.testing.assert_allclose(matrix @ along, along @ matrix, atol=1e-12)


def test_a_rotation_needs_its_angle():
    with pytest.raises(ValueError, match="rx needs an angle"):
        compute_unitary("rx")
