"""Readouts under noise are those of Cirq's density matrices, and ideal ones those of Cirq."""

from __future__ import annotations

import cirq
import numpy as np
import pytest

from qslc.export.cirq_circuit import to_circuit
from qslc.feasibility.circuit import Source
from qslc.feasibility.prediction import Correction, read
from tests.feasibility.cases import compile_layer, make_subject, pick
from tests.feasibility.cirq_noise import measure_noisy

KINDS = (
    "angles",
    "given",
    pytest.param("multiplexed", marks=pytest.mark.slow),
    pytest.param("variational", marks=pytest.mark.slow),
)


@pytest.mark.parametrize("chip", ["weber", "willow", "aachen"])
@pytest.mark.parametrize("kind", KINDS)
def test_noisy_readouts_are_those_of_density_matrices(kind: str, chip: str) -> None:
    stages = compile_layer(kind, chip)
    layer, run = make_subject(stages, 3)
    found = read(layer, run, Correction(), layer.compute_ideal()).means
    program = stages.whole.circuit.program if stages.whole else stages.physical
    for token in range(3):
        start = 0 if run.angles or layer.states is None else _place(layer.states[token], run)
        values = pick({**layer.values, **run.angles}, token)
        wanted = measure_noisy(
            program, stages.device, run.noise.as_json(), run.qubits, values, start
        )
        assert np.abs(found[token] - wanted).max() < 1e-5


@pytest.mark.parametrize("kind", ["angles", "given"])
def test_ideal_readouts_are_those_of_cirq(kind: str) -> None:
    stages = compile_layer(kind, "willow")
    layer, _ = make_subject(stages, 3)
    found = layer.compute_ideal()
    circuit = to_circuit(layer.program)
    qubits = cirq.LineQubit.range(layer.program.qubits)
    for token in range(3):
        start = 0 if layer.states is None else layer.states[token].astype(np.complex64)
        state = cirq.Simulator().simulate(
            circuit, pick(layer.values, token), qubit_order=qubits, initial_state=start
        )
        for k, observable in enumerate(layer.program.observables):
            string = cirq.PauliString({qubits[q]: pauli for q, pauli in observable.paulis})
            value = observable.sign * state_mean(string, state, qubits)
            assert found[token, k] == pytest.approx(value, abs=1e-5)


@pytest.mark.parametrize("kind", ["angles", "given", "multiplexed", "variational"])
def test_without_errors_readouts_are_ideal(kind: str) -> None:
    layer, run = make_subject(compile_layer(kind, "willow"))
    found = read(layer, run, Correction(), layer.compute_ideal(), ())
    assert found.predict_error() < (0.02 if kind == "variational" else 1e-5)


@pytest.mark.parametrize("source", list(Source))
def test_each_source_takes_signal(source: Source) -> None:
    layer, run = make_subject(compile_layer("angles", "weber"))
    ideal = layer.compute_ideal()
    signal = read(layer, run, Correction(), ideal, (source,)).measure_signal()
    assert (signal < 0.999).all()
    assert (signal > 0.3).all()


def state_mean(string: cirq.PauliString, state: cirq.SimulationTrialResult, qubits: list) -> float:
    index = {qubit: i for i, qubit in enumerate(qubits)}
    return string.expectation_from_state_vector(state.final_state_vector, index).real


def _place(state: np.ndarray, run) -> np.ndarray:
    """Return a state of the logical qubits on the qubits of the device, by Cirq's kron."""
    count = len(run.qubits)
    full = np.zeros((2,) * count, np.complex128)
    for index, amplitude in enumerate(state):
        bits = [index >> (len(run.places) - 1 - i) & 1 for i in range(len(run.places))]
        at = [0] * count
        for place, bit in zip(run.places, bits, strict=True):
            at[run.qubits.index(place)] = bit
        full[tuple(at)] = amplitude
    return full.reshape(-1)
