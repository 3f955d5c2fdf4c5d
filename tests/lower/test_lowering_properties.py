"""Whatever the circuit, device, level and objective: what lowering and its clean-up promise."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from qslc.ir.gates import GATES
from qslc.ir.program import Operation, PauliString, Program, rename_qubits
from qslc.lower.candidates import compute_cost
from qslc.lower.native import lower_to_native
from qslc.lower.physical import lower_to_device
from qslc.lower.placement.embedding import find_embedding
from qslc.lower.placement.graph import make_interaction_graph
from qslc.passes import NATIVE_PASSES, clean_up
from qslc.pauli.tableau import are_measurable_together, make_tableau
from qslc.spec.objectives import OBJECTIVES
from qslc.targets.device import Device
from tests.lower.calibrated import randomly_calibrated
from tests.lower.patterns import PATTERNS, pairs
from tests.lower.synthesis.samples import (
    assert_measures_the_same,
    assert_runs_on,
    connected,
    couplers,
)
from tests.passes.pass_programs import pauli_strings, programs

ENTANGLERS = sorted(name for name, gate in GATES.items() if gate.arity == 2)
GATES_FIRST = OBJECTIVES["gates"]
TURNS = sorted(name for name, gate in GATES.items() if gate.arity == 1)


@st.composite
def ansaetze(draw, most: int = 5) -> Program:
    """Blocks of gates of any kind, on all qubits or along a pattern, repeated."""
    n = draw(st.integers(2, most))
    turns, entanglers = st.sampled_from(TURNS), st.sampled_from(ENTANGLERS)
    block = draw(
        st.lists(turns | st.tuples(entanglers, st.sampled_from(PATTERNS)), min_size=1, max_size=4)
    )
    fresh = (sympy.Symbol(f"theta_{k}") for k in count())
    operations = []
    for layer in range(draw(st.integers(1, 3))):
        for entry in block:
            gate, where = (entry, [(q,) for q in range(n)]) if isinstance(entry, str) else entry
            places = pairs(where, n, layer) if isinstance(where, str) else where
            turning = GATES[gate].rotation
            operations += [Operation(gate, q, next(fresh) if turning else None) for q in places]
    names = tuple(op.angle.name for op in operations if op.angle is not None)
    observables = draw(readouts(n))
    start = draw(st.sampled_from(("any", "zero")))
    return Program(n, tuple(operations), observables, names, (), start)


def readouts(n: int) -> st.SearchStrategy[tuple[PauliString, ...]]:
    """All Z, all ZZ, one Z, or strings of any letters."""
    each = tuple(PauliString(((q, "Z"),)) for q in range(n))
    both = tuple(PauliString(((a, "Z"), (b, "Z"))) for b in range(n) for a in range(b))
    strings = st.lists(pauli_strings(n), min_size=1, max_size=3).map(tuple)
    return st.sampled_from((each, both, each[-1:])) | strings


@st.composite
def devices(draw, least: int) -> Device:
    graph = draw(connected(least, least + 2))
    gates = draw(st.sampled_from((("cz",), ("cnot",), ("cnot", "cz"))))
    coordinates = tuple((q,) for q in range(graph.size))
    return randomly_calibrated(Device("drawn", coordinates, graph.edges, gates), 0)


@st.composite
def cases(draw, levels: tuple[int, ...]) -> tuple[Program, Device, int, str, int]:
    """A program, where it is to run, a level, an objective and a seed."""
    program, level = draw(ansaetze() | programs()), draw(st.sampled_from(levels))
    device, objective = draw(devices(program.qubits)), draw(st.sampled_from(sorted(OBJECTIVES)))
    return program, device, level, objective, draw(st.integers(0, 3))


def assert_keeps_its_promises(
    program: Program, device: Device, level: int, objective: str, seed: int = 0
) -> None:
    found, passes = lower_to_device(program, device, level, seed, objective), NATIVE_PASSES[level]
    tidy = clean_up(found.program, passes)
    for circuit in (found.program, tidy):
        assert_runs_on(circuit, device)
        assert_measures_the_same(circuit, program, found.placement.start)
        assert (circuit.weights, circuit.start) == (program.weights, program.start)
        if are_measurable_together(make_tableau(program.observables)):
            assert are_measurable_together(make_tableau(circuit.observables))
    assert clean_up(tidy, passes) == tidy
    before, after = (compute_cost(each, device, GATES_FIRST) for each in (found.program, tidy))
    assert after <= before


@settings(max_examples=80)
@given(cases((0, 1, 2)))
def test_a_lowered_ansatz_keeps_its_promises(case):
    assert_keeps_its_promises(*case)


@pytest.mark.slow
@settings(max_examples=80)
@given(cases((2, 3)))
def test_a_lowered_ansatz_keeps_its_promises_at_every_effort(case):
    assert_keeps_its_promises(*case)


def assert_no_worse_than_placed(program: Program, device: Device, objective: str) -> None:
    """If the program fits as it is."""
    host = couplers(device)
    places = find_embedding(make_interaction_graph(program), host, 0)
    if places is None:
        return
    plain = clean_up(
        lower_to_native(rename_qubits(program, places, host.size), device), NATIVE_PASSES[2]
    )
    found = clean_up(lower_to_device(program, device, 2, 0, objective).program, NATIVE_PASSES[2])
    aim = OBJECTIVES[objective]
    assert compute_cost(found, device, aim) <= compute_cost(plain, device, aim)


@settings(max_examples=20)
@given(ansaetze(most=4), st.data(), st.sampled_from(sorted(OBJECTIVES)))
def test_a_search_is_never_worse_than_the_program_placed_as_it_is(program, data, objective):
    assert_no_worse_than_placed(program, data.draw(devices(program.qubits)), objective)


V_SHAPE = randomly_calibrated(Device("v", ((0,), (1,), (2,)), ((0, 1), (0, 2)), ("cz",)), 0)


def test_what_only_clean_up_shortens_is_not_forgotten():
    """The second gate of each rotation commutes with all that is measured, and is dropped."""
    turns = (Operation("cry", (k, k + 1), sympy.Symbol(f"theta_{k}")) for k in range(2))
    each = tuple(PauliString(((q, "Z"),)) for q in range(3))
    program = Program(3, tuple(turns), each, ("theta_0", "theta_1"), (), "any")
    for objective in OBJECTIVES:
        assert_no_worse_than_placed(program, V_SHAPE, objective)


def test_a_gate_may_be_better_than_one_more_readout():
    """Without the gate the product of two qubits would be measured."""
    program = Program(2, (Operation("cnot", (0, 1)),), (PauliString(((1, "Z"),)),), start="any")
    assert_no_worse_than_placed(program, V_SHAPE, "fidelity")


@pytest.mark.parametrize("level", range(4))
@pytest.mark.parametrize("qubits", [1, 2])
def test_the_smallest_devices_do(level, qubits):
    coordinates, edges = tuple((q,) for q in range(qubits)), ((0, 1),)[: qubits - 1]
    device = randomly_calibrated(Device("small", coordinates, edges, ("cz",)), 0)
    turn = Operation("ry", (0,), sympy.Symbol("theta_0"))
    z = PauliString(((0, "Z"),))
    for operations in ((), (turn,), (Operation("h", (0,)), turn)):
        program = Program(1, operations, (z,), ("theta_0",))
        for objective in OBJECTIVES:
            assert_keeps_its_promises(program, device, level, objective)


@pytest.mark.parametrize("level", range(4))
def test_nothing_measured_leaves_nothing_to_promise_but_the_device(level):
    device = randomly_calibrated(Device("line", ((0,), (1,), (2,)), ((0, 1), (1, 2)), ("cz",)), 0)
    ring = tuple(Operation("cz", pair) for pair in pairs("ring", 3))
    program = replace(Program(3, ring, ()), start="any")
    assert_keeps_its_promises(program, device, level, "depth")
