from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qslc.ir.program import Operation, PauliString, Program
from qslc.lower.objective import two_qubit_gates
from qslc.lower.placement.graph import Graph
from qslc.lower.synthesis.fan_outs import fan_outs, walked
from qslc.lower.synthesis.portfolio import problem
from qslc.lower.synthesis.walk import shortest_walk
from tests.lower.exact_simulation import placed
from tests.lower.synthesis.samples import program_expectations, start_state, trees
from tests.passes.pass_programs import A, B, op, program


def stars(qubits: int, blocks: int, centre: int, inward: bool, kept=lambda *_: True) -> Program:
    """RYs, then ``blocks`` times CNOTs with the centre and RYs, but for those that are not kept."""
    operations: list[Operation] = []
    for layer in range(blocks + 1):
        pairs = [(leaf, centre) if inward else (centre, leaf) for leaf in range(qubits)]
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
def test_a_walk_measures_what_the_fan_outs_do(graph, data):
    qubits = data.draw(st.integers(3, 5))
    written = stars(
        qubits,
        data.draw(st.integers(1, 4)),
        data.draw(st.integers(0, qubits - 1)),
        data.draw(st.booleans()),
        kept=lambda *_: data.draw(st.integers(0, 9)) > 0,
    )
    for candidate in walked(problem(written), graph):
        state = start_state(written)
        wanted = program_expectations(written, state)
        start = candidate.placement.start
        got = program_expectations(candidate.program, placed(state, start, graph.size))
        np.testing.assert_allclose(got, wanted, atol=1e-9)
        pairs = {tuple(sorted(each.qubits)) for each in candidate.program.operations}
        assert {pair for pair in pairs if len(pair) == 2} <= {*graph.edges}


@pytest.mark.parametrize("inward", [False, True])
@pytest.mark.parametrize("blocks", [1, 2, 3, 4])
@pytest.mark.parametrize("length", [3, 5, 6, 9])
def test_a_step_costs_a_gate_in_each_block_and_a_foot_one_in_all(length, blocks, inward):
    line = Graph(length, tuple((k, k + 1) for k in range(length - 1)))
    written = stars(length, blocks, length // 2, inward)
    (candidate,) = walked(problem(written), line)
    walk = shortest_walk(line, length, blocks)
    assert two_qubit_gates(written) == blocks * (length - 1)
    assert two_qubit_gates(candidate.program) == blocks * (length - 1) + walk.surplus(blocks)


def test_a_star_of_thirteen_on_a_line_takes_102_gates():
    """With the centre walking to the last leaf but one it would be 110."""
    line = Graph(13, tuple((k, k + 1) for k in range(12)))
    (candidate,) = walked(problem(stars(13, 5, 0, inward=False)), line)
    assert two_qubit_gates(candidate.program) == 102
    assert (candidate.method, candidate.note) == ("walk", "steps: 8, feet: 2")


def test_fan_outs_are_recognised():
    found = fan_outs(stars(4, 3, 2, inward=False))
    assert (found.centre, found.blocks, found.letters) == (2, 3, ("Z", "X"))
    assert fan_outs(stars(4, 1, 0, inward=True)).letters == ("X", "Z")


@pytest.mark.parametrize(
    "operations",
    [
        ["ry 0"],
        ["cnot 0 1", "cnot 1 2"],
        ["cnot 0 1", "cnot 2 0"],
        ["cnot 0 1", "cz 0 2"],
        ["cnot 0 1", "cnot 0 1"],
        ["cnot 0 1", "rz 1", "cnot 0 2"],
        ["cnot 0 1", "cnot 0 2", "h 2"],
    ],
    ids=["no gate", "a chain", "both ways", "a CZ", "a leaf left out", "an RZ", "a Hadamard"],
)
def test_what_else_there_is_are_no_fan_outs(operations):
    written = program(*(op(each, A) if each[0] == "r" else op(each) for each in operations))
    written = Program(3, written.operations, written.observables, written.weights)
    assert fan_outs(written) is None
    assert walked(problem(written), Graph(3, ((0, 1), (1, 2)))) == []


def test_fan_outs_need_room():
    written = stars(4, 2, 0, inward=False)
    assert walked(problem(written), Graph(3, ((0, 1), (1, 2)))) == []
