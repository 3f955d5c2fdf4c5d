"""Run jobs in processes of their own: their progress comes back, and a fault as ``InputError``.

A worker leads a group of processes, which ends with it. Its standard input stays open as long as
this process lives: however this one ends, the worker notices at once and ends too.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from math import prod
from pathlib import Path
from typing import IO, Any, cast

from pydantic import TypeAdapter

from qslc.diagnostics import Diagnostic, InputError
from qslc_study.progress import Progress


def work(job: Mapping[str, Any], threads: int, progress: Progress) -> Any:
    """Run a job, and return its result.

    Args:
        job: Job as JSON; ``task`` names what is done (``training/__main__.py``).
        threads: Threads of one operation.
        progress: Function that takes every message on the way.

    Raises:
        InputError: The job cannot be done as asked, or its process died.
    """
    return decode(converse(job, threads, progress, {}))


def converse(
    job: Mapping[str, Any], threads: int, progress: Progress, environment: Mapping[str, str]
) -> Mapping[str, Any]:
    """Run a job, and return its last message: ``{"result": ...}`` or ``{"error": ...}``.

    Args:
        environment: Variables that the process has beside those of this one.

    Raises:
        InputError: The process died.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        with _worker({**_make_environment(job, threads), **environment}, errors) as process:
            last = _exchange_messages(process, job, progress)
        if last is None:
            errors.seek(0)
            raise _make_death_error(process.returncode, errors.read())
    return last


def decode(message: Mapping[str, Any]) -> Any:
    """Return the result in the last message of a job.

    Raises:
        InputError: The message is that of an error.
    """
    if "error" in message:
        raise InputError(*TypeAdapter(list[Diagnostic]).validate_python(message["error"]))
    return message["result"]


def encode_error(error: InputError) -> dict[str, Any]:
    """Return an error as the last message of a job, which ``decode`` reads."""
    return {"error": [asdict(each) for each in error.diagnostics]}


class KilledError(InputError):
    """The process of a run was ended by a signal; done again, the run may succeed."""


_AT_WORK: set[subprocess.Popen[str]] = set()
"""The workers of all threads."""


@contextmanager
def _worker(environment: Mapping[str, str], errors: IO[str]) -> Iterator[subprocess.Popen[str]]:
    """Start a process that waits for a job; it is over when the context is left."""
    process = subprocess.Popen(
        [sys.executable, "-m", "qslc_study.training"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        env=environment,
        encoding="utf-8",
        start_new_session=True,
    )
    with process:
        _AT_WORK.add(process)
        try:
            yield process
        except BaseException:
            _end(process)
            raise
        finally:
            _AT_WORK.discard(process)
            with suppress(BrokenPipeError):  # it died before it read its job
                cast(IO[str], process.stdin).close()


def end_all() -> None:
    """End the workers of all threads."""
    for process in tuple(_AT_WORK):
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    """End a worker with the processes that it started."""
    if process.poll() is not None:
        return
    if os.name == "posix":
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _exchange_messages(
    process: subprocess.Popen[str], job: Mapping[str, Any], progress: Progress
) -> Mapping[str, Any] | None:
    """Return the last message of the process, if it got as far as that."""
    stdin, stdout = cast(IO[str], process.stdin), cast(IO[str], process.stdout)
    with suppress(BrokenPipeError):
        stdin.write(json.dumps(job) + "\n")
        stdin.flush()
    for line in stdout:
        message = json.loads(line)
        if "result" in message or "error" in message:
            return dict(message)
        progress(message)
    return None


def _make_environment(job: Mapping[str, Any], threads: int) -> dict[str, str]:
    settings = job.get("identity", {}).get("training", {})
    devices = prod(settings.get("devices", {}).values())
    flags = (os.environ.get("XLA_FLAGS"), f"--xla_force_host_platform_device_count={devices}")
    here = str(Path(__file__).parents[1])
    path = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    return {
        **os.environ,
        "KERAS_BACKEND": settings.get("backend", "tensorflow"),
        "XLA_FLAGS": " ".join(filter(None, flags)),
        "NPROC": str(threads),  # of XLA on CPUs
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",  # other runs may share the GPU
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": str(threads),
        "PYTHONPATH": path,
        "PYTHONIOENCODING": "utf-8",
    }


def _make_death_error(status: int, errors: str) -> InputError:
    lines = [line for line in errors.splitlines() if line.strip()]
    reason = lines[-1].strip() if lines else f"exit status {status}"
    if status == -9:
        reason = "it was killed, as a process is that needs more memory than there is"
    elif status < 0:
        reason = f"signal {-status}, {signal.strsignal(-status)}"
    advice = "finished runs are kept; the same command goes on with the others"
    kind = KilledError if status < 0 else InputError
    return kind(Diagnostic(f"a run's process ended early: {reason}", help=advice))
