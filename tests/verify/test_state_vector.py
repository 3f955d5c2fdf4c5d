from __future__ import annotations

import cirq
import numpy as np
import sympy
from hypothesis import given
from hypothesis import strategies as st

from qslc.export.cirq_circuit import to_circuit
from qslc.ir.program import Program
from qslc.verify.state_vector import compute_expectations
from tests.lower.exact_simulation import expectation, random_state
from tests.passes.pass_programs import pauli_strings
from tests.verify.verify_programs import layered


def test_expectations_are_those_of_cirq():
    program = layered(4, 2)
    rng = np.random.default_rng(1)
    symbols = {s for o in program.operations if o.angle is not None for s in o.angle.free_symbols}
    values = {symbol: rng.normal() for symbol in sorted(symbols, key=str)}
    state = rng.normal(size=16) + 1j * rng.normal(size=16)
    state /= np.linalg.norm(state)
    qubits = cirq.LineQubit.range(4)
    letters = {"X": cirq.X, "Y": cirq.Y, "Z": cirq.Z}
    strings = [
        s.sign * cirq.PauliString(letters[p](qubits[q]) for q, p in s.paulis)
        for s in program.observables
    ]
    circuit = cirq.resolve_parameters(to_circuit(program), {str(s): v for s, v in values.items()})
    expected = cirq.Simulator(dtype=np.complex128).simulate_expectation_values(
        circuit, strings, initial_state=state, qubit_order=qubits
    )
    got = compute_expectations(
        program, {s: sympy.Float(v) for s, v in values.items()}, state.reshape((2,) * 4)
    )
    np.testing.assert_allclose(got, np.real(expected), atol=1e-7)


@given(st.lists(pauli_strings(4), max_size=12), st.integers(0, 99))
def test_any_strings_are_read_off_one_state(strings, seed):
    state = random_state(4, np.random.default_rng(seed))
    got = compute_expectations(Program(4, (), tuple(strings)), {}, state)
    np.testing.assert_allclose(got, [expectation(each, state) for each in strings], atol=1e-12)


def test_qubit_0_is_the_most_significant_bit_of_the_input():
    program = layered(3, 0)
    state = np.zeros((2, 2, 2), dtype=complex)
    state[1, 0, 0] = 1
    np.testing.assert_allclose(compute_expectations(program, {}, state), [-1, 1, 1, 0])
