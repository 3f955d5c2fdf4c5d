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
from qslc.ir.metrics import metrics
from qslc.ir.program import Operation, PauliString, Program
from qslc.lower.objective import cost
from qslc.lower.physical import Lowered, physical_program
from qslc.spec.model import EdgesDevice, GridDevice, HeavyHexDevice
from qslc.targets.build import device
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


def assert_same_expectations(program: Program, lowered: Lowered, seed: int = 0) -> None:
    """On a random state, which must be found where the placement says it starts."""
    physical, placement = lowered.program, lowered.placement
    state = random_state(program.qubits, np.random.default_rng(seed))
    values = VALUES | {name: 0.3 * k - 1 for k, name in enumerate(program.weights)}
    before = run(program, state, values)
    start = placed(state, placement.start, physical.qubits)
    after = run(physical, start, values)
    assert abs(np.vdot(placed(before, placement.end, physical.qubits), after)) > 1 - 1e-9
    wanted = [expectation(observable, before) for observable in program.observables]
    got = [expectation(observable, after) for observable in physical.observables]
    np.testing.assert_allclose(got, wanted, atol=1e-9)


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
    return Program(n, operations, observables, ("a", "b"), (), "any")


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
    result = physical_program(program, target, level, seed)
    assert on_couplers(result.program, target)
    assert result.program.weights == program.weights
    assert_same_expectations(program, result)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("n", [4, 6])
@pytest.mark.parametrize("chosen", ["line", GridDevice(grid=(2, 4)), STAR])
def test_patterns_on_small_devices(pattern, n, chosen):
    target, program = device(chosen, n), layered(pattern, n, 2)
    result = physical_program(program, target, 3, 0)
    assert on_couplers(result.program, target)
    assert_same_expectations(program, result)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize(("n", "gate"), [(4, "cnot"), (10, "cry"), (12, "cz")])
@pytest.mark.parametrize("chosen", ["all_to_all", "weber", "rainbow", HeavyHexDevice(heavy_hex=5)])
def test_placed_programs_gain_no_gate_and_no_depth(pattern, n, chosen, gate):
    target, program = device(chosen, n), layered(pattern, n, 1, gate)
    lowered = physical_program(program, target, 1, 0)
    physical, placement, (where, native) = lowered.program, lowered.placement, lowered.steps
    assert on_couplers(physical, target)
    before, after = metrics(program), metrics(physical)
    if where.name == "place":
        assert placement.start == placement.end
        assert (after.two_qubit_gates, after.two_qubit_depth) == (
            before.two_qubit_gates,
            before.two_qubit_depth,
        )
        assert where.note == "subgraph isomorphism"
        assert after.qubits == n
    else:
        assert "routed" in where.note
        assert after.two_qubit_gates > before.two_qubit_gates
    assert native.after == after


@pytest.mark.parametrize("pattern", ["linear", "brick", "ring", "shifted_ring"])
def test_lines_and_even_rings_need_no_swap_on_weber(pattern):
    for n in range(4, 21, 2):
        steps = physical_program(layered(pattern, n, 2), device("weber", n), 1, 0).steps
        assert steps[0].name == "place"


def test_a_dense_program_swaps_right_after_its_gates():
    program = layered("all_to_all", 8, 2)
    physical = physical_program(program, device("line", 8), 1, 0).program
    # One more CZ per gate, less where nothing is left to meet, instead of three per SWAP.
    assert metrics(physical).two_qubit_gates <= 2 * metrics(program).two_qubit_gates


def test_more_attempts_are_never_worse():
    target = device("weber", 8)
    program = layered("star", 8, 3)
    results = [physical_program(program, target, level, 1).program for level in (1, 2, 3)]
    scores = [cost(physical, target, "depth") for physical in results]
    assert scores == sorted(scores, reverse=True)


def test_the_cleanup_decides_between_attempts():
    seen = []

    def forget(program):
        seen.append(program)
        return Program(program.qubits, (), ())

    program, target = layered("star", 8, 2), device("weber", 8)
    placement = physical_program(program, target, 2, 0, forget).placement
    assert len(seen) == 4
    assert placement == physical_program(program, target, 1, 0).placement


def test_qubits_without_gates_have_a_place_too():
    program = Program(6, (Operation("cnot", (0, 4)),), (PauliString(((2, "Z"),)),), (), (), "any")
    result = physical_program(program, device(GridDevice(grid=(2, 3)), 6), 2, 0)
    assert sorted(result.placement.start) == list(range(6))
    assert_same_expectations(program, result)


def test_routing_stays_in_the_largest_connected_part():
    triangle = Program(3, tuple(Operation("cz", p) for p in ((0, 1), (1, 2), (2, 0))), ())
    edges = ((0, 1), (2, 3), (3, 4))
    target = device(EdgesDevice(edges=edges), 3)
    lowered = physical_program(triangle, target, 2, 0)
    physical, placement = lowered.program, lowered.placement
    assert on_couplers(physical, target)
    assert set(placement.start) == {2, 3, 4}


def test_a_device_that_is_too_small_is_an_input_error():
    target = device(EdgesDevice(edges=((0, 1), (2, 3))), 3)
    with pytest.raises(InputError, match="needs 3 connected qubits"):
        physical_program(layered("ring", 3, 1), target, 2, 0)


def fingerprint() -> str:
    program = layered("star", 7, 2, "crx")
    results = [
        physical_program(program, device(name, 7), 2, 5) for name in ("rainbow", "line", "weber")
    ]
    return repr([(lowered.program, lowered.placement) for lowered in results])


def test_the_same_arguments_give_the_same_program_in_every_process():
    folder = str(Path(__file__).parents[2])
    code = "from tests.lower import test_physical; print(test_physical.fingerprint())"
    for hash_seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": folder}
        run_ = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert run_.stdout.strip() == fingerprint()
