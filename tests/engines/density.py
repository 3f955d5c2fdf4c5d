"""The noisy physical circuit on a density matrix: gates and channels written out one by one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

import cirq
import numpy as np
from numpy.typing import NDArray
from qslc_runtime.artifact import Artifact, Observable

_MOMENTS = {"amplitude_damping": cirq.amplitude_damp, "dephasing": cirq.phase_flip}


def expectations(
    artifact: Artifact, values: Mapping[str, float], start: NDArray[np.complex128] | int = 0
) -> NDArray[np.float64]:
    """Return the means (observables,); ``start`` is a state of the sorted device qubits."""
    noise: Any = {effect.name: rates for effect, rates in artifact.noise.rates.items()}
    circuit = cirq.resolve_parameters(artifact.physical_circuit, values)
    qubits = sorted(circuit.all_qubits())
    steps = cirq.Circuit()
    for moment in circuit:
        steps.append(moment)
        for op in moment:
            one = len(op.qubits) == 1
            rates = noise["one_qubit" if one else "two_qubit"]
            orders = (" ".join(map(str, order)) for order in (op.qubits, op.qubits[::-1]))
            key = next(order for order in orders if order in rates)
            p = rates[key]
            steps.append(cirq.depolarize(p, len(op.qubits)).on(*op.qubits))
            if not one and "coherent" in noise:
                steps.append(cirq.FSimGate(*noise["coherent"][key]).on(*op.qubits))
        pairs = any(len(op.qubits) == 2 for op in moment)
        for name, channel in _MOMENTS.items():
            for qubit in qubits:
                rate = noise.get(name, {}).get(str(qubit), 0.0)
                rate = rate[pairs] if isinstance(rate, list) else rate
                steps.append(channel(rate).on(qubit))
    simulator = cirq.DensityMatrixSimulator(dtype=np.complex128)
    rho = simulator.simulate(steps, qubit_order=qubits, initial_state=start).final_density_matrix
    return np.array([np.trace(rho @ _read(o, qubits, noise)).real for o in artifact.observables])


def _read(observable: Observable, qubits: list[cirq.Qid], noise: Any) -> NDArray[np.complex128]:
    """Return the operator whose mean is the mean of what is read."""
    factors = []
    for label in map(str, qubits):
        if label not in observable.physical:
            factors.append(np.eye(2))
            continue
        p01, p10 = noise["readout"][label]
        pauli = cirq.unitary(getattr(cirq, observable.physical[label]))
        factors.append((p10 - p01) * np.eye(2) + (1 - p01 - p10) * pauli)
    return observable.sign * reduce(np.kron, factors)
