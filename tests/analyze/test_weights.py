"""Dead and redundant weights, ranks and the effective dimension."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from qslc.analyze.feature_map import measure_map
from qslc.analyze.simulation import compute_jacobian
from qslc.analyze.weights import (
    compute_effective_dimension,
    find_flat_weights,
    measure_directions,
    prove_dead_weights,
)
from qslc.ir.program import Operation, PauliString
from qslc.pauli.frame import find_pauli_frame
from qslc.pauli.tableau import commute
from tests.analyze.analyze_cases import make_amplitude, make_case, make_layered, make_rng
from tests.analyze.test_simulation import draw_random_points, make_own_case
from tests.spec.strategies import specs

A, B, C = sympy.symbols("a b c")


@given(specs(max_qubits=4, max_depth=2), st.integers(0, 99))
@settings(max_examples=60)
def test_no_output_depends_on_a_weight_that_is_proven_dead(data, seed):
    subject = make_own_case(data)
    dead = prove_dead_weights(subject.program)
    slopes = compute_jacobian(subject.program, draw_random_points(subject, seed, count=3))
    columns = [subject.program.weights.index(name) for name in dead]
    np.testing.assert_allclose(slopes[:, :, columns], 0, atol=1e-9)


def test_outside_the_light_cone():
    assert prove_dead_weights(make_layered(3, 1, gate="none", measure=("Z1",)).program) == (
        "theta_0",
        "theta_2",
    )


def test_behind_clifford_gates():
    """CNOT (0, 1) maps Z1 to Z0 Z1, with which X0 X1 commutes: single qubits show nothing."""
    gates = (Operation("rx", (0,), A), Operation("rxx", (0, 1), B), Operation("cnot", (0, 1)))
    assert prove_dead_weights(make_case(2, *gates, measure="Z1").program) == ("b",)


def test_a_phase_of_the_start():
    at_start = make_case(1, Operation("rz", (0,), A), Operation("ry", (0,), B))
    assert prove_dead_weights(at_start.program) == ("a",)
    assert prove_dead_weights(replace(at_start.program, start="any")) == ()


def test_constant_angles_that_are_not_quarter_turns_block():
    quarter, eighth = Operation("rx", (0,), sympy.pi / 2), Operation("t", (0,))
    blocked = make_case(1, quarter, eighth, Operation("ry", (0,), A))
    assert prove_dead_weights(blocked.program) == ()
    assert len(find_pauli_frame(blocked.program).rotations) == 2


def test_the_frame_of_a_clifford_circuit_has_no_rotations():
    clifford = make_case(2, Operation("h", (0,)), Operation("cnot", (0, 1)), measure="Z0*Z1")
    own = find_pauli_frame(clifford.program)
    assert own.rotations == ()
    assert str(own.observables[0]) == "Z1"


def test_commuting_strings():
    def parse_string(text: str) -> PauliString:
        return PauliString(tuple((k, p) for k, p in enumerate(text) if p != "I"))

    assert commute(parse_string("XX"), parse_string("ZZ"))
    assert commute(parse_string("XI"), parse_string("IZ"))
    assert not commute(parse_string("XY"), parse_string("IZ"))


def test_flat_weights_without_a_proof():
    """Z1 of a real state: RX on qubit 0 of X0 gives Y0 Z1, which real states do not have."""
    turns = (Operation("ry", (0,), A), Operation("ry", (1,), C), Operation("rz", (0,), B))
    real = make_case(2, *turns, measure="Y0*Z1")
    assert find_flat_weights(real, 8, make_rng()) == ()
    assert find_flat_weights(make_case(2, *turns, measure="Z1"), 8, make_rng()) == ("a", "b")


@pytest.mark.parametrize(
    ("rotations", "rank", "quantum_rank"),
    [
        ((Operation("ry", (0,), A + B),), 1, 1),
        ((Operation("ry", (0,), A), Operation("ry", (0,), B)), 1, 1),
        ((Operation("ry", (0,), A), Operation("rz", (0,), B)), 1, 2),
    ],
    ids=["one rotation", "in a row", "a phase that only the state has"],
)
def test_directions_of_two_weights(rotations, rank, quantum_rank):
    found = measure_directions(make_case(1, *rotations), 3, make_rng())
    assert (found.rank, found.quantum_rank, len(found.spare)) == (rank, quantum_rank, 1)


def test_real_states_of_n_qubits_have_few_directions():
    """A real state of 2 qubits is a point of the 3-sphere, whatever the number of weights."""
    assert measure_directions(make_layered(2, 6), 3, make_rng()).quantum_rank == 3


def test_the_effective_dimension_of_known_matrices():
    flat = np.broadcast_to(np.eye(4), (5, 4, 4))
    kappa = 1000 / (2 * np.pi * np.log(1000))
    expected = np.log1p(kappa) / np.log(kappa)
    assert compute_effective_dimension(flat, (1000,))[0] == pytest.approx(expected)
    single = np.broadcast_to(np.diag([1.0, 0, 0, 0]), (5, 4, 4))
    alone = np.log1p(4 * kappa) / np.log(kappa) / 4
    assert compute_effective_dimension(single, (1000,))[0] == pytest.approx(alone)
    assert compute_effective_dimension(np.zeros((2, 3, 3)), (1000,)) == (0.0,)


def test_quadratic_forms_span_what_they_can():
    """Traceless real quadratic forms of d = 4 amplitudes: 9 of the 10 that there are."""
    found = measure_map(make_amplitude(2, 6), 60, make_rng())
    assert (found.bound, found.over_angles, found.at_a_point) == (10, 9, 2)
    assert not found.saturated
