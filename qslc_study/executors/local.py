"""Train runs on this machine, each in a process of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from qslc_study import worker
from qslc_study.executors.executor import Executor
from qslc_study.progress import Progress


class LocalExecutor(Executor):
    """The processes of this machine.

    Args:
        processes: Runs at a time.
        threads: Threads of a run; the cores are shared between the runs if none are given.
    """

    def __init__(self, processes: int, threads: int | None = None) -> None:
        self.processes = processes
        self.threads_here = threads or max(1, (os.cpu_count() or 1) // processes)
        self.environment = {"processes": processes}

    def work(self, job: Mapping[str, Any], progress: Progress) -> Any:
        return worker.work(job, self.threads_here, progress)

    def stop(self) -> None:
        worker.end_all()

    def close(self) -> None:
        """Do nothing: each process ends with its run."""
