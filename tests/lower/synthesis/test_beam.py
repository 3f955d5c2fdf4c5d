from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qslc.ir.program import Operation, Program
from qslc.lower.candidates import count_depth
from qslc.lower.placement.graph import Graph
from qslc.lower.synthesis.beam import SearchResult, Settings, search
from qslc.lower.synthesis.frames import pack_strings
from qslc.lower.synthesis.moves import CNOTS, DIAGONAL, EVERY, replay
from qslc.pauli.frame import RotationForm, make_rotation_form
from tests.lower.patterns import layered
from tests.lower.synthesis.samples import complete, grid, line, pairs_of, ring, trees
from tests.passes.pass_programs import A, op, program, programs

NO_LIMIT = 10**12
NARROW = Settings(width=8)
SOLVED = trees(3, 6) | st.sampled_from([complete(3), complete(5)])
"""Graphs on which a length is exact, so that it can fall until all is done."""


def found_for(
    written: Program,
    graph: Graph,
    letters=CNOTS,
    how: Settings = NARROW,
    limit: int = NO_LIMIT,
    most: float = NO_LIMIT,
) -> tuple[SearchResult, RotationForm]:
    """With program qubit q on vertex q."""
    form = make_rotation_form(written)
    axes = pack_strings(form, range(written.qubits), graph.size)
    return search(graph, letters, axes, how, limit, most), form


@settings(max_examples=100)
@given(programs(3, max_size=25), SOLVED, st.integers(1, 12))
def test_what_is_found_is_what_its_circuit_shows(written, graph, width):
    found, form = found_for(written, graph, EVERY, Settings(width=width))
    circuit, _ = replay(written, form, found.moves, range(3), graph.size)
    assert {*pairs_of(circuit)} <= {*graph.edges}
    assert pairs_of(circuit) == [(min(a, b), max(a, b)) for a, b, _ in found.moves]
    assert count_depth(circuit) == found.depth
    rotations = [each.angle for layer in form.layers for each in layer]
    turns = [each.angle for each in circuit.operations if each.angle is not None]
    assert all(angle in turns or -angle in turns for angle in rotations)


@pytest.mark.parametrize("letters", [CNOTS, DIAGONAL, EVERY])
@pytest.mark.parametrize("graph", [line(6), ring(6), grid(2, 3), complete(6)])
def test_only_the_moves_of_the_alphabet_are_used(letters, graph):
    found, _ = found_for(layered("ring", 6, 3), graph, letters)
    assert {pair for _, _, pair in found.moves} <= {*letters}


@pytest.mark.parametrize("layers", [2, 3, 4])
@pytest.mark.parametrize("n", [3, 5, 8])
def test_a_chain_on_a_line_takes_as_many_gates_as_it_has(n, layers):
    found, _ = found_for(layered("linear", n, layers), line(n))
    # What comes after the last rotations is a matter of the observables.
    assert len(found.moves) == (layers - 1) * (n - 1)


def test_all_pairs_are_a_chain_in_disguise():
    found, _ = found_for(layered("all_to_all", 6, 2), line(6))
    assert len(found.moves) == 5


def test_one_layer_of_rotations_takes_no_gate():
    assert found_for(layered("ring", 5, 1), line(5))[0] == SearchResult((), 0, 0, 0)


@pytest.mark.parametrize(("start", "gates"), [((0, 1), 1), ((0, 2), 3), ((0, 3), 5)])
def test_a_rotation_of_two_qubits_takes_a_gate_and_two_for_each_qubit_between(start, gates):
    form = make_rotation_form(program(op("rzz 0 1", A), measure="X0 X1"))
    # Undisturbed by what the observables would like.
    rotation = replace(form, observables=())
    found = search(line(4), CNOTS, pack_strings(rotation, (*start, 1), 4), NARROW, NO_LIMIT)
    assert len(found.moves) == gates


def test_a_wider_search_looks_at_more():
    written = layered("ring", 8, 4)
    narrow, wide = (found_for(written, line(8), how=Settings(width))[0] for width in (2, 32))
    assert wide.effort > narrow.effort
    assert wide.depth < narrow.depth


def test_the_price_of_depth_is_paid_in_gates():
    written = layered("ring", 10, 4)
    shallow = Settings(16, depth=4.0, spread=0.5)
    frugal = Settings(16, ahead=(), depth=0.0, spread=0.0, gate=1.0, settle=0.0)
    flat, few = (found_for(written, complete(10), how=each)[0] for each in (shallow, frugal))
    assert flat.depth < few.depth
    assert len(few.moves) < len(flat.moves)


def test_a_search_ends_when_its_effort_is_spent():
    written, graph = layered("star", 7, 4), line(7)
    whole, _ = found_for(written, graph)
    assert found_for(written, graph, limit=whole.effort)[0] == whole
    for share in (8, 4, 2):
        part, _ = found_for(written, graph, limit=whole.effort // share)
        assert part.moves is None
        # The generation in which it is spent is done to its end.
        assert part.effort < whole.effort // share + whole.effort / 10


def test_a_search_ends_after_the_steps_that_it_may_take():
    written, graph = layered("star", 7, 4), line(7)
    whole, _ = found_for(written, graph)
    assert whole.generations >= len(whole.moves)
    assert found_for(written, graph, most=whole.generations)[0] == whole
    part, _ = found_for(written, graph, most=whole.generations // 2)
    assert (part.moves, part.generations) == (None, whole.generations // 2 + 1)


@settings(max_examples=25)
@given(SOLVED, st.integers(0, 2**16))
@example(complete(5), 34)
@example(line(6), 59)
def test_however_dense_strings_are_they_are_gathered_in_the_end(graph, seed):
    rng = np.random.default_rng(seed)
    n = graph.size
    turns = layered("linear", n, 1).operations[:n]
    cnots = tuple(Operation("cnot", tuple(rng.permutation(n)[:2].tolist())) for _ in range(5 * n))
    written = replace(layered("linear", n, 1), operations=(*turns, *cnots, *turns, *cnots, *turns))
    assert found_for(written, graph)[0].moves is not None


def test_a_dear_coupler_is_gone_around():
    written, square = layered("ring", 4, 3), ring(4)
    form = make_rotation_form(written)
    axes = pack_strings(form, range(4), 4)
    prices = np.zeros((4, 4))
    prices[0, 3] = prices[3, 0] = 4.0
    usual = search(square, CNOTS, axes, NARROW, NO_LIMIT)
    warned = search(square, CNOTS, axes, NARROW, NO_LIMIT, prices=prices)

    def count_dear(found: SearchResult) -> int:
        return sum({a, b} == {0, 3} for a, b, _ in found.moves)

    assert count_dear(warned) < count_dear(usual)
    circuit, _ = replay(written, form, warned.moves, range(4), 4)
    assert {*pairs_of(circuit)} <= {*square.edges}


def test_prices_of_nothing_change_nothing():
    written = layered("star", 5, 2)
    axes = pack_strings(make_rotation_form(written), range(5), 5)
    plain = search(line(5), CNOTS, axes, NARROW, NO_LIMIT)
    assert search(line(5), CNOTS, axes, NARROW, NO_LIMIT, prices=np.zeros((5, 5))) == plain
