"""Sample the compiled circuit under the noise of its compile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cirq
import numpy as np
import qsimcirq
from numpy.typing import NDArray

from qslc_runtime.artifact import Artifact
from qslc_runtime.engines.device_circuit import find_qubits
from qslc_runtime.engines.measurement import Readout, sample
from qslc_runtime.sampling.measured import split_measurement

EXACT_QUBITS = 9
"""Largest density matrix, 2 MiB; above, every shot is a trajectory of its own."""


class NoisySampler(cirq.Sampler):
    """A virtual chip with the noise of a compile, as engine "noisy" has it.

    Errors follow the gates of the circuit, and readout errors the measurement. The rotations that
    choose what is read have none. It has the qubits that the compile uses, and no others.

    Args:
        artifact: The compile.
        seed: Random seed of shots and readout errors.

    Raises:
        ValueError: The spec of the compile has no noise, or its circuit uses too many qubits.
    """

    def __init__(self, artifact: Artifact, seed: int) -> None:
        if artifact.noise is None:
            raise ValueError(
                f"the spec in {artifact.folder} has no noise; set `noise:` in the spec and compile "
                'it again, or use sampler="simulator"'
            )
        self._noise = artifact.noise
        self._qubits = find_qubits(artifact)
        self._rng = np.random.default_rng(seed)
        self._exact = cirq.DensityMatrixSimulator(seed=seed)
        self._trajectories = qsimcirq.QSimSimulator(seed=seed)

    def run_sweep(
        self, program: cirq.AbstractCircuit, params: Any, repetitions: int = 1
    ) -> Sequence[cirq.Result]:
        """Return a result for each set of parameters.

        Raises:
            ValueError: The circuit acts on a qubit whose noise is not known.
        """
        body, tail = split_measurement(program.unfreeze())
        if unknown := sorted(program.all_qubits() - {*self._qubits}):
            raise ValueError(f"the noise of {unknown[0]} is not known; pass copies=1")
        circuit = self._noise.add_to(body, self._qubits) + tail
        read = {cirq.measurement_key_name(op): op.qubits for op in tail[-1]}
        return [
            self._run(circuit, read, resolver, repetitions)
            for resolver in cirq.to_resolvers(params)
        ]

    def _run(
        self,
        circuit: cirq.Circuit,
        read: dict[str, tuple[cirq.Qid, ...]],
        resolver: cirq.ParamResolver,
        repetitions: int,
    ) -> cirq.Result:
        if len(self._qubits) <= EXACT_QUBITS:
            bits = self._sample_exactly(circuit[:-1], resolver, repetitions)
            drawn = {
                key: bits[:, [self._qubits.index(qubit) for qubit in on]]
                for key, on in read.items()
            }
        else:
            result = self._trajectories.run(circuit, resolver, repetitions)
            drawn = {key: result.measurements[key].astype(bool) for key in read}
        measurements = {key: self._misread(drawn[key], on) for key, on in read.items()}
        return cirq.ResultDict(params=resolver, measurements=measurements)

    def _sample_exactly(
        self, circuit: cirq.Circuit, resolver: cirq.ParamResolver, repetitions: int
    ) -> NDArray[np.bool_]:
        """Return the bits of all qubits; Cirq's own sampling takes 25 us a shot."""
        state = self._exact.simulate(circuit, resolver, qubit_order=self._qubits)
        distribution = np.clip(np.diagonal(state.final_density_matrix).real, 0, None)
        return sample(distribution.astype(np.float64), repetitions, self._rng)

    def _misread(self, bits: NDArray[np.bool_], on: tuple[cirq.Qid, ...]) -> NDArray[np.uint8]:
        readout = Readout(*self._noise.find_readout_errors([*map(str, on)]))
        return readout.flip(bits, self._rng).astype(np.uint8)
