from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cirq_google
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from qslc.diagnostics import InputError
from qslc.export.cirq_circuit import to_circuit
from qslc.ir.gates import GATES
from qslc.ir.metrics import count_metrics
from qslc.ir.program import Operation, PauliString, Program
from qslc.lower import physical
from qslc.lower.candidates import compute_cost
from qslc.lower.physical import lower_to_device
from qslc.spec.devices import EdgesDevice, GridDevice, HeavyHexDevice, build_device
from qslc.spec.objectives import OBJECTIVES
from tests.lower.exact_simulation import placed, run
from tests.lower.patterns import PATTERNS, layered
from tests.lower.synthesis.samples import (
    VALUES,
    assert_measures_the_same,
    assert_runs_on,
    start_state,
)
from tests.lower.test_lowering_properties import devices
from tests.passes.pass_programs import circuit, program, programs

STAR = EdgesDevice(edges=tuple((0, i) for i in range(1, 8)))


@settings(max_examples=40)
@given(programs(), st.data(), st.integers(0, 1), st.integers(0, 9))
def test_without_a_search_the_state_itself_is_kept(program, data, level, seed):
    """Up to a phase, and found where the placement says that it ends."""
    lowered = lower_to_device(program, data.draw(devices(program.qubits)), level, seed)
    state, size = start_state(program), lowered.program.qubits
    there = placed(run(program, state, VALUES), lowered.placement.end, size)
    after = run(lowered.program, placed(state, lowered.placement.start, size), VALUES)
    assert abs(np.vdot(there, after)) > 1 - 1e-9


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("n", [4, 6])
@pytest.mark.parametrize("chosen", ["line", GridDevice(grid=(2, 4)), STAR])
def test_patterns_on_small_devices(pattern, n, chosen):
    target, program = build_device(chosen, n), layered(pattern, n, 2)
    result = lower_to_device(program, target, 3, 0)
    assert_runs_on(result.program, target)
    assert_measures_the_same(result.program, program, result.placement.start)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize(("n", "gate"), [(4, "cnot"), (10, "cry"), (12, "cz")])
@pytest.mark.parametrize("chosen", ["all_to_all", "weber", "rainbow", HeavyHexDevice(heavy_hex=5)])
def test_placed_programs_gain_no_gate_and_no_depth(pattern, n, chosen, gate):
    target, written = build_device(chosen, n), layered(pattern, n, 1, gate)
    lowered = lower_to_device(written, target, 1, 0)
    physical, placement, (where, native) = lowered.program, lowered.placement, lowered.steps
    assert_runs_on(physical, target)
    before, after = count_metrics(written), count_metrics(physical)
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


def test_a_dense_program_swaps_right_after_its_gates():
    program = layered("all_to_all", 8, 2)
    physical = lower_to_device(program, build_device("line", 8), 1, 0).program
    # One more CZ per gate, less where nothing is left to meet, instead of three per SWAP.
    assert count_metrics(physical).two_qubit_gates <= 2 * count_metrics(program).two_qubit_gates


def test_more_attempts_are_never_worse():
    target = build_device("weber", 8)
    program = layered("star", 8, 3)
    results = [lower_to_device(program, target, level, 1).program for level in (1, 2, 3)]
    scores = [compute_cost(physical, target, OBJECTIVES["depth"]) for physical in results]
    assert scores == sorted(scores, reverse=True)


def test_qubits_without_gates_have_a_place_too():
    program = Program(6, (Operation("cnot", (0, 4)),), (PauliString(((2, "Z"),)),), (), (), "any")
    result = lower_to_device(program, build_device(GridDevice(grid=(2, 3)), 6), 2, 0)
    assert sorted(result.placement.start) == list(range(6))
    assert_measures_the_same(result.program, program, result.placement.start)


@pytest.mark.parametrize("level", range(4))
def test_routing_stays_in_the_largest_connected_part(level):
    triangle = program(*circuit("rx(a) 0; rx(a) 1; rx(a) 2; cry(b) 0 1; cry(b) 1 2; cry(b) 2 0"))
    target = build_device(EdgesDevice(edges=((0, 1), (2, 3), (3, 4))), 3)
    lowered = lower_to_device(triangle, target, level, 0)
    assert_runs_on(lowered.program, target)
    assert set(lowered.placement.start) == {2, 3, 4}
    assert_measures_the_same(lowered.program, triangle, lowered.placement.start)


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


def assert_google_accepts(name: str, program: Program, level: int = 1) -> None:
    target = build_device(name, program.qubits)
    physical = lower_to_device(program, target, level, 0).program
    chip = cirq_google.engine.create_device_from_processor_id(name)
    chip.validate_circuit(to_circuit(physical, target))


@pytest.mark.parametrize("name", ["rainbow", "weber"])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_google_accepts_every_pattern(name, pattern):
    assert_google_accepts(name, layered(pattern, 9, 2))
    assert_google_accepts(name, layered(pattern, 10, 1, "crx"))


@pytest.mark.parametrize("name", ["rainbow", "weber"])
def test_google_accepts_every_gate(name):
    t = sympy.Symbol("t")
    operations = tuple(
        Operation(gate.name, (0, 2)[: gate.arity], t if gate.rotation else None)
        for gate in GATES.values()
    )
    assert_google_accepts(name, Program(3, operations, (), ("t",)))
