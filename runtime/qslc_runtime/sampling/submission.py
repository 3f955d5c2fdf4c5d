"""Send sweeps to a sampler: try again what a new try can cure, and check what comes back."""

from __future__ import annotations

import hashlib
import time
import warnings
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import cirq
import numpy as np
from numpy.typing import NDArray

from qslc_runtime.sampling.copies import Copies
from qslc_runtime.sampling.measured import MeasuredCircuit, count_bits
from qslc_runtime.sampling.record import Counts, Job, Record, RecordError, Result

MAX_WAIT = 60.0
"""Longest wait before a new try, in seconds; the first is 1 s, and each twice the one before."""

_CURABLE = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
"""HTTP statuses: time-outs, conflicts, too many requests, and a server that is down."""

_UNKNOWN = frozenset({408, 500, 502, 504})
"""Those after which a job may have been accepted."""

_SAME_ANGLE = 1e-4
"""Providers send angles as float32: so far may one that comes back differ, in radians."""


class SamplerError(RuntimeError):
    """A sampler did not return what was asked. What did come is kept."""


class PendingError(SamplerError):
    """A job was sent, and its results cannot be fetched now; a later call fetches them."""


@runtime_checkable
class RecoverableSampler(Protocol):
    """A sampler whose jobs can be asked for again, after this process was killed, say."""

    def submit_sweep(self, program: Any, params: Any, repetitions: int) -> str:
        """Send a job and return the provider's name of it, at once."""

    def fetch_sweep(self, job: str, program: Any, params: Any) -> Sequence[cirq.Result]:
        """Wait for a job and return its results."""


@dataclass(frozen=True, slots=True)
class _Task:
    """A set of angles to measure."""

    key: str
    angles: NDArray[np.float64]
    digest: str


class Submitter:
    """Measures circuits at many sets of angles, each of them once.

    Args:
        sampler: The sampler.
        name: Its name, for the record and in messages.
        record: The jobs and results so far.
        shots: Number of shots of each set of angles.
        seed: Random seed, which takes part in the keys: another seed measures anew.
        free: Whether a job that was lost may be sent again.
        attempts: Number of tries before an error that a new try may cure is raised.
        job_size: Largest number of sets of parameters in a job.

    Attributes:
        sent: Number of shots that were sent, new tries included.
    """

    def __init__(
        self,
        sampler: cirq.Sampler,
        name: str,
        record: Record,
        *,
        shots: int,
        seed: int,
        free: bool,
        attempts: int,
        job_size: int,
    ) -> None:
        self._sampler, self._name, self._record = sampler, name, record
        self._shots, self._free, self._attempts = shots, free, attempts
        self._job_size = job_size
        self.sent = 0
        self._salt = f"{name}\n{seed}\n{shots}\n"

    def make_key(self, measured: MeasuredCircuit, angles: NDArray[np.float64], time: int) -> str:
        """Return the key of angles (A,) that are measured for the ``time``-th time, from 0."""
        text = f"{self._salt}{measured.digest}{measured.variant}\n{_digest(angles)}\n{time}"
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def find_unknown(self, keys: Sequence[str]) -> list[int]:
        """Return the positions of keys without counts, the first of each."""
        first = {key: i for i, key in reversed([*enumerate(keys)])}
        return sorted(i for key, i in first.items() if key not in self._record.counts)

    def measure(
        self,
        measured: MeasuredCircuit,
        copies: Copies,
        angles: NDArray[np.float64],
        keys: Sequence[str],
    ) -> list[Counts]:
        """Return the counts of each set of angles; those that are not known are sent.

        Args:
            measured: The circuit.
            copies: Its copies on the chip.
            angles: The values of its symbols, (rows, A) in radians.
            keys: The key of each row.

        Raises:
            SamplerError: The sampler refuses the job, or returns fewer tokens or other qubits than
                asked; or a job was lost whose shots may have been paid for.
            RecordError: The record cannot be written.
        """
        with self._record.lock:
            self._recover(measured, copies, angles, keys)
            tasks = [_Task(keys[i], angles[i], _digest(angles[i])) for i in self.find_unknown(keys)]
            size = self._job_size * copies.count
            for first in range(0, len(tasks), size):
                self._send_until_complete(measured, copies, tasks[first : first + size])
            return [self._record.counts[key] for key in keys]

    def _recover(
        self,
        measured: MeasuredCircuit,
        copies: Copies,
        angles: NDArray[np.float64],
        keys: Sequence[str],
    ) -> None:
        """Fetch the results of jobs that were sent, and whose end is not known."""
        known = {key: angles[i] for i, key in enumerate(keys)}
        for job in self._record.find_lost(keys):
            same = job.copies == copies.count and job.provider_job is not None
            if same and isinstance(self._sampler, RecoverableSampler):
                tasks = [_Task(k, known[k], _digest(known[k])) for k in job.keys if k in known]
                if len(tasks) == len(job.keys) and self._fetch(measured, copies, tasks, job):
                    continue
            if not self._free:
                raise self._refuse_lost(job)
            self._record.fail(job, SamplerError("lost, and sent again"))

    def _fetch(
        self, measured: MeasuredCircuit, copies: Copies, tasks: Sequence[_Task], job: Job
    ) -> bool:
        """Fetch the results of a job; return whether they came, or it is not to be sent again."""
        try:
            self._run(measured, copies, tasks, job)
        except PendingError as error:
            if not self._free or is_curable(error):
                raise
            return False
        return True

    def _refuse_lost(self, job: Job, why: str = "") -> SamplerError:
        where = f"the record {str(self._record.path)!r}" if self._record.path else "memory"
        return SamplerError(
            f"job {job.name} of {where} was sent to {job.sampler!r} at {job.time} with "
            f"{len(job.keys)} x {job.shots} shots, and its results never came{why}; look there "
            'whether it ran; to send and pay it again, pass "lost": "resend"'
        )

    def _send_until_complete(
        self, measured: MeasuredCircuit, copies: Copies, tasks: Sequence[_Task]
    ) -> None:
        rest = list(tasks)
        for attempt in range(self._attempts):
            if attempt:
                _wait(attempt)
            try:
                self._run(measured, copies, rest, None)
            except (SamplerError, RecordError):
                raise
            except Exception as error:
                if not is_curable(error) or attempt + 1 == self._attempts:
                    tries = f" {attempt + 1} times" if attempt else ""
                    raise SamplerError(
                        f"the sampler {self._name!r} refused a job{tries}: "
                        f"{type(error).__name__}: {error}"
                    ) from error
            rest = [task for task in rest if task.key not in self._record.counts]
            if not rest:
                return
        raise SamplerError(
            f"the sampler {self._name!r} returned {len(tasks) - len(rest)} of {len(tasks)} results "
            f"in {self._attempts} tries; those are kept: call again to ask for the others"
        )

    def _run(
        self, measured: MeasuredCircuit, copies: Copies, tasks: Sequence[_Task], lost: Job | None
    ) -> None:
        """Send a job, or wait for one that was lost, and keep its results."""
        program = copies.place(measured)
        rows = [tasks[i : i + copies.count] for i in range(0, len(tasks), copies.count)]
        params = [copies.resolve(measured, [task.angles for task in row]) for row in rows]
        start = time.monotonic()
        job = lost
        if job is None:
            keys = tuple(task.key for task in tasks)
            job = self._record.send(self._name, measured.digest, self._shots, copies.count, keys)
            self.sent += len(tasks) * self._shots
        found: list[Result] = []
        try:
            results = self._call(job, program, params)
            for row, result in _match(params, results, self._name):
                for copy, task in enumerate(rows[row]):
                    counts = self._check(result, copies.keys[copy], measured.width)
                    found.append(Result(task.key, task.digest, counts, copy))
            self._record.add_results(job, found)
        except (RecordError, PendingError):
            raise
        except Exception as error:
            self._record.add_results(job, found)
            if may_have_run(error) and not self._free:
                why = f" ({type(error).__name__}: {error})"
                raise self._refuse_lost(job, why) from error
            self._record.fail(job, error)
            raise
        self._record.finish(job, time.monotonic() - start)

    def _call(self, job: Job, program: cirq.Circuit, params: Any) -> Sequence[cirq.Result]:
        sampler: Any = self._sampler
        if not isinstance(sampler, RecoverableSampler):
            results: Sequence[cirq.Result] = sampler.run_sweep(program, params, self._shots)
            return results
        if job.provider_job is None:
            self._record.accept(job, sampler.submit_sweep(program, params, self._shots))
        for attempt in range(self._attempts):
            if attempt:
                _wait(attempt)
            try:
                results = sampler.fetch_sweep(job.provider_job, program, params)
            except Exception as error:
                last = error
                if not is_curable(error):
                    break
            else:
                return results
        raise PendingError(
            f"job {job.provider_job!r} was sent to the sampler {self._name!r}, and its results "
            f"cannot be fetched now ({type(last).__name__}: {last}); call again to fetch them: "
            'it is not sent again; if it failed there, pass "lost": "resend"'
        ) from last

    def _check(self, result: cirq.Result, key: str, width: int) -> Counts:
        bits = result.measurements.get(key)
        if bits is None or bits.ndim != 2 or bits.shape[1] != width:
            got = "no such bits" if bits is None else f"{bits.shape[-1]} qubits"
            raise SamplerError(
                f"the sampler {self._name!r} was asked for the measurement {key!r} of {width} "
                f"qubits and returned {got}"
            )
        if not len(bits) or not np.isin(bits, (0, 1)).all():
            raise SamplerError(
                f"the sampler {self._name!r} returned "
                + ("bits other than 0 and 1" if len(bits) else "no shots")
            )
        if len(bits) < self._shots:
            warnings.warn(
                f"the sampler {self._name!r} returned {len(bits)} shots where {self._shots} were "
                "asked; they are used, and the record says how many",
                stacklevel=2,
            )
        return count_bits(bits.astype(np.uint8))


def is_curable(error: BaseException) -> bool:
    """Return whether a new try may succeed: a lost connection, a time-out, a busy server."""
    return _is_any(error, (ConnectionError, TimeoutError), _CURABLE)


def may_have_run(error: BaseException) -> bool:
    """Return whether a job may have been accepted all the same: the answer was lost, or late."""
    return _is_any(error, (ConnectionError, TimeoutError), _UNKNOWN) and not _is_any(
        error, (ConnectionRefusedError,), _CURABLE - _UNKNOWN
    )


def _is_any(
    error: BaseException | None, kinds: tuple[type[BaseException], ...], statuses: Container[int]
) -> bool:
    """Return whether an error, or what caused it, is of some kinds or has an HTTP status."""
    while error is not None:
        if isinstance(error, kinds):
            return True
        found = (
            getattr(holder, name, None)
            for holder in (error, getattr(error, "response", None))
            for name in ("code", "status_code", "status")
        )
        if any(isinstance(status, int) and int(status) in statuses for status in found):
            return True
        error = error.__cause__
    return False


def _match(
    params: Sequence[cirq.ParamResolver], results: Sequence[cirq.Result], name: str
) -> Iterator[tuple[int, cirq.Result]]:
    """Yield each result with the position of the parameters that it belongs to."""
    asked = [_read_values(resolver) for resolver in params]
    got = [_read_values(cirq.ParamResolver(result.params)) for result in results]
    if len(got) == len(asked) and not any(got):
        yield from enumerate(results)  # a sampler that does not say: the order is Cirq's
        return
    rest = set(range(len(asked)))
    for i, (values, result) in enumerate(zip(got, results, strict=True)):
        places = (i, *sorted(rest - {i}))
        place = next((p for p in places if p in rest and _is_same(asked[p], values)), None)
        if place is None:
            raise SamplerError(f"the sampler {name!r} returned angles that it was not asked for")
        rest.remove(place)
        yield place, result


def _read_values(resolver: cirq.ParamResolver) -> Mapping[str, float]:
    return {str(name): float(value) for name, value in resolver.param_dict.items()}


def _is_same(asked: Mapping[str, float], got: Mapping[str, float]) -> bool:
    return all(name in got and abs(got[name] - a) < _SAME_ANGLE for name, a in asked.items())


def _digest(angles: NDArray[np.float64]) -> str:
    return hashlib.blake2b(angles.tobytes(), digest_size=8).hexdigest()


def _wait(attempt: int) -> None:
    time.sleep(min(2.0 ** (attempt - 1), MAX_WAIT))
