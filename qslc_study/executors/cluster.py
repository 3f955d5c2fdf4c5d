"""What clusters of every engine share: files, progress and results of runs on their nodes."""

from __future__ import annotations

import os
import threading
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

from qslc.diagnostics import Diagnostic, InputError
from qslc.spec.wording import pluralize
from qslc_study.executors.executor import Executor, Share
from qslc_study.executors.shipping import list_paths, pack
from qslc_study.progress import Progress
from qslc_study.worker import decode

KEPT = "finished runs are kept; the same command goes on with the others"


class Cluster(Executor):
    """The nodes of a cluster, which takes each run where its share is free.

    Args:
        address: Address of the cluster, as the user gave it.
        share: Resources of each run.
        nodes: Resources of each node by name, "CPU" and "GPU" among them.
        processes: Runs at a time; as many as there is room for if none are given.

    Raises:
        InputError: There is no room for a run.
    """

    engine: str
    """Name of the engine."""

    advice: str
    """What to do where no node has room for a run."""

    def __init__(
        self,
        address: str,
        share: Share,
        nodes: Iterable[Mapping[str, float]],
        processes: int | None,
    ) -> None:
        room = sum(count_rooms(share, each.get("CPU", 0), each.get("GPU", 0)) for each in nodes)
        if not room:
            self.stop()
            asked = pluralize(share.threads, "core")
            asked += f" and {pluralize(share.gpus, 'GPU')}" if share.gpus else ""
            raise InputError(
                Diagnostic(f"no node of {address} has {asked} for a run", help=self.advice)
            )
        self.address, self.share = address, share
        self.processes = processes or room
        self.threads_here = os.cpu_count() or 1
        self.environment = {"processes": self.processes, "cluster": self.engine}
        self._numbers = count()
        self._takers: dict[int, Progress] = {}
        self._shipments: dict[str, Any] = {}
        self._shipping = threading.Lock()

    def work(self, job: Mapping[str, Any], progress: Progress) -> Any:
        progress({"stage": "sending files"})
        shipments = {path: self._ship(path) for path in list_paths(job["places"])}
        progress({"stage": "waiting for a node"})
        number = next(self._numbers)
        order = {
            "job": job,
            "number": number,
            "shipments": shipments,
            "threads": self.share.threads,
            "gpus": self.share.gpus,
        }
        self._takers[number] = _tell_losses(progress)
        try:
            return decode(self.train(order))
        finally:
            del self._takers[number]

    def take(self, number: int, message: Mapping[str, Any]) -> None:
        """Pass a message of a node on; one that is late is dropped."""
        taker = self._takers.get(number)
        if taker:
            taker(message)

    def _ship(self, path: str) -> Any:
        with self._shipping:
            if path not in self._shipments:
                self._shipments[path] = pack(Path(path), self.put)
            return self._shipments[path]

    def close(self) -> None:
        self.stop()

    @abstractmethod
    def put(self, piece: bytes) -> Any:
        """Give the engine a piece of a file, and return its handle."""

    @abstractmethod
    def train(self, order: Mapping[str, Any]) -> Any:
        """Train a run on a node, and return the last message of its process.

        Raises:
            InputError: The run was lost too often, or the cluster was.
        """


def fail(address: str, what: str, error: BaseException, advice: str = KEPT) -> NoReturn:
    """Say what is wrong with a run or a cluster, in a line: the last one of a traceback."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    reason = lines[-1 if "Traceback" in str(error) else 0].strip()
    raise InputError(Diagnostic(f"{address}: {what}: {reason}", help=advice)) from None


def count_rooms(share: Share, cores: float, gpus: float) -> int:
    """Return for how many runs a node has room."""
    room = int(cores // share.threads)
    return min(room, int(gpus // share.gpus)) if share.gpus else room


def _tell_losses(progress: Progress) -> Callable[[Mapping[str, Any]], None]:
    """Add a warning where a run begins a second time: its first node or process was lost."""
    nodes: list[str] = []

    def take(message: Mapping[str, Any]) -> None:
        if "node" in message:
            if nodes:
                again = f"lost on {nodes[-1]}, started again on {message['node']}"
                progress({"warning": again})
            nodes.append(message["node"])
        progress(message)

    return take
