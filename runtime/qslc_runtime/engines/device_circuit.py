"""The compiled circuit as qsim runs it: resolved angles, noise channels, start states."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat

import cirq
import numpy as np
import qsimcirq
from numpy.typing import NDArray

from qslc_runtime.artefact import Artefact
from qslc_runtime.engines.angles import angles
from qslc_runtime.engines.device_state import device_qubit, device_state
from qslc_runtime.engines.measurement import Readout, SignedString
from qslc_runtime.engines.native import MAX_QUBITS as NATIVE_QUBITS
from qslc_runtime.engines.qsim_noise import noisy as with_noise
from qslc_runtime.engines.rotations import separate

MAX_QUBITS = 26
"""A state of 512 MiB."""


class DeviceCircuit:
    """A physical circuit ready to run at any angles.

    Args:
        artefact: the compile.
        noisy: whether to add the noise of the artefact, if it has any.
        seed: of the trajectories.
        threads: that qsim uses.

    Attributes:
        qubits: the device qubits that are simulated, in the order of the states.
        strings: the observables on them.
        readout: the errors of reading them.
        is_random: whether two runs may end in different states.
    """

    def __init__(self, artefact: Artefact, *, noisy: bool, seed: int, threads: int) -> None:
        noise = artefact.noise if noisy else None
        circuit, self._names, expressions = separate(artefact.physical_circuit)
        self.qubits = _used(artefact)
        self.is_random = False
        if noise:
            ideal, circuit = circuit, with_noise(circuit, noise, self.qubits)
            self.is_random = circuit != ideal
        self._circuit = circuit
        self._angles = angles(expressions, artefact.weights + artefact.inputs)
        self._has_inputs = bool(artefact.inputs)
        index = {str(qubit): i for i, qubit in enumerate(self.qubits)}
        self._places = [index[label] for label in artefact.start if label in index]
        self.strings = [
            SignedString({index[label]: pauli for label, pauli in o.physical.items()}, o.sign)
            for o in artefact.observables
        ]
        errors = [(noise or {"readout": {}})["readout"].get(label, (0, 0)) for label in index]
        self.readout = Readout(*np.array(errors, np.float64).reshape(-1, 2).T)
        self._simulator = qsimcirq.QSimSimulator(
            {"t": threads}, seed=seed, circuit_memoization_size=1
        )

    def resolved(
        self, inputs: NDArray[np.float32], theta: NDArray[np.float32]
    ) -> Iterator[cirq.Circuit]:
        """The circuit of each token: inputs (tokens, features), theta (P,)."""
        if not self._has_inputs:
            return repeat(self._at(self._angles(theta[None])[0]), len(inputs))
        weights = np.broadcast_to(theta, (len(inputs), len(theta)))
        return map(self._at, self._angles(np.concatenate([weights, inputs], axis=1)))

    def states(
        self, circuit: cirq.Circuit, vector: NDArray[np.float32] | None, trajectories: int
    ) -> Iterator[NDArray[np.complex64]]:
        """The final state (2**qubits,) of each trajectory.

        Args:
            circuit: one that ``resolved`` returned.
            vector: the encoded state (2**n,), or None to start in |0...0>.
            trajectories: how many.
        """
        qubits = len(self.qubits)
        start = None if vector is None else device_state(vector, self._places, qubits)
        for _ in range(trajectories):
            yield self._simulator.simulate_into_1d_array(
                circuit, qubit_order=self.qubits, initial_state=start
            )[1]

    def _at(self, values: NDArray[np.float64]) -> cirq.Circuit:
        resolver = dict(zip(self._names, values.tolist(), strict=True))
        return cirq.resolve_parameters(self._circuit, resolver, recursive=False)


def _used(artefact: Artefact) -> list[cirq.Qid]:
    """The qubits that gates act on, that are measured, or that hold an encoded vector."""
    labels = {label for o in artefact.observables for label in o.physical}
    if artefact.encoder["kind"] == "amplitude":
        labels.update(artefact.start)
    used = sorted({*artefact.physical_circuit.all_qubits(), *map(device_qubit, labels)})
    if len(used) > MAX_QUBITS:
        instead = (
            'compile for a device with a better fit, or use engine="native", which simulates the '
            "logical circuit"
            if artefact.qubits <= NATIVE_QUBITS
            else "no engine simulates a circuit as large"
        )
        raise ValueError(
            f'engine "qsim" simulates at most {MAX_QUBITS} device qubits, but the compiled circuit '
            f"uses {len(used)}; {instead}"
        )
    return used
