from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qslc.export.cirq_circuit import to_circuit
from qslc.ir.metrics import count_levels, count_metrics, pack_moments
from qslc.ir.program import Operation, Program

QUBITS = 4


@st.composite
def _operations(draw) -> Operation:
    gate = draw(st.sampled_from(("h", "s", "cnot", "cz")))
    qubits = draw(st.permutations(range(QUBITS)))
    return Operation(gate, tuple(qubits[: 1 if gate in "hs" else 2]))


@st.composite
def programs(draw) -> Program:
    operations = draw(st.lists(_operations(), max_size=25))
    packing = draw(st.sampled_from(("earliest", "aligned")))
    return Program(QUBITS, tuple(operations), (), packing=packing)


def two_qubit_moments(program: Program) -> int:
    return sum(any(len(op.qubits) == 2 for op in moment) for moment in to_circuit(program))


@given(programs())
@settings(max_examples=100)
def test_metrics_count_the_moments_of_the_circuit(program):
    found = count_metrics(program)
    assert found.depth == len(to_circuit(program))
    assert found.two_qubit_depth == two_qubit_moments(program)


@given(programs())
@settings(max_examples=100)
def test_every_qubit_keeps_its_order(program):
    packed = [op for moment in pack_moments(program) for op in moment]
    for qubit in range(QUBITS):
        assert [op for op in packed if qubit in op.qubits] == [
            op for op in program.operations if qubit in op.qubits
        ]


@given(programs())
@settings(max_examples=100)
def test_aligned_gates_stand_in_as_few_moments_as_their_longest_chain(program):
    longest = count_levels(program.operations, lambda op: len(op.qubits) - 1)
    assert two_qubit_moments(replace(program, packing="aligned")) == longest


@pytest.mark.parametrize(("packing", "expected"), [("earliest", (2, 2)), ("aligned", (2, 1))])
def test_a_gate_waits_for_the_others_of_its_level(packing, expected):
    operations = (Operation("h", (0,)), Operation("cz", (0, 1)), Operation("cz", (2, 3)))
    found = count_metrics(Program(4, operations, (), packing=packing))
    assert (found.depth, found.two_qubit_depth) == expected
