"""The benchmark of errors: its suite, and how circuits are scored."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import cirq
import numpy as np
import pytest

from benchmarks.depth.check import _make_start, compute_expectations, simulate
from benchmarks.depth.exchange import Compiled
from benchmarks.depth.qasm import read_gates
from benchmarks.depth.tasks import draw_angles
from benchmarks.noise.circuits import CIRCUITS
from benchmarks.noise.score import measure_error
from benchmarks.noise.suite import DEVICES, PER_DEVICE, Case, list_circuits, make_suite, make_task
from qslc.lower.logical import lower_to_logical
from qslc.spec.devices import build_device
from qslc.spec.noise import build_noise


def test_each_device_has_as_many_cases_and_a_seed_makes_others():
    cases = make_suite()
    assert Counter(case.device for case in cases) == dict.fromkeys(DEVICES, PER_DEVICE)
    assert len({case.name for case in cases}) == len(cases)
    assert {case.name for case in make_suite(1)} != {case.name for case in cases}


@pytest.mark.parametrize("name", CIRCUITS)
def test_tasks_of_circuits_are_those_of_cirq(name):
    case = next(each for each in list_circuits() if each.circuit == name)
    task = make_task(case)
    circuit, observables = CIRCUITS[name]()
    drawn = draw_angles(f"{case.name} 0", lower_to_logical(case.make_spec("depth")))
    resolved = cirq.resolve_parameters(circuit, drawn)
    simulator = cirq.Simulator(dtype=np.complex128)
    wanted = simulator.simulate_expectation_values(resolved, observables)
    state = simulate(read_gates(task.qasm), _make_start(task))
    found = compute_expectations(state, task.observables)
    np.testing.assert_allclose(found, np.real(wanted), atol=1e-6)


def test_without_noise_there_is_no_error_and_with_it_readout_is_in_it():
    case = Case("linear", 4, 1, "line")
    task, spec = make_task(case), case.make_spec()
    device = build_device(spec.device, spec.qubits)
    noise = build_noise("device", device)
    compiled = Compiled(task.qasm, (0, 1, 2, 3), task.observables)
    silent = replace(noise, rates={})
    read = {effect: rates for effect, rates in noise.rates.items() if effect.name == "readout"}
    errors = [
        measure_error(task, compiled, device, each)
        for each in (silent, replace(noise, rates=read), noise)
    ]
    assert errors[0] < 1e-6 < errors[1] < errors[2] < 0.1
