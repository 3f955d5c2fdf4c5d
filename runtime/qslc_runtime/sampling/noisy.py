"""Sample the compiled circuit under the noise of its compile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import cirq
import numpy as np
from numpy.typing import NDArray

from qslc_runtime.artifact import Artifact
from qslc_runtime.engines.device_circuit import find_qubits
from qslc_runtime.engines.measurement import Readout, sample
from qslc_runtime.extras import import_qsim
from qslc_runtime.sampling.distributions import compute_distributions
from qslc_runtime.sampling.measured import KEY, split_measurement

EXACT_QUBITS = 10
"""Largest mixed state, 8 MiB; above, every shot is a trajectory of its own."""

_CHUNK = 2**22
"""Numbers of the states that are simulated together, 32 MiB."""


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
        labels = (label for rates in self._noise.rates.values() for label in rates)
        self._known = {name for label in labels for name in re.findall(r"q\([^)]*\)", label)}
        self._known.update(map(str, self._qubits))
        self._rng = np.random.default_rng(seed)
        self._seed = seed

    @cached_property
    def _trajectories(self) -> Any:
        """The simulator of more qubits than are simulated exactly."""
        return import_qsim().QSimSimulator(seed=self._seed)

    def run_sweep(
        self, program: cirq.AbstractCircuit, params: Any, repetitions: int = 1
    ) -> Sequence[cirq.Result]:
        """Return a result for each set of parameters.

        Raises:
            ValueError: The circuit acts on a qubit whose noise is not known.
            ModuleNotFoundError: It has more than 10 qubits, and qsimcirq is not installed.
        """
        body, tail = split_measurement(program.unfreeze())
        qubits = sorted({*self._qubits, *program.all_qubits()})
        if unknown := [qubit for qubit in qubits if str(qubit) not in self._known]:
            raise ValueError(f"the noise of {unknown[0]} is not known; pass copies=1")
        circuit = self._noise.add_to(body, qubits)
        rotations, measurement = tail[:-1], tail[-1]
        resolvers = [*cirq.to_resolvers(params)]
        read = {cirq.measurement_key_name(op): op.qubits for op in measurement}
        if len(qubits) <= EXACT_QUBITS:
            bits = self._sample_exactly(circuit + rotations, qubits, resolvers, repetitions)
        else:
            bits = self._sample_trajectories(circuit + rotations, qubits, resolvers, repetitions)
        return [
            cirq.ResultDict(
                params=resolver,
                measurements={key: self._misread(drawn, qubits, on) for key, on in read.items()},
            )
            for resolver, drawn in zip(resolvers, bits, strict=True)
        ]

    def _sample_exactly(
        self,
        circuit: cirq.Circuit,
        qubits: list[cirq.Qid],
        resolvers: list[cirq.ParamResolver],
        repetitions: int,
    ) -> Iterator[NDArray[np.bool_]]:
        """Yield the bits of all qubits (repetitions, qubits) for each resolver."""
        size = max(1, _CHUNK >> 2 * len(qubits))
        for first in range(0, len(resolvers), size):
            chunk = resolvers[first : first + size]
            for distribution in compute_distributions(circuit, qubits, chunk):
                yield sample(distribution, repetitions, self._rng)

    def _sample_trajectories(
        self,
        circuit: cirq.Circuit,
        qubits: list[cirq.Qid],
        resolvers: list[cirq.ParamResolver],
        repetitions: int,
    ) -> Iterator[NDArray[np.bool_]]:
        measured = circuit + cirq.Circuit(cirq.measure(*qubits, key=KEY))
        for result in self._trajectories.run_sweep_iter(measured, resolvers, repetitions):
            yield result.measurements[KEY].astype(bool)

    def _misread(
        self, bits: NDArray[np.bool_], qubits: list[cirq.Qid], on: tuple[cirq.Qid, ...]
    ) -> NDArray[np.uint8]:
        """Return what is read of some qubits."""
        readout = Readout(*self._noise.find_readout_errors([*map(str, on)]))
        own = bits[:, [qubits.index(qubit) for qubit in on]]
        return readout.flip(own, self._rng).astype(np.uint8)
