from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qslc.diagnostics import CompilerFaultError
from qslc.ir.program import Program
from qslc.lower.synthesis.beam import Settings, search
from qslc.lower.synthesis.frames import pack_strings
from qslc.lower.synthesis.moves import (
    CNOTS,
    DIAGONAL,
    EVERY,
    choose_alphabet,
    find_anticommuting,
    multiply,
    replay,
)
from qslc.pauli.frame import make_rotation_form
from tests.lower.exact_simulation import PAULI, equal_up_to_phase, unitary
from tests.lower.patterns import layered
from tests.lower.synthesis.samples import assert_measures_the_same, line, trees
from tests.lower.synthesis.slow_lengths import as_bits, images
from tests.passes.pass_programs import A, B, observable, op, program, programs

PAULIS = ("I", "X", "Y", "Z")


@given(st.sampled_from(EVERY))
def test_a_move_is_its_controlled_pauli(letters):
    s, t = letters
    pairs = [(p, q) for p in PAULIS for q in PAULIS]
    x, z = (bits[0, :, 0] for bits in as_bits([[[axis(pair) for pair in pairs]]], 2))
    there = multiply(x[0], z[0], s, find_anticommuting(x[1], z[1], t))
    here = multiply(x[1], z[1], t, find_anticommuting(x[0], z[0], s))
    x_after, z_after = as_bits([[[axis(images(letters)[pair]) for pair in pairs]]], 2)
    np.testing.assert_array_equal(there, (x_after[0, 0, 0], z_after[0, 0, 0]))
    np.testing.assert_array_equal(here, (x_after[0, 1, 0], z_after[0, 1, 0]))


def axis(pair: tuple[str, str]) -> dict[int, str]:
    return {vertex: pauli for vertex, pauli in enumerate(pair) if pauli != "I"}


@pytest.mark.parametrize(
    ("gates", "measure", "moves"),
    [
        (("cnot 0 1", "swap 1 2", "x 0", "z 1"), "Z0 Z1*Z2", CNOTS),
        ((), "Z0", CNOTS),
        (("cnot 0 1", "cz 1 2"), "Z0", DIAGONAL),
        (("s 0", "cnot 0 1"), "Z0", DIAGONAL),
        (("h 0", "cnot 0 1"), "Z0", EVERY),
        (("cnot 0 1",), "X0*Z1", EVERY),
    ],
)
def test_moves_are_of_the_kinds_of_gates_that_a_program_has(gates, measure, moves):
    written = program(op("ry 0", A), *map(op, gates), op("ry 1", B), measure=measure)
    # The form has no gates any more.
    assert choose_alphabet(make_rotation_form(written), written.operations) == moves


@pytest.mark.parametrize(
    ("rotation", "moves"),
    [("rxx 0 1", CNOTS), ("rzz 0 1", CNOTS), ("ryy 0 1", DIAGONAL), ("crx 0 1", DIAGONAL)],
)
def test_there_are_enough_moves_for_every_rotation(rotation, moves):
    written = program(op("rx 0", A), op("ry 1", A), op(rotation, B), op("rx 1", A), op("ry 0", A))
    form = make_rotation_form(written)
    assert choose_alphabet(form, written.operations) == moves
    axes = pack_strings(form, range(3), 3)
    graph = line(3)
    assert search(graph, moves, axes, Settings(width=8), 10**9).moves is not None
    if moves == DIAGONAL:
        assert search(graph, CNOTS, axes, Settings(width=8), 10**9).moves is None


@settings(max_examples=100)
@given(programs(3, max_size=20), trees(3, 6), st.data())
def test_a_circuit_found_measures_what_its_program_does(written, graph, data):
    start = data.draw(st.permutations(range(graph.size)))[:3]
    form = make_rotation_form(written)
    found = search(graph, EVERY, pack_strings(form, start, graph.size), Settings(width=4), 10**12)
    found_circuit, placement = replay(written, form, found.moves, start, graph.size)
    assert placement.start == tuple(start)
    assert len({*placement.end}) == 3
    assert {*placement.end} <= {*range(graph.size)}
    assert_measures_the_same(found_circuit, written, start)


@pytest.mark.parametrize("letters", EVERY)
def test_what_is_measured_after_a_move_has_its_sign(letters):
    """All products of two Paulis, after rotations that make every expectation differ."""
    observables = tuple(observable(f"{a}0*{b}1") for a in "XYZ" for b in "XYZ")
    turns = (op("rx 0", A), op("rz 0", B), op("ry 1", A + B))
    written = Program(2, turns, observables, ("a", "b"), (), "any")
    move = (1, 0, letters)
    circuit, _ = replay(written, make_rotation_form(written), [move], (0, 1), 2)
    assert circuit.observables != observables
    assert_measures_the_same(circuit, written)


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


def test_a_move_of_no_clifford_gates_is_named(monkeypatch):
    monkeypatch.setattr("qslc.lower.synthesis.moves._list_gates", lambda _: iter([op("t 0")]))
    written = program(op("ry 0", A), measure="Z0")
    with pytest.raises(CompilerFaultError, match=r"gate='t'.*no Clifford gate"):
        replay(written, make_rotation_form(written), [(0, 1, ("Z", "X"))], (0,), 2)


def test_a_qubit_ends_where_its_last_rotation_is():
    turns = (op("ry 0", A), op("ry 1", B))
    written = program(*turns, op("swap 0 1"), *turns, measure="Z0 Z1")
    placement = replay(written, make_rotation_form(written), [], (4, 2, 0), 5)[1]
    # What is written on qubit 0 after the SWAP is done where qubit 1 started, and its state is.
    assert (placement.start, placement.end) == ((4, 2, 0), (2, 4, 0))
