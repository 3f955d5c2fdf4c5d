"""Make the records of runs: those that have none are trained, several at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Any, TypeVar

from qslc_study.executors import Executor
from qslc_study.plan import Run
from qslc_study.progress import Display
from qslc_study.store import Store

Item = TypeVar("Item")


def execute(
    runs: Iterable[Run],
    find_places: Callable[[Run], Mapping[str, Any]],
    store: Store,
    executor: Executor,
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
            known = executor.work(job, display.start(run))
            known["environment"] |= executor.environment
            store.put(run.key, known)
        display.finish(run, known)
        return known

    unique = {run.key: run for run in runs}
    records = map_jobs(find_record, list(unique.values()), executor)
    return dict(zip(unique, records, strict=True))


def map_jobs(
    function: Callable[[Item], Any], items: Sequence[Item], executor: Executor
) -> list[Any]:
    """Return what a function that gives the executor a job makes of each item.

    As many are at work as the executor takes at a time. At an error no further job begins.
    """
    pool = ThreadPoolExecutor(executor.processes)
    futures = [pool.submit(function, item) for item in items]
    try:
        try:
            for future in as_completed(futures):
                future.result()
        except Exception:
            pool.shutdown(cancel_futures=True)  # waits for the jobs that have begun
            raise
    except (KeyboardInterrupt, SystemExit):
        _stop_all(pool, futures, executor)
        raise
    pool.shutdown()
    return [future.result() for future in futures]


def _stop_all(pool: ThreadPoolExecutor, futures: Iterable[Future[Any]], executor: Executor) -> None:
    """End the jobs that have begun, and one that begins just now."""
    pool.shutdown(wait=False, cancel_futures=True)
    while not all(future.done() for future in futures):
        executor.stop()
        time.sleep(0.05)
