"""The compiled circuit as qsim runs it: resolved angles, noise channels, start states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat

import cirq
import numpy as np
import qsimcirq
from numpy.typing import NDArray

from qslc_runtime.artifact import Artifact
from qslc_runtime.engines.angles import angles
from qslc_runtime.engines.device_state import device_qubit, device_states
from qslc_runtime.engines.first_rotations import product_states, split
from qslc_runtime.engines.measurement import Readout, SignedString
from qslc_runtime.engines.native import MAX_QUBITS as NATIVE_QUBITS
from qslc_runtime.engines.qsim_noise import noisy as with_noise
from qslc_runtime.engines.rotations import separate
from qslc_runtime.engines.streams import Stream
from qslc_runtime.engines.together import final_states, tokens_of_a_call

MAX_QUBITS = 26
"""A state of 512 MiB."""


class DeviceCircuit:
    """A physical circuit ready to run at any angles.

    Args:
        artifact: the compile.
        noisy: whether to add the noise of the artifact, if it has any.
        threads: that qsim uses.

    Attributes:
        qubits: the device qubits that are simulated, in the order of the states.
        strings: the observables on them.
        readout: the errors of reading them.
        is_random: whether two runs may end in different states.
        together: how many tokens ``states`` takes at most.
    """

    def __init__(self, artifact: Artifact, *, noisy: bool, threads: int) -> None:
        noise = artifact.noise if noisy else None
        circuit, self._names, expressions = separate(artifact.physical_circuit)
        self.qubits = _used(artifact)
        self.is_random = False
        if noise:
            ideal, circuit = circuit, with_noise(circuit, noise, self.qubits)
            self.is_random = circuit != ideal
        self._circuit = circuit
        self._angles = angles(expressions, artifact.weights + artifact.inputs)
        self._inputs = artifact.inputs
        own = {
            name
            for name, angle in zip(self._names, expressions, strict=True)
            if not {str(symbol) for symbol in angle.free_symbols}.isdisjoint(artifact.inputs)
        }
        self._split = None if self.is_random else split(circuit, own)
        index = {str(qubit): i for i, qubit in enumerate(self.qubits)}
        self._places = [index[label] for label in artifact.start if label in index]
        self.strings = [
            SignedString({index[label]: pauli for label, pauli in o.physical.items()}, o.sign)
            for o in artifact.observables
        ]
        errors = [(noise or {"readout": {}})["readout"].get(label, (0, 0)) for label in index]
        self.readout = Readout(*np.array(errors, np.float64).reshape(-1, 2).T)
        self._random = np.random.RandomState()
        self._simulator = qsimcirq.QSimSimulator(
            {"t": threads}, seed=self._random, circuit_memoization_size=1
        )

    @property
    def together(self) -> int:
        return tokens_of_a_call(len(self.qubits))

    def states(
        self,
        inputs: NDArray[np.float32],
        theta: NDArray[np.float32],
        vectors: NDArray[np.float32] | None,
        trajectories: int,
        streams: Iterable[Stream | None],
    ) -> Iterator[Iterable[NDArray[np.complex64]]]:
        """For each token the final state (2**qubits,) of each trajectory.

        The states of a token are there to be read before those of the next.

        Args:
            inputs: (tokens, features)
            theta: (P,)
            vectors: the encoded states (tokens, 2**n), or None to start in |0...0>.
            trajectories: how many; 1 unless the circuit is random.
            streams: for each token its random numbers, if the circuit is random.
        """
        weights = np.broadcast_to(theta, (len(inputs), len(theta)))
        values = self._angles(np.hstack([weights, inputs]) if self._inputs else weights)
        if self._split is not None:
            return ([state] for state in self._final_states(*self._split, values, vectors))
        starts = [None] * len(inputs) if vectors is None else self._on_device(vectors)
        return (
            self._trajectories(circuit, start, trajectories, stream)
            for circuit, start, stream in zip(self._circuits(values), starts, streams, strict=True)
        )

    def _final_states(
        self,
        first: Sequence[cirq.Operation],
        rest: cirq.Circuit,
        values: NDArray[np.float64],
        vectors: NDArray[np.float32] | None,
    ) -> NDArray[np.complex64]:
        angles = dict(zip(self._names, values.T, strict=True))
        starts = (
            product_states(first, angles, self.qubits, len(values))
            if vectors is None
            else self._on_device(vectors)
        )
        return final_states(self._simulator, self._resolved(rest, values[0]), self.qubits, starts)

    def _trajectories(
        self,
        circuit: cirq.Circuit,
        start: NDArray[np.complex64] | None,
        count: int,
        stream: Stream | None,
    ) -> Iterator[NDArray[np.complex64]]:
        if stream is not None:
            self._random.seed(stream.trajectories)
        for _ in range(count):
            yield self._run(circuit, start)

    def _run(
        self, circuit: cirq.Circuit, start: NDArray[np.complex64] | None
    ) -> NDArray[np.complex64]:
        state: NDArray[np.complex64] = self._simulator.simulate_into_1d_array(
            circuit, qubit_order=self.qubits, initial_state=start
        )[1]
        return state

    def _circuits(self, values: NDArray[np.float64]) -> Iterable[cirq.Circuit]:
        """The circuit of each token; without inputs it is the same, and is translated once."""
        if self._inputs:
            return (self._resolved(self._circuit, row) for row in values)
        return repeat(self._resolved(self._circuit, values[0]), len(values))

    def _resolved(self, circuit: cirq.Circuit, values: NDArray[np.float64]) -> cirq.Circuit:
        resolver = dict(zip(self._names, values.tolist(), strict=True))
        return cirq.resolve_parameters(circuit, resolver, recursive=False)

    def _on_device(self, vectors: NDArray[np.float32]) -> NDArray[np.complex64]:
        return device_states(vectors, self._places, len(self.qubits))


def _used(artifact: Artifact) -> list[cirq.Qid]:
    """The qubits that gates act on, that are measured, or that hold an encoded vector."""
    labels = {label for o in artifact.observables for label in o.physical}
    if artifact.taken.amplitudes:
        labels.update(artifact.start)
    used = sorted({*artifact.physical_circuit.all_qubits(), *map(device_qubit, labels)})
    if len(used) > MAX_QUBITS:
        instead = (
            'compile for a device with a better fit, or use engine="native", which simulates the '
            "logical circuit"
            if artifact.qubits <= NATIVE_QUBITS
            else "no engine simulates a circuit as large"
        )
        raise ValueError(
            f'engine "qsim" simulates at most {MAX_QUBITS} device qubits, but the compiled circuit '
            f"uses {len(used)}; {instead}"
        )
    return used
