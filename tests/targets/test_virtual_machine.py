"""``noise: device`` agrees with the noise of Google's virtual machines, from the same numbers."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import cirq
import numpy as np
import pytest
from qslc_runtime.noise import EFFECTS, Noise

import qslc
from qslc.spec.devices import build_device
from qslc.spec.noise import build_noise
from qslc.targets.device import Device

cirq_google = pytest.importorskip("cirq_google")

PATHS = {
    "rainbow": ((4, 1), (4, 2), (5, 2), (5, 3)),
    "weber": ((4, 3), (4, 4), (5, 4), (5, 5), (6, 5)),
    "willow": ((4, 4), (4, 5), (5, 5), (5, 6), (6, 6)),
}


def make_circuit(qubits: list[cirq.GridQubit], layers: int, seed: int) -> cirq.Circuit:
    """Random one-qubit gates, then CZs along a line, as many times as there are layers."""
    random, circuit = np.random.default_rng(seed), cirq.Circuit()
    for layer in range(layers):
        turns = random.uniform(-1, 1, (len(qubits), 3))
        circuit.append(
            cirq.Moment(
                cirq.PhasedXZGate(x_exponent=x, z_exponent=z, axis_phase_exponent=axis)(qubit)
                for (x, z, axis), qubit in zip(turns, qubits, strict=True)
            )
        )
        pairs = [*pairwise(qubits)][layer % 2 :: 2]
        circuit.append(cirq.Moment(cirq.CZ(*pair) for pair in pairs))
    return circuit


def make_virtual_machine(device: Device) -> cirq.NoiseModel:
    """Give Cirq's model of Google's chips the numbers of a calibration."""
    from cirq.devices.noise_utils import OpIdentifier

    measured, qubits = device.calibration, [cirq.GridQubit(*at) for at in device.coordinates]
    one, two = measured.one_qubit_ns, measured.two_qubit_ns
    pauli, turned = {}, {}
    for qubit, error in zip(qubits, measured.one_qubit, strict=True):
        pauli[OpIdentifier(cirq.PhasedXZGate, qubit)] = error
    for k, edge in enumerate(device.edges):
        for a, b in (edge, edge[::-1]):
            name = OpIdentifier(cirq.CZPowGate, qubits[a], qubits[b])
            pauli[name] = measured.two_qubit[k]
            if measured.angles:
                theta, phi = measured.angles[k]
                turned[name] = cirq.PhasedFSimGate(theta, phi=phi)
    rates = [
        1 / t2 - 1 / (2 * t1) for t1, t2 in zip(measured.t1_micros, measured.t2_micros, strict=True)
    ]
    properties = cirq_google.GoogleNoiseProperties(
        gate_times_ns={cirq.PhasedXZGate: one, cirq.CZPowGate: two, cirq.MeasurementGate: 4000.0},
        t1_ns={q: 1000 * t for q, t in zip(qubits, measured.t1_micros, strict=True)},
        tphi_ns={q: 1000 / max(r, 1e-7) for q, r in zip(qubits, rates, strict=True)},
        readout_errors={q: list(p) for q, p in zip(qubits, measured.readout, strict=True)},
        gate_pauli_errors=pauli,
        fsim_errors=turned,
    )
    return cirq_google.NoiseModelFromGoogleNoiseProperties(properties)


def read(noisy: cirq.Circuit, qubits: list[cirq.GridQubit], start: Any = 0) -> np.ndarray:
    """Return the means of Z and of the products of neighbors, from density matrices."""
    kept = cirq.Circuit(
        cirq.Moment(op for op in moment if not cirq.is_measurement(op)) for moment in noisy
    )
    simulator = cirq.DensityMatrixSimulator(dtype=np.complex128)
    state = simulator.simulate(kept, qubit_order=qubits, initial_state=start).final_density_matrix
    bits = 1 - 2 * (np.arange(2 ** len(qubits))[:, None] >> np.arange(len(qubits))[::-1] & 1)
    signs = np.hstack([bits, bits[:, 1:] * bits[:, :-1]])
    return state.diagonal().real @ signs


def read_as_device(
    device: Device, circuit: cirq.Circuit, qubits: list, start: Any = 0
) -> np.ndarray:
    """Return what the runtime's noise leaves, readout included."""
    data = build_noise("device", device).as_json()
    source = data.pop("source")
    noise = Noise(source, {EFFECTS[name]: rates for name, rates in data.items()})
    flips = noise.find_readout_errors([*map(str, qubits)])
    noisy = noise.add_to(circuit, qubits)
    for qubit, (p01, p10) in zip(qubits, flips.T, strict=True):
        total = p01 + p10
        noisy.append(cirq.generalized_amplitude_damp(p10 / total, total)(qubit))
    return read(noisy, qubits, start)


@pytest.mark.parametrize("coherent", [False, True])
@pytest.mark.parametrize("name", PATHS)
def test_it_agrees_with_the_virtual_machine(name: str, coherent: bool) -> None:
    device = build_device(name, 2)
    if not coherent:
        device = replace(device, calibration=replace(device.calibration, angles=()))
    elif not device.calibration.angles:
        angles = tuple((0.02 + 0.001 * k, 0.03 - 0.001 * k) for k in range(len(device.edges)))
        device = replace(device, calibration=replace(device.calibration, angles=angles))
    qubits = [cirq.GridQubit(*at) for at in PATHS[name]]
    model = make_virtual_machine(device)
    signal, error = 0.0, 0.0
    for seed in range(2):
        circuit = make_circuit(qubits, 12, seed)
        # A measurement beside a gate would make the moment as long as a measurement.
        measured = circuit + cirq.Circuit(cirq.Moment(cirq.measure_each(*qubits)))
        theirs = read(measured.with_noise(model), qubits)
        ours = read_as_device(device, circuit, qubits)
        signal += np.sum(theirs**2)
        error += np.sum((ours - theirs) ** 2)
    assert error < 1e-20 * signal


LAYER = """qslc: 1
name: layer
qubits: 5
encoder: {{kind: amplitude, features: 32}}
ansatz: {{depth: 3, entangler: {{gate: cnot, pattern: ring}}}}
measure: z
device: {name}
noise: device
"""


def load_model_of_willow() -> cirq.NoiseModel:
    """Return cirq-google's model of Willow from its own file of the calibration."""
    load = getattr(cirq_google.engine, "load_device_noise_properties", None)
    if load is None:
        pytest.skip("this version of cirq-google has no Willow")
    return cirq_google.NoiseModelFromGoogleNoiseProperties(load("willow_pink"))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "own"), [*((name, False) for name in PATHS), ("willow", True)])
def test_a_compiled_layer_keeps_the_signal(tmp_path: Path, name: str, own: bool) -> None:
    """Google's machine merges one-qubit gates, and turns about Z take no time there."""
    device = build_device(name, 5)
    model = load_model_of_willow() if own else make_virtual_machine(device)
    qslc.compile_to(qslc.parse(LAYER.format(name=name)), tmp_path)
    physical = cirq.read_json(tmp_path / "physical.json")
    random = np.random.default_rng(0)
    symbols = sorted(cirq.parameter_names(physical))
    angles = dict(zip(symbols, random.uniform(-1, 1, len(symbols)), strict=True))
    circuit = cirq.resolve_parameters(physical, angles)
    merged = cirq.merge_single_qubit_moments_to_phxz(circuit)
    qubits = sorted(circuit.all_qubits())
    measured = merged + cirq.Circuit(cirq.Moment(cirq.measure_each(*qubits)))
    noisy = measured.with_noise(model)
    signal, error, ideal = 0.0, 0.0, 0.0
    for _ in range(2):
        start = random.normal(size=2 ** len(qubits)).astype(np.complex128)
        start /= np.linalg.norm(start)
        theirs, ours = read(noisy, qubits, start), read_as_device(device, circuit, qubits, start)
        signal += np.sum(theirs**2)
        error += np.sum((ours - theirs) ** 2)
        ideal += np.sum((read(circuit, qubits, start) - theirs) ** 2)
    assert error < 0.1**2 * signal
    assert ideal > 4 * error, "the test has no power"
