from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from qslc.diagnostics import InputError
from qslc.ir.gates import GATES
from qslc.ir.metrics import count_metrics
from qslc.ir.program import Operation, PauliString, Program
from qslc.lower import physical
from qslc.lower.objective import cost
from qslc.lower.physical import DeviceProgram, lower_to_device
from qslc.passes import Pass
from qslc.spec.devices import EdgesDevice, GridDevice, HeavyHexDevice, build_device
from qslc.spec.objectives import OBJECTIVES
from qslc.targets.device import Device
from tests.lower.exact_simulation import expectation, placed, random_state, run
from tests.lower.patterns import PATTERNS, layered

A, B = sympy.symbols("a b")
STAR = EdgesDevice(edges=tuple((0, i) for i in range(1, 8)))
VALUES = {"a": 0.917, "b": -2.23}


def on_couplers(program: Program, target: Device) -> bool:
    coupled = {frozenset(edge) for edge in target.edges}
    doubles = [op for op in program.operations if len(op.qubits) == 2]
    return all(op.gate in target.gates and frozenset(op.qubits) in coupled for op in doubles)


def final_states(program: Program, lowered: DeviceProgram) -> tuple[np.ndarray, np.ndarray]:
    """Return the program's and the device's final states, from where the placement says it starts.

    It is |0...0> or, if the program takes any, a random complex one.
    """
    state = random_state(program.qubits, np.random.default_rng(0))
    if program.start == "zero":
        state = np.eye(1, state.size, dtype=complex).reshape(state.shape)
    values = VALUES | {name: 0.3 * k - 1 for k, name in enumerate(program.weights)}
    start = placed(state, lowered.placement.start, lowered.program.qubits)
    return run(program, state, values), run(lowered.program, start, values)


def assert_same_expectations(program: Program, lowered: DeviceProgram) -> None:
    before, after = final_states(program, lowered)
    wanted = [expectation(observable, before) for observable in program.observables]
    got = [expectation(observable, after) for observable in lowered.program.observables]
    np.testing.assert_allclose(got, wanted, atol=1e-9)


def assert_same_state(program: Program, lowered: DeviceProgram) -> None:
    """Up to a phase, and found where the placement says that it ends."""
    before, after = final_states(program, lowered)
    there = placed(before, lowered.placement.end, lowered.program.qubits)
    assert abs(np.vdot(there, after)) > 1 - 1e-9


@st.composite
def programs(draw):
    n = draw(st.integers(2, 5))

    def operation(_):
        gate = GATES[draw(st.sampled_from(sorted(GATES)))]
        qubits = tuple(draw(st.permutations(range(n)))[: gate.arity])
        angle = draw(st.sampled_from([A, B, A + 2 * B, sympy.pi / 3]))
        return Operation(gate.name, qubits, angle if gate.rotation else None)

    operations = tuple(map(operation, range(draw(st.integers(0, 14)))))
    observables = (
        *(PauliString(((q, "Z"),)) for q in range(n)),
        PauliString(((0, "X"), (n - 1, "Y")), -1),
    )
    start = draw(st.sampled_from(("any", "zero")))
    return Program(n, operations, observables, ("a", "b"), (), start)


@st.composite
def connected_devices(draw, least):
    n = draw(st.integers(least, 7))
    tree = {(draw(st.integers(0, q - 1)), q) for q in range(1, n)}
    possible = [(a, b) for b in range(n) for a in range(b)]
    edges = tree | draw(st.sets(st.sampled_from(possible), max_size=3))
    gates = draw(st.sampled_from([("cz",), ("cnot",), ("cnot", "cz")]))
    return Device("drawn", tuple((q,) for q in range(n)), tuple(sorted(edges)), gates)


@settings(max_examples=60)
@given(data=st.data(), program=programs(), level=st.integers(0, 2), seed=st.integers(0, 9))
def test_any_program_on_any_connected_device(data, program, level, seed):
    target = data.draw(connected_devices(program.qubits))
    result = lower_to_device(program, target, level, seed)
    assert on_couplers(result.program, target)
    assert result.program.weights == program.weights
    assert_same_expectations(program, result)


@settings(max_examples=40)
@given(data=st.data(), program=programs(), level=st.integers(0, 1), seed=st.integers(0, 9))
def test_without_a_search_the_state_itself_is_kept(data, program, level, seed):
    target = data.draw(connected_devices(program.qubits))
    assert_same_state(program, lower_to_device(program, target, level, seed))


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("n", [4, 6])
@pytest.mark.parametrize("chosen", ["line", GridDevice(grid=(2, 4)), STAR])
def test_patterns_on_small_devices(pattern, n, chosen):
    target, program = build_device(chosen, n), layered(pattern, n, 2)
    result = lower_to_device(program, target, 3, 0)
    assert on_couplers(result.program, target)
    assert_same_expectations(program, result)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize(("n", "gate"), [(4, "cnot"), (10, "cry"), (12, "cz")])
@pytest.mark.parametrize("chosen", ["all_to_all", "weber", "rainbow", HeavyHexDevice(heavy_hex=5)])
def test_placed_programs_gain_no_gate_and_no_depth(pattern, n, chosen, gate):
    target, program = build_device(chosen, n), layered(pattern, n, 1, gate)
    lowered = lower_to_device(program, target, 1, 0)
    physical, placement, (where, native) = lowered.program, lowered.placement, lowered.steps
    assert on_couplers(physical, target)
    before, after = count_metrics(program), count_metrics(physical)
    if where.name == "place":
        assert placement.start == placement.end
        assert (after.two_qubit_gates, after.two_qubit_depth) == (
            before.two_qubit_gates,
            before.two_qubit_depth,
        )
        assert where.note == "no swap"
        assert after.qubits == n
    else:
        assert (where.name, where.note) != ("route", "0 swaps")
        assert after.two_qubit_gates > before.two_qubit_gates
    assert native.after == after


@pytest.mark.parametrize("pattern", ["linear", "brick", "ring", "shifted_ring"])
def test_lines_and_even_rings_need_no_swap_on_weber(pattern):
    for n in range(4, 21, 2):
        steps = lower_to_device(layered(pattern, n, 2), build_device("weber", n), 1, 0).steps
        assert steps[0].name == "place"


def test_a_dense_program_swaps_right_after_its_gates():
    program = layered("all_to_all", 8, 2)
    physical = lower_to_device(program, build_device("line", 8), 1, 0).program
    # One more CZ per gate, less where nothing is left to meet, instead of three per SWAP.
    assert count_metrics(physical).two_qubit_gates <= 2 * count_metrics(program).two_qubit_gates


def test_more_attempts_are_never_worse():
    target = build_device("weber", 8)
    program = layered("star", 8, 3)
    results = [lower_to_device(program, target, level, 1).program for level in (1, 2, 3)]
    scores = [cost(physical, target, OBJECTIVES["depth"]) for physical in results]
    assert scores == sorted(scores, reverse=True)


def test_the_cleanup_decides_between_attempts(monkeypatch):
    seen = []

    def forget_the_second(program):
        seen.append(program)
        return Program(program.qubits, (), ()) if len(seen) == 2 else program

    def lower(passes):
        monkeypatch.setattr(physical, "NATIVE_PASSES", {2: passes})
        return lower_to_device(layered("star", 8, 2), build_device("weber", 8), 2, 0).program

    chosen = lower((Pass("forget", forget_the_second, level=2, once=True),))
    assert chosen == seen[1] != seen[0]
    assert lower(()) == seen[0]


def test_qubits_without_gates_have_a_place_too():
    program = Program(6, (Operation("cnot", (0, 4)),), (PauliString(((2, "Z"),)),), (), (), "any")
    result = lower_to_device(program, build_device(GridDevice(grid=(2, 3)), 6), 2, 0)
    assert sorted(result.placement.start) == list(range(6))
    assert_same_expectations(program, result)


@pytest.mark.parametrize("level", range(4))
def test_routing_stays_in_the_largest_connected_part(level):
    turns = tuple(Operation("rx", (q,), A) for q in range(3))
    pairs = tuple(Operation("cry", p, B) for p in ((0, 1), (1, 2), (2, 0)))
    observables = tuple(PauliString(((q, "Z"),)) for q in range(3))
    triangle = Program(3, (*turns, *pairs), observables, ("a", "b"), (), "any")
    edges = ((0, 1), (2, 3), (3, 4))
    target = build_device(EdgesDevice(edges=edges), 3)
    lowered = lower_to_device(triangle, target, level, 0)
    assert on_couplers(lowered.program, target)
    assert set(lowered.placement.start) == {2, 3, 4}
    assert_same_expectations(triangle, lowered)


def test_a_device_that_is_too_small_is_an_input_error():
    target = build_device(EdgesDevice(edges=((0, 1), (2, 3))), 3)
    with pytest.raises(InputError, match="needs 3 connected qubits"):
        lower_to_device(layered("ring", 3, 1), target, 2, 0)


def test_a_deep_ring_on_a_line_needs_no_swaps_however_small_the_effort(monkeypatch):
    target = build_device("line", 8)
    for overtime, method in ((1, "route"), (100, "synthesize")):
        monkeypatch.setattr(physical, "EFFORTS", (0, 0, 100_000, 0))
        monkeypatch.setattr(physical, "OVERTIME", overtime)
        assert lower_to_device(layered("ring", 8, 6), target, 2, 0).steps[0].name == method


def fingerprint() -> str:
    program = layered("star", 5, 2, "crx")
    targets = (build_device(name, 5) for name in ("rainbow", "line"))
    results = [lower_to_device(program, target, 2, 5) for target in targets]
    return repr([(lowered.program, lowered.placement) for lowered in results])


def test_the_same_arguments_give_the_same_program_in_every_process():
    folder = str(Path(__file__).parents[2])
    code = "from tests.lower import test_physical; print(test_physical.fingerprint())"
    expected = fingerprint()
    for hash_seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": folder}
        run_ = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert run_.stdout.strip() == expected
