"""Measure a program at many sets of angles: what is known, what is sent, what it takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qslc_runtime.mitigation.combination import combine
from qslc_runtime.mitigation.options import Mitigation
from qslc_runtime.mitigation.readout import ReadoutCorrection
from qslc_runtime.sampling.copies import Copies
from qslc_runtime.sampling.estimate import Estimate
from qslc_runtime.sampling.measured import MeasuredCircuit
from qslc_runtime.sampling.program import Program
from qslc_runtime.sampling.record import Counts, Record
from qslc_runtime.sampling.samplers import NamedSampler
from qslc_runtime.sampling.submission import SamplerError, Submitter

_DIGITS = 7
"""Decimals of angles that are sent: finer than any chip, and the same in batches of every size."""


class Measurer:
    """Estimates the observables of a program, each set of angles from its own shots.

    Args:
        program: What is sent.
        entry: How long the sampler takes, and its name.
        record: The jobs and results so far.
        copies: Copies of the circuit on the chip.
        mitigation: What the program's variants are for.
        confusion: Inverts errors of reading, or None.
        reuse: Whether equal angles are measured once.
        max_shots: Most shots that are sent; None: any number.
        submission: Other arguments of ``Submitter``, with ``shots`` and ``job_size``.
    """

    def __init__(
        self,
        program: Program,
        entry: NamedSampler,
        record: Record,
        copies: Copies,
        *,
        mitigation: Mitigation,
        confusion: ReadoutCorrection | None,
        reuse: bool,
        max_shots: int | None,
        **submission: Any,
    ) -> None:
        self._program, self._entry, self._record, self._copies = program, entry, record, copies
        self._mitigation, self._confusion = mitigation, confusion
        self._reuse, self._max_shots = reuse, max_shots
        self._shots, self._job_size = submission["shots"], submission["job_size"]
        self._submitter = Submitter(name=entry.name, record=record, **submission)
        self._seen: Counter[tuple[str, bytes]] = Counter()
        self._sharing: list[Measurer] = [self]

    def __call__(self, angles: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean of each observable: angles (rows, A) in radians to (rows, M).

        Raises:
            SamplerError: As ``Submitter.measure``, or more shots are needed than ``max_shots``.
            RecordError: The record cannot be written.
        """
        angles = _round(angles)
        keys = self._make_keys(angles)
        self._check_budget(sum(len(self._submitter.find_unknown(row)) for row in keys))
        rows = iter(keys)
        means = [
            mean
            for sweep in self._program.sweeps
            for mean in self._average(sweep, [*islice(rows, len(sweep))], angles)
        ]
        values = np.empty((len(angles), self._program.observables))
        for first in range(0, len(means), self._program.variants):
            variants = np.array(means[first : first + self._program.variants])
            members = self._program.measured[first].members
            values[:, members] = combine(variants, self._mitigation)
        return values

    @property
    def sent(self) -> int:
        """Number of shots that were sent."""
        return self._submitter.sent + (self._confusion.sent if self._confusion else 0)

    def share_budget(self, other: Measurer) -> None:
        """Count the shots of both together against ``max_shots``."""
        self._sharing = other._sharing = [*self._sharing, *other._sharing]

    def _average(
        self,
        sweep: Sequence[MeasuredCircuit],
        keys: Sequence[list[str]],
        angles: NDArray[np.float64],
    ) -> Iterator[NDArray[np.float64]]:
        """Measure variants of one circuit, and yield for each the means: (rows, strings)."""
        turned = np.concatenate([measured.turn(angles) for measured in sweep])
        counts = self._submitter.measure(sweep[0], self._copies, turned, [*chain(*keys)])
        found = iter(counts)
        for measured, own in zip(sweep, keys, strict=True):
            means = [self._read(measured, key, next(found)) for key in own]
            yield np.array(means).reshape(len(angles), len(measured.strings))

    def _read(self, measured: MeasuredCircuit, key: str, counts: Counts) -> NDArray[np.float64]:
        if self._confusion is None:
            return measured.average(counts)
        copy = self._record.copies.get(key, 0)
        return self._confusion.average(
            measured, counts, self._copies.find_qubits(measured.read, copy)
        )

    def add_budget(self, other: Measurer) -> None:
        """Send what another may send too."""
        if self._max_shots is not None and other._max_shots is not None:
            total = self._max_shots + other._max_shots
            for each in self._sharing:
                each._max_shots = total

    def count_unknown(self, angles: NDArray[np.float64]) -> list[int]:
        """Return for each measured circuit how many sets of angles the record does not hold."""
        if not self._reuse:
            return [len(angles)] * len(self._program.measured)
        return [len(self._submitter.find_unknown(row)) for row in self._make_keys(_round(angles))]

    def estimate(self, evaluations: int, sets: list[int]) -> Estimate:
        """Return what it takes to measure sets of angles.

        Args:
            evaluations: Number of sets of angles for each token.
            sets: Number of sets of angles of each measured circuit.
        """
        each = iter(sets)
        rows = [
            -(-sum(islice(each, len(sweep))) // self._copies.count)
            for sweep in self._program.sweeps
        ]
        jobs = sum(-(-count // self._job_size) for count in rows)
        runs = sum(rows) * self._shots
        shots = sum(sets) * self._shots
        if self._confusion is not None and any(sets):
            further = self._confusion.count_shots()
            jobs, runs, shots = jobs + (further > 0), runs + further, shots + further
        return Estimate(
            tokens=max(sets) // evaluations,
            settings=len(sets) // self._program.variants,
            evaluations=evaluations,
            jobs=jobs,
            shots=shots,
            runs=runs,
            seconds=self._estimate_seconds(jobs, runs),
            copies=self._copies.count,
        )

    def _estimate_seconds(self, jobs: int, runs: int) -> float | None:
        """Return the time that the sampler states, or else that of the jobs so far."""
        if self._entry.shot_seconds is not None:
            return runs * self._entry.shot_seconds + jobs * self._entry.call_seconds
        done = [j for j in self._record.jobs if j.seconds and j.sampler == self._entry.name]
        if not done:
            return None
        measured = sum(len(job.keys) * job.shots for job in done) / self._copies.count
        return runs * sum(job.seconds or 0.0 for job in done) / measured

    def _make_keys(self, angles: NDArray[np.float64]) -> list[list[str]]:
        """Return the keys of all sets of angles, for each measured circuit."""
        return [
            [
                self._submitter.make_key(measured, row, self._count_before(measured, row))
                for row in angles
            ]
            for measured in self._program.measured
        ]

    def _count_before(self, measured: MeasuredCircuit, angles: NDArray[np.float64]) -> int:
        """Return how often these angles were measured before, where each time counts."""
        if self._reuse:
            return 0
        key = (measured.digest + measured.variant, angles.tobytes())
        self._seen[key] += 1
        return self._seen[key] - 1

    def _check_budget(self, sets: int) -> None:
        shots, sent = sets * self._shots, sum(each.sent for each in self._sharing)
        if self._confusion is not None and sets:
            shots += self._confusion.count_shots()
        if self._max_shots is not None and sent + shots > self._max_shots:
            raise SamplerError(
                f"{shots:,} shots are needed after {sent:,} that were sent, and max_shots is "
                f"{self._max_shots:,}; nothing further is sent"
            )


def _round(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round angles; 0 has one sign."""
    return np.round(angles, _DIGITS) + 0.0
