"""What every place is that trains runs: it takes a job, and returns its result."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qslc_study.progress import Progress


@dataclass(frozen=True, slots=True)
class Share:
    """Resources of each run: threads of one operation, each of them a core, and GPUs."""

    threads: int
    gpus: int = 0


class Executor(ABC):
    """A place that trains runs, to be used as a context manager.

    ``processes`` is the number of runs at a time, ``threads_here`` the threads of work that stays
    on this machine, and ``environment`` what records say about the place.
    """

    processes: int
    threads_here: int
    environment: Mapping[str, Any]

    @abstractmethod
    def work(self, job: Mapping[str, Any], progress: Progress) -> Any:
        """Run a job, and return its result; several threads call it at once.

        Args:
            job: Job as JSON, as ``worker.work`` takes it.
            progress: Function that takes every message on the way.

        Raises:
            InputError: The job cannot be done as asked, or was lost too often.
        """

    @abstractmethod
    def stop(self) -> None:
        """End the jobs that have begun; it may be called again."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the place, where nothing is at work any more."""

    def __enter__(self) -> Executor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
