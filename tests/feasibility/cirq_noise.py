"""A program under noise in Cirq's density matrices: gates and channels written out one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import cirq
import numpy as np
from numpy.typing import NDArray

from qslc.export.cirq_circuit import list_cirq_qubits, to_circuit
from qslc.ir.program import Program
from qslc.targets.device import Device

_MOMENTS = {"amplitude_damping": cirq.amplitude_damp, "dephasing": cirq.phase_flip}


def measure_noisy(
    program: Program,
    device: Device,
    noise: Mapping[str, Any] | None,
    qubits: Sequence[int],
    values: Mapping[str, float],
    start: NDArray[Any] | int = 0,
) -> NDArray[np.float64]:
    """Return what is read of each observable; ``noise`` holds rates by effect and label."""
    noise = noise or {}
    lines = list_cirq_qubits(device)
    steps = cirq.Circuit()
    for moment in cirq.resolve_parameters(to_circuit(program, device), dict(values)):
        steps.append(moment)
        for op in moment:
            one = len(op.qubits) == 1
            on = sorted(op.qubits)
            key = " ".join(map(str, on))
            rate = noise.get("one_qubit" if one else "two_qubit", {}).get(key, 0)
            steps.append(cirq.depolarize(rate, len(on)).on(*on))
            if not one and "coherent" in noise:
                steps.append(cirq.FSimGate(*noise["coherent"][key]).on(*on))
        pairs = any(len(op.qubits) == 2 for op in moment)
        for name, channel in _MOMENTS.items():
            for qubit in qubits:
                rate = noise.get(name, {}).get(str(lines[qubit]), 0.0)
                rate = rate[pairs] if isinstance(rate, (list, tuple)) else rate
                steps.append(channel(rate).on(lines[qubit]))
    simulator = cirq.DensityMatrixSimulator(dtype=np.complex128)
    order = [lines[qubit] for qubit in qubits]
    rho = simulator.simulate(steps, qubit_order=order, initial_state=start).final_density_matrix
    means = []
    for observable in program.observables:
        letters, factors = dict(observable.paulis), []
        for qubit in qubits:
            p01, p10 = noise.get("readout", {}).get(str(lines[qubit]), (0.0, 0.0))
            pauli = cirq.unitary(getattr(cirq, letters.get(qubit, "I")))
            reads = qubit in letters
            factors.append(
                (p10 - p01) * np.eye(2) + (1 - p01 - p10) * pauli if reads else np.eye(2)
            )
        means.append(observable.sign * np.trace(rho @ reduce(np.kron, factors)).real)
    return np.array(means)
