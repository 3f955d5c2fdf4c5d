"""Run what has no record yet, a few runs at a time, and keep each record at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any, Protocol

from qslc_study.plan import Run
from qslc_study.store import Store
from qslc_study.worker import Progress, end_workers, work


class Watcher(Protocol):
    """Observer of the progress of runs."""

    def start(self, run: Run) -> Progress:
        """Begin to show a run, and return what takes its messages."""

    def done(self, run: Run, record: Mapping[str, Any]) -> None:
        """Show that a run has its record, from now or from before."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Number of runs at a time, and of threads for each."""

    processes: int
    threads: int


def execute(
    runs: Iterable[Run],
    places: Callable[[Run], Mapping[str, Any]],
    store: Store,
    machine: Machine,
    watcher: Watcher,
) -> dict[str, Any]:
    """Return the record of every run by its key; train the runs that have none.

    Raises:
        InputError: A run cannot be done; the records of finished runs are kept.
    """

    def find_record(run: Run) -> Any:
        known = store.get(run.key)
        if known is None:
            job = {"task": "run", "identity": run.identity, "places": places(run)}
            known = work(job, machine.threads, watcher.start(run))
            known["environment"]["processes"] = machine.processes
            store.put(run.key, known)
        watcher.done(run, known)
        return known

    unique = list({run.key: run for run in runs}.values())
    pool = ThreadPoolExecutor(machine.processes)
    futures = [pool.submit(find_record, run) for run in unique]
    try:
        _wait(pool, futures)
    except (KeyboardInterrupt, SystemExit):
        _stop_all(pool, futures)
        raise
    return {run.key: future.result() for run, future in zip(unique, futures, strict=True)}


def _wait(pool: ThreadPoolExecutor, futures: Iterable[Future[Any]]) -> None:
    """Wait for all runs; after a fault, for those that have begun."""
    try:
        for future in as_completed(futures):
            future.result()
    except Exception:
        pool.shutdown(cancel_futures=True)
        raise
    pool.shutdown()


def _stop_all(pool: ThreadPoolExecutor, futures: Iterable[Future[Any]]) -> None:
    """End the runs that have begun, and one that begins just now."""
    pool.shutdown(wait=False, cancel_futures=True)
    while not all(future.done() for future in futures):
        end_workers()
        time.sleep(0.05)
