from __future__ import annotations

from itertools import pairwise, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qslc.ir.program import Operation, PauliString, Program
from qslc.lower.candidates import count_gates
from qslc.lower.placement.graph import Graph
from qslc.lower.synthesis.fan_outs import find_walk, move_center, recognize_fan_outs
from qslc.lower.synthesis.portfolio import make_problem
from tests.lower.synthesis.samples import (
    assert_measures_the_same,
    connected,
    line,
    pairs_of,
    trees,
)
from tests.passes.pass_programs import A, B, op, program


def stars(qubits: int, blocks: int, center: int, inward: bool, kept=lambda *_: True) -> Program:
    """RYs, then ``blocks`` times CNOTs with the center and RYs, but for those that are not kept."""
    operations: list[Operation] = []
    for layer in range(blocks + 1):
        pairs = [(leaf, center) if inward else (center, leaf) for leaf in range(qubits)]
        if layer:
            operations += [Operation("cnot", pair) for pair in pairs if pair[0] != pair[1]]
        angles = [(layer + 1) * A + (q + 1) * B for q in range(qubits)]
        operations += [
            Operation("ry", (q,), angle) for q, angle in enumerate(angles) if kept(layer, q)
        ]
    observables = tuple(PauliString(((q, "Z"),)) for q in range(qubits))
    return Program(qubits, tuple(operations), observables, ("a", "b"), (), "any")


@settings(max_examples=60)
@given(trees(5, 8), st.data())
def test_a_walk_measures_what_the_fan_outs_do(host, data):
    qubits = data.draw(st.integers(3, 5))
    written = stars(
        qubits,
        data.draw(st.integers(1, 4)),
        data.draw(st.integers(0, qubits - 1)),
        data.draw(st.booleans()),
        kept=lambda *_: data.draw(st.integers(0, 9)) > 0,
    )
    for candidate in move_center(make_problem(written), host):
        assert_measures_the_same(candidate.program, written, candidate.placement.start)
        assert {*pairs_of(candidate.program)} <= {*host.edges}


@pytest.mark.parametrize("inward", [False, True])
@pytest.mark.parametrize("blocks", [1, 2, 3, 4])
@pytest.mark.parametrize("length", [3, 5, 6, 9])
def test_a_step_costs_a_gate_in_each_block_and_a_pendant_one_in_all(length, blocks, inward):
    written = stars(length, blocks, length // 2, inward)
    (candidate,) = move_center(make_problem(written), line(length))
    walk = find_walk(line(length), length, blocks)
    assert count_gates(written) == blocks * (length - 1)
    assert count_gates(candidate.program) == blocks * (length - 1) + walk.count_surplus(blocks)


def test_a_star_of_thirteen_on_a_line_takes_102_gates():
    """With the center walking to the last leaf but one it would be 110."""
    (candidate,) = move_center(make_problem(stars(13, 5, 0, inward=False)), line(13))
    assert count_gates(candidate.program) == 102
    assert (candidate.method, candidate.note) == ("walk", "steps: 8, pendants: 2")


def test_fan_outs_are_recognized():
    found = recognize_fan_outs(stars(4, 3, 2, inward=False))
    assert (found.center, found.blocks, found.letters) == (2, 3, ("Z", "X"))
    assert recognize_fan_outs(stars(4, 1, 0, inward=True)).letters == ("X", "Z")


@pytest.mark.parametrize(
    "operations",
    [
        ["ry(a) 0"],
        ["cnot 0 1", "cnot 1 2"],
        ["cnot 0 1", "cnot 2 0"],
        ["cnot 0 1", "cz 0 2"],
        ["cnot 0 1", "cnot 0 1"],
        ["cnot 0 1", "rz(a) 1", "cnot 0 2"],
        ["cnot 0 1", "cnot 0 2", "h 2"],
    ],
    ids=["no gate", "a chain", "both ways", "a CZ", "a leaf left out", "an RZ", "a Hadamard"],
)
def test_what_else_there_is_are_no_fan_outs(operations):
    written = program(*map(op, operations))
    assert recognize_fan_outs(written) is None
    assert move_center(make_problem(written), line(3)) == []


def test_fan_outs_need_room():
    written = stars(4, 2, 0, inward=False)
    assert move_center(make_problem(written), line(3)) == []


@given(connected(), st.data())
def test_a_walk_meets_every_leaf_or_a_neighbor_of_it(host, data):
    size = data.draw(st.integers(1, host.size))
    walk = find_walk(host, size, data.draw(st.integers(1, 4)))
    if walk is None:
        return
    assert len({*walk.places}) == len(walk.places) == size
    leaves = [leaf for met in walk.neighbors for leaf in met]
    assert len(walk.neighbors) == len(walk.path)
    assert {*walk.pendants} <= {*leaves}
    met_at = list(zip(walk.path, walk.neighbors, strict=True))
    together = [
        *zip(walk.path, walk.path[1:], strict=False),
        *((here, leaf) for here, met in met_at for leaf in met),
        *walk.pendants.items(),
    ]
    assert {tuple(sorted(pair)) for pair in together} <= {*host.edges}


@given(connected(2, 6), st.data())
def test_no_walk_on_a_small_graph_is_cheaper(host, data):
    size = data.draw(st.integers(2, host.size))
    blocks = data.draw(st.integers(1, 4))
    walk = find_walk(host, size, blocks)
    least = min(_extras(host, size, blocks), default=None)
    assert (walk.count_surplus(blocks) if walk else None) == least


def _extras(host: Graph, size: int, blocks: int):
    """The extra gates of every walk there is, by trying all paths."""
    for steps in range(size):
        for path in permutations(range(host.size), steps + 1):
            if any(b not in host.neighbors[a] for a, b in pairwise(path)):
                continue
            leaves = {v for here in path for v in host.neighbors[here]} - {*path}
            missing = max(0, size - len(path) - len(leaves))
            if missing <= _most_pendants(host, sorted(leaves), {*path, *leaves}):
                yield blocks * steps + missing


def _most_pendants(host: Graph, leaves: list[int], taken: set[int]) -> int:
    if not leaves:
        return 0
    free = [v for v in host.neighbors[leaves[0]] if v not in taken]
    return max(
        _most_pendants(host, leaves[1:], taken),
        *(1 + _most_pendants(host, leaves[1:], taken | {v}) for v in free),
        0,
    )
