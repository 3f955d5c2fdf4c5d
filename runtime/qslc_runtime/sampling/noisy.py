"""Sample the compiled circuit under the noise of its compile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cirq
import numpy as np
import qsimcirq

from qslc_runtime.artifact import Artifact
from qslc_runtime.engines.device_circuit import find_qubits
from qslc_runtime.engines.measurement import Readout
from qslc_runtime.sampling.measured import split_measurement

EXACT_QUBITS = 9
"""Largest density matrix, 4 MiB; above, every shot is a trajectory of its own."""


class NoisySampler(cirq.Sampler):
    """A virtual chip with the noise of a compile, as engine "noisy" has it.

    Errors follow the gates of the circuit, and readout errors the measurement. The rotations that
    choose what is read have none.

    Args:
        artifact: The compile.
        seed: Random seed of shots and readout errors.

    Raises:
        ValueError: The spec of the compile has no noise.
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
        simulates_exactly = len(self._qubits) <= EXACT_QUBITS
        self._sampler = (
            cirq.DensityMatrixSimulator(seed=seed)
            if simulates_exactly
            else qsimcirq.QSimSimulator(seed=seed)
        )

    def run_sweep(
        self, program: cirq.AbstractCircuit, params: Any, repetitions: int = 1
    ) -> Sequence[cirq.Result]:
        """Return a result for each set of parameters."""
        body, tail = split_measurement(program.unfreeze())
        circuit = self._noise.add_to(body, self._qubits) + tail
        results = self._sampler.run_sweep(circuit, params, repetitions)
        qubits = {cirq.measurement_key_name(op): op.qubits for op in tail[-1]}
        return [self._misread(result, qubits) for result in results]

    def _misread(
        self, result: cirq.Result, qubits: dict[str, tuple[cirq.Qid, ...]]
    ) -> cirq.ResultDict:
        measurements = {}
        for key, on in qubits.items():
            readout = Readout(*self._noise.find_readout_errors([*map(str, on)]))
            bits = result.measurements[key].astype(bool)
            measurements[key] = readout.flip(bits, self._rng).astype(np.uint8)
        return cirq.ResultDict(params=result.params, measurements=measurements)
