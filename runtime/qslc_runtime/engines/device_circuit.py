"""Run the compiled circuit with qsim: resolved angles, noise channels, start states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import repeat

import cirq
import numpy as np
from numpy.typing import NDArray

from qslc_runtime.artifact import Artifact
from qslc_runtime.engines.measurement import Readout, SignedString
from qslc_runtime.engines.native import MAX_QUBITS as NATIVE_QUBITS
from qslc_runtime.engines.rotations import make_polynomials, name_angles
from qslc_runtime.engines.states import (
    count_tokens_of_a_call,
    make_product_states,
    parse_qubit,
    place_vectors,
    simulate_together,
    split_first_gates,
)
from qslc_runtime.engines.streams import Stream
from qslc_runtime.extras import import_qsim

MAX_QUBITS = 26
"""A state of 512 MiB."""


class DeviceCircuit:
    """A physical circuit ready to run at any angles.

    Args:
        artifact: The compile.
        noisy: Whether to add the noise of the artifact, if it has any.
        threads: Number that qsim uses.

    Attributes:
        qubits: Device qubits that are simulated, in the order of the states.
        strings: Observables on them.
        readout: Errors of reading them.
        is_random: Whether two runs may end in different states.
        most_tokens: Number of tokens ``simulate`` takes at most.
    """

    def __init__(self, artifact: Artifact, *, noisy: bool, threads: int) -> None:
        noise = artifact.noise if noisy else None
        circuit, self._names, expressions = name_angles(artifact.physical_circuit)
        self.qubits = find_qubits(artifact)
        self.most_tokens = count_tokens_of_a_call(len(self.qubits))
        self._circuit = noise.add_to(circuit, self.qubits) if noise else circuit
        self.is_random = self._circuit != circuit
        self._angles = make_polynomials(expressions, artifact.weights + artifact.inputs)
        self._inputs = artifact.inputs
        own = {
            name
            for name, angle in zip(self._names, expressions, strict=True)
            if any(symbol.name in artifact.inputs for symbol in angle.free_symbols)
        }
        self._split = None if self.is_random else split_first_gates(self._circuit, own)
        index = {str(qubit): i for i, qubit in enumerate(self.qubits)}
        self._places = [index[label] for label in artifact.start if label in index]
        self.strings = [
            SignedString({index[label]: pauli for label, pauli in o.physical.items()}, o.sign)
            for o in artifact.observables
        ]
        perfect = np.zeros((2, len(index)))
        self.readout = Readout(*(noise.find_readout_errors([*index]) if noise else perfect))
        self._random = np.random.RandomState()
        self._simulator = import_qsim().QSimSimulator(
            {"t": threads}, seed=self._random, circuit_memoization_size=1
        )

    def simulate(
        self,
        inputs: NDArray[np.float32],
        theta: NDArray[np.float32],
        vectors: NDArray[np.float32] | None,
        trajectories: int,
        streams: Iterable[Stream | None],
    ) -> Iterator[Iterable[NDArray[np.complex64]]]:
        """Yield for each token the final state (2**qubits,) of each trajectory.

        The states of a token are there to be read before those of the next.

        Args:
            inputs: (tokens, features)
            theta: (P,)
            vectors: The encoded states (tokens, 2**n), or None to start in |0...0>.
            trajectories: Number of runs; 1 unless the circuit is random.
            streams: For each token its random numbers, if the circuit is random.
        """
        weights = np.broadcast_to(theta, (len(inputs), len(theta)))
        values = self._angles(np.hstack([weights, inputs]) if self._inputs else weights)
        placed = None if vectors is None else place_vectors(vectors, self._places, len(self.qubits))
        if self._split is not None:
            first, rest = self._split
            if placed is None:
                angles = dict(zip(self._names, values.T, strict=True))
                placed = make_product_states(first, angles, self.qubits, len(values))
            circuit = self._resolve(rest, values[0])
            ends = simulate_together(self._simulator, circuit, self.qubits, placed)
            return ([state] for state in ends)
        starts = [None] * len(inputs) if placed is None else placed
        return (
            self._run_trajectories(circuit, start, trajectories, stream)
            for circuit, start, stream in zip(
                self._resolve_all(values), starts, streams, strict=True
            )
        )

    def _run_trajectories(
        self,
        circuit: cirq.Circuit,
        start: NDArray[np.complex64] | None,
        count: int,
        stream: Stream | None,
    ) -> Iterator[NDArray[np.complex64]]:
        if stream is not None:
            self._random.seed(stream.trajectories)
        for _ in range(count):
            yield self._simulator.simulate_into_1d_array(
                circuit, qubit_order=self.qubits, initial_state=start
            )[1]

    def _resolve_all(self, values: NDArray[np.float64]) -> Iterable[cirq.Circuit]:
        """Return the circuit of each token; without inputs it is one, translated once."""
        if self._inputs:
            return (self._resolve(self._circuit, row) for row in values)
        return repeat(self._resolve(self._circuit, values[0]), len(values))

    def _resolve(self, circuit: cirq.Circuit, values: NDArray[np.float64]) -> cirq.Circuit:
        resolver = dict(zip(self._names, values.tolist(), strict=True))
        return cirq.resolve_parameters(circuit, resolver, recursive=False)


def list_qubits(artifact: Artifact) -> list[cirq.Qid]:
    """Return the qubits that gates act on, that are measured, or that hold an encoded vector."""
    labels = {label for o in artifact.observables for label in o.physical}
    if artifact.taken.amplitudes:
        labels.update(artifact.start)
    return sorted({*artifact.physical_circuit.all_qubits(), *map(parse_qubit, labels)})


def find_qubits(artifact: Artifact) -> list[cirq.Qid]:
    """Return the same qubits, if a simulator can hold them.

    Raises:
        ValueError: There are too many.
    """
    used = list_qubits(artifact)
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
