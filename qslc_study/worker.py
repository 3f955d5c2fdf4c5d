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
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from pydantic import TypeAdapter

from qslc.diagnostics import Diagnostic, InputError
from qslc_study.plan import Run
from qslc_study.progress import Display, Progress
from qslc_study.store import Store


@dataclass(frozen=True, slots=True)
class Machine:
    """Number of runs at a time, and of threads for each."""

    processes: int
    threads: int


def execute(
    runs: Iterable[Run],
    find_places: Callable[[Run], Mapping[str, Any]],
    store: Store,
    machine: Machine,
    display: Display,
) -> dict[str, Any]:
    """Return the record of every run by its key; train the runs that have none.

    Raises:
        InputError: A run cannot be done; the records of finished runs are kept.
    """

    def find_record(run: Run) -> Any:
        known = store.get(run.key)
        if known is None:
            job = {"task": "run", "identity": run.identity, "places": find_places(run)}
            known = work(job, machine.threads, display.start(run))
            known["environment"]["processes"] = machine.processes
            store.put(run.key, known)
        display.finish(run, known)
        return known

    unique = {run.key: run for run in runs}
    pool = ThreadPoolExecutor(machine.processes)
    futures = [pool.submit(find_record, run) for run in unique.values()]
    try:
        try:
            for future in as_completed(futures):
                future.result()
        except Exception:
            pool.shutdown(cancel_futures=True)  # waits for the runs that have begun
            raise
    except (KeyboardInterrupt, SystemExit):
        _stop_all(pool, futures)
        raise
    pool.shutdown()
    return {key: future.result() for key, future in zip(unique, futures, strict=True)}


def _stop_all(pool: ThreadPoolExecutor, futures: Iterable[Future[Any]]) -> None:
    """End the runs that have begun, and one that begins just now."""
    pool.shutdown(wait=False, cancel_futures=True)
    while not all(future.done() for future in futures):
        for process in tuple(_AT_WORK):
            _end(process)
        time.sleep(0.05)


def work(job: Mapping[str, Any], threads: int, progress: Progress) -> Any:
    """Run a job, and return its result.

    Args:
        job: Job as JSON; ``task`` names what is done (``training/__main__.py``).
        threads: Threads of one operation.
        progress: Function that takes every message on the way.

    Raises:
        InputError: The job cannot be done as asked, or its process died.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        with _worker(threads, errors) as process:
            result = _exchange_messages(process, job, progress)
        if result is None:
            errors.seek(0)
            raise _make_death_error(process.returncode, errors.read())
    if "error" in result:
        raise InputError(*TypeAdapter(list[Diagnostic]).validate_python(result["error"]))
    return result["result"]


_AT_WORK: set[subprocess.Popen[str]] = set()
"""The workers of all threads."""


@contextmanager
def _worker(threads: int, errors: IO[str]) -> Iterator[subprocess.Popen[str]]:
    """Start a process that waits for a job; it is over when the context is left."""
    process = subprocess.Popen(
        [sys.executable, "-m", "qslc_study.training"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        env=_make_environment(threads),
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


def _make_environment(threads: int) -> dict[str, str]:
    here = str(Path(__file__).parents[1])
    path = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    return {
        **os.environ,
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": "1",
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
    return InputError(Diagnostic(f"a run's process ended early: {reason}", help=advice))
