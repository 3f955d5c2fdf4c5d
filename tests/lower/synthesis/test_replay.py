from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qslc.ir.program import Program
from qslc.lower.synthesis.beam import search
from qslc.lower.synthesis.frames import pack_strings
from qslc.lower.synthesis.moves import EVERY
from qslc.lower.synthesis.replay import replay
from qslc.lower.synthesis.settings import Settings
from qslc.pauli.frame import make_rotation_form
from tests.lower.exact_simulation import PAULI, equal_up_to_phase, placed, unitary
from tests.lower.patterns import layered
from tests.lower.synthesis.samples import program_expectations, start_state, trees
from tests.passes.pass_programs import A, B, observable, op, program, programs


@settings(max_examples=100)
@given(programs(3, max_size=20), trees(3, 6), st.data())
def test_a_circuit_found_measures_what_its_program_does(written, graph, data):
    start = data.draw(st.permutations(range(graph.size)))[:3]
    form = make_rotation_form(written)
    found = search(graph, EVERY, pack_strings(form, start, graph.size), Settings(width=4), 10**12)
    circuit, placement = replay(written, form, found.moves, start, graph.size)
    assert placement.start == tuple(start)
    state = start_state(written)
    wanted = program_expectations(written, state)
    got = program_expectations(circuit, placed(state, start, graph.size))
    np.testing.assert_allclose(got, wanted, atol=1e-9)


@pytest.mark.parametrize("letters", EVERY)
def test_what_is_measured_after_a_move_has_its_sign(letters):
    """All products of two Paulis, after rotations that make every expectation differ."""
    observables = tuple(observable(f"{a}0*{b}1") for a in "XYZ" for b in "XYZ")
    turns = (op("rx 0", A), op("rz 0", B), op("ry 1", A + B))
    written = Program(2, turns, observables, ("a", "b"), (), "any")
    move = (1, 0, letters)
    circuit, _ = replay(written, make_rotation_form(written), [move], (0, 1), 2)
    assert circuit.observables != observables
    state = start_state(written)
    np.testing.assert_allclose(
        program_expectations(circuit, state), program_expectations(written, state), atol=1e-9
    )


def test_a_rotation_is_done_as_soon_as_it_is_on_one_qubit():
    written = program(op("ry 0", A), op("cnot 0 1"), op("ry 1", B), measure="Z1")
    form = make_rotation_form(written)
    circuit, placement = replay(written, form, [(4, 2, ("Z", "X"))], (4, 2, 0), 5)
    assert circuit.operations == (op("ry 4", A), op("cnot 4 2"), op("ry 2", B))
    assert circuit.observables == (observable("Z2"),)
    assert (placement.start, placement.end) == ((4, 2, 0), (4, 2, 0))


@pytest.mark.parametrize("letters", EVERY)
def test_a_move_is_done_by_its_controlled_pauli(letters):
    nothing = Program(2, (), ())
    circuit, _ = replay(nothing, make_rotation_form(nothing), [(0, 1, letters)], (0, 1), 2)
    s, t = (PAULI[letter] for letter in letters)
    wanted = (np.kron(np.eye(2) + s, np.eye(2)) + np.kron(np.eye(2) - s, t)) / 2
    assert equal_up_to_phase(unitary(circuit, {}), wanted)


@pytest.mark.parametrize(
    ("letters", "gates"),
    [(("Z", "X"), ["cnot"]), (("X", "Z"), ["cnot"]), (("Z", "Z"), ["cz"])],
)
def test_moves_that_are_gates_stand_alone(letters, gates):
    written = layered("linear", 2, 1)
    circuit, _ = replay(written, make_rotation_form(written), [(0, 1, letters)], (0, 1), 2)
    assert [each.gate for each in circuit.operations] == ["ry", "ry", *gates]
    assert circuit.operations[-1].qubits == ((1, 0) if letters[0] == "X" else (0, 1))


def test_a_qubit_ends_where_its_last_rotation_is():
    turns = (op("ry 0", A), op("ry 1", B))
    written = program(*turns, op("swap 0 1"), *turns, measure="Z0 Z1")
    placement = replay(written, make_rotation_form(written), [], (4, 2, 0), 5)[1]
    # What is written on qubit 0 after the SWAP is done where qubit 1 started, and its state is.
    assert (placement.start, placement.end) == ((4, 2, 0), (2, 4, 0))


@settings(max_examples=60)
@given(programs(3, max_size=20), trees(3, 6))
def test_every_qubit_ends_somewhere_and_no_two_at_one_place(written, graph):
    form = make_rotation_form(written)
    found = search(
        graph, EVERY, pack_strings(form, range(3), graph.size), Settings(width=2), 10**12
    )
    placement = replay(written, form, found.moves, range(3), graph.size)[1]
    assert len({*placement.end}) == 3
    assert {*placement.end} <= {*range(graph.size)}
