"""Run attempts in a process of their own: a crash or an endless search costs one attempt."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from typing import Any

from benchmarks.depth.check import find_fault
from benchmarks.depth.exchange import Compiled, Task
from benchmarks.depth.qasm import count_cost, read_gates

LIMIT = 60.0
"""Seconds for an attempt."""

Outcome = dict[str, Any]
"""An attempt's name, its fault or None and, unless it failed, its depth, gates and seconds."""

_fork = multiprocessing.get_context("fork")


class Bench:
    """Runs attempts one after another in a process that it replaces when it dies or hangs."""

    def __init__(self) -> None:
        self._start()

    def run_attempts(self, task: Task, peer: str) -> list[Outcome]:
        """Run every attempt of a peer at a task."""
        names = self._ask((task, peer, None)).get("names", [])
        return [{"attempt": name, **self._ask((task, peer, name))} for name in names]

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _start(self) -> None:
        self._pipe, theirs = _fork.Pipe()
        self._process: ForkProcess = _fork.Process(target=_serve, args=(theirs, self._pipe))
        self._process.start()
        theirs.close()
        self._pipe.recv()

    def _stop(self) -> None:
        """End the process and those that it started."""
        if self._process.pid is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.join()

    def _ask(self, question: tuple[Task, str, str | None]) -> Outcome:
        self._pipe.send(question)
        try:
            if self._pipe.poll(LIMIT):
                answer: Outcome = self._pipe.recv()
                return answer
            failure = f"no result in {LIMIT:.0f} s"
        except (EOFError, ConnectionError):
            failure = "crashed"
        self._stop()
        self._start()
        return {"fault": failure}


def _serve(pipe: Connection, parents: Connection) -> None:
    parents.close()  # or the end of the parent would go unnoticed
    os.setsid()
    pipe.send("ready")
    warnings.simplefilter("ignore")
    runs: dict[tuple[str, str], dict[str, Callable[[], Compiled]]] = {}
    while True:
        try:
            task, peer, name = pipe.recv()
        except EOFError:
            return
        if (task.name, peer) not in runs:
            module = import_module(f"benchmarks.depth.peers.{peer}")
            runs = {(task.name, peer): module.list_attempts(task)}
        chosen = runs[task.name, peer]
        pipe.send({"names": list(chosen)} if name is None else _run_attempt(task, chosen[name]))


def _run_attempt(task: Task, run: Callable[[], Compiled]) -> Outcome:
    try:
        started = time.perf_counter()
        compiled = run()
        seconds = round(time.perf_counter() - started, 4)
        depth, count = count_cost(read_gates(compiled.qasm))
        found = find_fault(task, compiled)
    except Exception as error:
        return {"fault": f"{type(error).__name__}: {error}"[:300]}
    return {"depth": depth, "gates": count, "seconds": seconds, "fault": found}
