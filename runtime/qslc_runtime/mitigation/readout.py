"""Invert errors of reading: measured on the chip, a qubit at a time, in one job."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import cirq
import numpy as np
import sympy
from cirq.experiments import estimate_single_qubit_readout_errors
from numpy.typing import NDArray

from qslc_runtime.mitigation.options import Mitigation
from qslc_runtime.sampling.copies import Copies
from qslc_runtime.sampling.measured import KEY, MeasuredCircuit
from qslc_runtime.sampling.record import Record
from qslc_runtime.sampling.submission import Submitter

if TYPE_CHECKING:
    from qslc_runtime.sampling.program import Program

Array: TypeAlias = NDArray[np.float64]

SHOTS = 10_000
"""Shots of each of the two circuits: errors of 1 % are then known to 0.1 %."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """Errors of reading, by qubit.

    Args:
        p01: Probability that a 0 is read as 1.
        p10: Probability that a 1 is read as 0.
    """

    p01: Mapping[cirq.Qid, float]
    p10: Mapping[cirq.Qid, float]

    def list_values(self, qubits: Sequence[cirq.Qid]) -> Array:
        """Return what stands for a read 0 and a read 1 of each qubit: (qubits, 2).

        They are 1 and -1 where nothing is misread. Otherwise their mean over what is read is the
        mean of 1 and -1 over what was there: the inverse of the confusion matrix, applied to them.

        Raises:
            ValueError: A qubit is misread half of the time.
        """
        values = np.empty((len(qubits), 2))
        for row, qubit in zip(values, qubits, strict=True):
            p01, p10 = self.p01[qubit], self.p10[qubit]
            rest = 1 - p01 - p10
            if rest < 0.1:
                raise ValueError(
                    f"{qubit} is read as 1 in {p01:.0%} of its zeros and as 0 in {p10:.0%} of its "
                    "ones: reading it says nothing"
                )
            row[:] = (1 - p10 + p01) / rest, (-1 - p10 + p01) / rest
        return values


def average_corrected(counts: Mapping[str, int], measured: MeasuredCircuit, values: Array) -> Array:
    """Return the mean of each string of a measured circuit, with errors of reading inverted.

    Args:
        counts: Number of shots of each bit string.
        measured: The circuit.
        values: What stands for a 0 and a 1 of each bit: (width, 2).
    """
    bits = np.array([[*map(int, outcome)] for outcome in counts])
    weights = np.array([*counts.values()], np.float64)
    read = values[np.arange(measured.width), bits]
    products = [s.sign * read[:, list(s.paulis)].prod(axis=1) for s in measured.strings]
    means: Array = np.array(products) @ weights / weights.sum()
    return means


def measure_confusion(submitter: Submitter, qubits: Sequence[cirq.Qid]) -> Confusion:
    """Measure all qubits in 0 and all in 1, in one job, and return how they are misread.

    A job that the record holds is not sent again. The error of the pulse that makes the ones is
    counted as one of reading.

    Args:
        submitter: Sends jobs of ``SHOTS`` shots.
        qubits: The qubits.

    Raises:
        SamplerError: As ``Submitter.measure``.
    """
    experiment = _Experiment(submitter, qubits)
    found = estimate_single_qubit_readout_errors(experiment, qubits=qubits, repetitions=SHOTS)
    return Confusion(found.zero_state_errors, found.one_state_errors)


class ReadoutCorrection:
    """Inverts errors of reading, which are measured when they are first needed.

    Args:
        submitter: Sends jobs of ``SHOTS`` shots.
        qubits: Qubits that are read.
    """

    def __init__(self, submitter: Submitter, qubits: Sequence[cirq.Qid]) -> None:
        self._submitter, self._qubits = submitter, qubits
        self._confusion: Confusion | None = None

    @property
    def sent(self) -> int:
        """Number of shots that were sent."""
        return self._submitter.sent

    def count_shots(self) -> int:
        """Return how many shots are still to be sent."""
        if self._confusion is not None:
            return 0
        circuit = make_confusion_circuit(self._qubits)
        flips = np.array([[0.0], [np.pi]]) * np.ones(len(self._qubits))
        keys = [self._submitter.make_key(circuit, row, 0) for row in flips]
        return SHOTS * len(self._submitter.find_unknown(keys))

    def average(
        self, measured: MeasuredCircuit, counts: Mapping[str, int], read: Sequence[cirq.Qid]
    ) -> Array:
        """Return the mean of each string from the number of shots of each bit string.

        Args:
            measured: The circuit.
            counts: What was read.
            read: The device qubits of the bits, which a copy has in the place of the circuit's.
        """
        if self._confusion is None:
            self._confusion = measure_confusion(self._submitter, self._qubits)
        return average_corrected(counts, measured, self._confusion.list_values(read))


class _Experiment(cirq.Sampler):
    """Runs Cirq's experiment on its own terms: symbols in radians, one measurement, the record."""

    def __init__(self, submitter: Submitter, qubits: Sequence[cirq.Qid]) -> None:
        self._submitter, self._qubits = submitter, qubits
        self._circuit = make_confusion_circuit(qubits)

    def run_sweep(
        self, program: cirq.AbstractCircuit, params: Any, repetitions: int = 1
    ) -> Sequence[cirq.Result]:
        del program
        resolvers = [*cirq.to_resolvers(params)]
        flips = [[float(r.value_of(name)) for name in self._circuit.names] for r in resolvers]
        angles = np.pi * np.array(flips) + 0.0
        keys = [self._submitter.make_key(self._circuit, row, 0) for row in angles]
        counts = self._submitter.measure(self._circuit, Copies(), angles, keys)
        return [
            cirq.ResultDict(params=resolver, measurements=self._list_bits(found, repetitions))
            for resolver, found in zip(resolvers, counts, strict=True)
        ]

    def _list_bits(self, counts: Mapping[str, int], repetitions: int) -> dict[str, Any]:
        """Return the bits of each qubit under its key in Cirq's experiment."""
        rows = np.array([[*map(int, outcome)] for outcome in counts], np.uint8)
        shots = np.array([*counts.values()])
        if shots.sum() != repetitions:  # a sampler that returned fewer: the same shares
            shares = np.cumsum(shots) / shots.sum()
            shots = np.diff(np.round(shares * repetitions).astype(int), prepend=0)
        bits = np.repeat(rows, shots, axis=0)
        return {repr(qubit): bits[:, [i]] for i, qubit in enumerate(self._qubits)}


def make_confusion_circuit(qubits: Sequence[cirq.Qid]) -> MeasuredCircuit:
    """Return a circuit that turns each qubit by an angle of its own, and reads all."""
    names = tuple(f"flip_{i}" for i in range(len(qubits)))
    turns = (cirq.rx(sympy.Symbol(n)).on(q) for n, q in zip(names, qubits, strict=True))
    circuit = cirq.Circuit(cirq.Moment(turns), cirq.Moment(cirq.measure(*qubits, key=KEY)))
    digest = hashlib.sha256(cirq.to_json(circuit).encode()).hexdigest()[:16]
    return MeasuredCircuit(circuit, names, (), (), len(qubits), digest)


def make_correction(
    mitigation: Mitigation,
    program: Program,
    copies: Copies,
    name: str,
    record: Record,
    submission: Mapping[str, Any],
) -> ReadoutCorrection | None:
    """Return what inverts errors of reading of a program's qubits, or None.

    Args:
        mitigation: What is done.
        program: What is measured.
        copies: Its copies on the chip, whose qubits are read too.
        name: Name of the sampler.
        record: The jobs so far.
        submission: Other arguments of ``Submitter``.
    """
    if mitigation.readout == "none":
        return None
    read = {qubit for measured in program.measured for qubit in measured.read}
    every = {qubit for copy in range(copies.count) for qubit in copies.find_qubits([*read], copy)}
    submitter = Submitter(name=name, record=record, shots=SHOTS, **submission)
    return ReadoutCorrection(submitter, sorted(every))
