"""The record of all jobs: what was sent, when, and what came back. Nothing is measured twice.

A record is a file of JSON lines, written as things happen, ``sent`` before the sampler is called:

| line | keys beside ``job`` |
|---|---|
| ``sent`` | ``sampler``, ``circuit``, ``shots``, ``copies``, ``keys``, ``time`` |
| ``accepted`` | ``provider_job``, where the sampler gives its jobs names |
| ``result`` | ``key``, ``circuit``, ``angles``, ``shots``, ``counts``, ``copy``: of one set |
| ``done`` | ``seconds`` |
| ``failed`` | ``error`` |

A key is the digest of sampler, seed, circuit, angles, shots and repetition.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, BinaryIO

Counts = Mapping[str, int]
"""Number of shots of each bit string."""

_FORMAT = 1
_HEADER = json.dumps({"line": "record", "format": _FORMAT}).encode() + b"\n"


class RecordError(ValueError):
    """A record cannot be read or written. The message says where and what to do."""


@dataclass(slots=True)
class Job:
    """A job that was sent.

    Args:
        name: Its number in the record.
        sampler: Name of the sampler.
        circuit: Digest of the circuit.
        shots: Number of shots of each set of angles.
        copies: Number of copies of the circuit side by side.
        keys: The keys of its sets of angles.
        time: When it was sent (UTC, ISO 8601).
        provider_job: The provider's name of it, if it has one.
        seconds: Time that it took; None while nothing came back.
        failed: Whether the sampler refused it.
    """

    name: int
    sampler: str
    circuit: str
    shots: int
    copies: int
    keys: tuple[str, ...]
    time: str
    provider_job: str | None = None
    seconds: float | None = None
    failed: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether nothing is known of how it ended."""
        return self.seconds is None and not self.failed


@dataclass(frozen=True, slots=True)
class Result:
    """Counts that came back for a set of angles.

    Args:
        key: Its key.
        angles: Digest of the angles.
        counts: Number of shots of each bit string.
        copy: Which copy of the circuit they come from.
    """

    key: str
    angles: str
    counts: Counts
    copy: int = 0


@dataclass(eq=False)
class Record:
    """All jobs and results, in memory and in a file if there is one.

    Attributes:
        counts: The counts of each key.
        copies: By key, the copy of the circuit that its counts come from; 0 where it is left out.
        jobs: The jobs, in the order in which they were sent.
    """

    path: Path | None = None
    counts: dict[str, Counts] = field(default_factory=dict)
    copies: dict[str, int] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    lock: Any = field(default_factory=threading.RLock, repr=False)
    _file: Any = field(default=None, repr=False)
    _waiting: bytes = field(default=b"", repr=False)

    def send(
        self, sampler: str, circuit: str, shots: int, copies: int, keys: tuple[str, ...]
    ) -> Job:
        """Write that a job is about to be sent."""
        time = datetime.now(timezone.utc).isoformat(timespec="seconds")
        number = 1 + max((job.name for job in self.jobs), default=-1)
        job = Job(number, sampler, circuit, shots, copies, keys, time)
        details = {"sampler": sampler, "circuit": circuit, "shots": shots, "copies": copies}
        self._write(_make_line("sent", job, **details, keys=keys, time=time), keep=False)
        self.jobs.append(job)
        return job

    def accept(self, job: Job, provider_job: str) -> None:
        """Write the provider's name of a job."""
        job.provider_job = provider_job
        self._write(_make_line("accepted", job, provider_job=provider_job))

    def add_results(self, job: Job, results: Sequence[Result]) -> None:
        """Write the counts of sets of angles."""
        self.counts.update((result.key, result.counts) for result in results)
        self.copies.update((result.key, result.copy) for result in results)
        self._write(
            *(
                _make_line(
                    *("result", job),
                    key=result.key,
                    circuit=job.circuit,
                    angles=result.angles,
                    shots=sum(result.counts.values()),
                    counts=result.counts,
                    **({"copy": result.copy} if result.copy else {}),
                )
                for result in results
            )
        )

    def finish(self, job: Job, seconds: float) -> None:
        """Write that a job has ended."""
        job.seconds = seconds
        self._write(_make_line("done", job, seconds=round(seconds, 3)))

    def fail(self, job: Job, error: BaseException) -> None:
        """Write why a job was refused."""
        job.failed = True
        self._write(_make_line("failed", job, error=f"{type(error).__name__}: {error}"))

    def find_lost(self, keys: Iterable[str]) -> list[Job]:
        """Return the jobs without an end that hold one of these keys, which have no counts."""
        missing = {key for key in keys if key not in self.counts}
        return [job for job in self.jobs if job.is_open and not missing.isdisjoint(job.keys)]

    def close(self) -> None:
        """Close the file; what comes later is an error."""
        if self._file is not None:
            self._file.close()

    def _write(self, *lines: str, keep: bool = True) -> None:
        """Write lines; those that find no room and are kept are written before the next ones."""
        if self._file is None:
            return
        data = self._waiting + "".join(lines).encode()
        try:
            _append(self._file, data)
        except (OSError, ValueError) as error:
            self._waiting = data if keep else self._waiting
            raise RecordError(
                f"the record {str(self.path)!r} cannot be written: {error}; nothing further is sent"
            ) from error
        self._waiting = b""


def _append(file: BinaryIO, data: bytes) -> None:
    """Append to a file everything, or nothing."""
    size = os.fstat(file.fileno()).st_size
    try:
        while data:
            data = data[file.write(data) :]
        os.fsync(file.fileno())
    except OSError:
        file.truncate(size)
        raise


def _make_line(line: str, job: Job, **details: Any) -> str:
    return json.dumps({"line": line, "job": job.name, **details}, separators=(",", ":")) + "\n"


_OPEN: weakref.WeakValueDictionary[str, Record] = weakref.WeakValueDictionary()
"""The records of this process, by path."""


def open_record(path: str | os.PathLike[str] | None) -> Record:
    """Open a record, and make it if it is missing. Engines of one process share it.

    Args:
        path: Path of the file; None: a record in memory.

    Raises:
        RecordError: The file is damaged, of a later version, in use by another process, or cannot
            be opened.
    """
    if path is None:
        return Record()
    place = os.path.realpath(path)
    record = _OPEN.get(place)
    if record is None:
        record = _read(Path(place))
        _OPEN[place] = record
    return record


def _read(path: Path) -> Record:
    try:
        if path.exists() and not path.is_file():
            raise RecordError(f"the record {str(path)!r} is not a file")
        file = path.open("a+b", buffering=0)
    except OSError as error:
        raise RecordError(f"the record {str(path)!r} cannot be opened: {error}") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise RecordError(
            f"the record {str(path)!r} is in use by another process; give each process its own"
        ) from None
    except OSError:  # a file system without locks
        pass
    record = Record(path, _file=file)
    weakref.finalize(record, file.close)
    file.seek(0)
    content = file.read()
    whole = content.rfind(b"\n") + 1
    if not whole and not _HEADER.startswith(content):
        raise RecordError(f"{str(path)!r} is no record of jobs; name another file")
    for number, line in enumerate(content[:whole].splitlines(), 1):
        _read_line(record, number, line)
    if whole < len(content):  # a line that a killed process did not end
        file.truncate(whole)
    if not whole:
        record._write(_HEADER.decode())
    return record


def _read_line(record: Record, number: int, line: bytes) -> None:
    try:
        _apply(record, json.loads(line))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise RecordError(
            f"line {number} of the record {str(record.path)!r} is damaged "
            f"({type(error).__name__}: {error}); remove the line if its results may be lost, or "
            "restore the file"
        ) from error


def _apply(record: Record, line: dict[str, Any]) -> None:
    """Take in a line of a file."""
    if line["line"] == "record":
        if line["format"] != _FORMAT:
            raise ValueError(f"format {line['format']} was written by a later version")
        return
    if line["line"] == "sent":
        details = [line[key] for key in ("sampler", "circuit", "shots", "copies")]
        record.jobs.append(Job(line["job"], *details, tuple(line["keys"]), line["time"]))
        return
    if line["line"] == "result":
        record.counts[line["key"]] = _check_counts(line["counts"])
        record.copies[line["key"]] = int(line.get("copy", 0))
        return
    job = next((job for job in reversed(record.jobs) if job.name == line["job"]), None)
    if job is None:
        raise ValueError(f"job {line['job']} was not sent")
    match line["line"]:
        case "accepted":
            job.provider_job = line["provider_job"]
        case "done":
            job.seconds = line["seconds"]
        case "failed":
            job.failed = True
        case unknown:
            raise ValueError(f"the line {unknown!r} is unknown")


def _check_counts(counts: dict[str, int]) -> Counts:
    if not counts or not all(type(n) is int and n > 0 for n in counts.values()):
        raise ValueError("its counts are no positive whole numbers")
    if len({*map(len, counts)}) > 1 or {*"".join(counts)} - {"0", "1"}:
        raise ValueError("its counts are not of bit strings")
    return counts
