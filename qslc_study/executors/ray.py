"""Train runs on a cluster of Ray, as tasks of Ray Core (https://docs.ray.io).

A task asks for its cores and GPUs. Ray starts those again whose node or process was lost. Pieces of
files are in the object store; messages come through a queue.
"""

from __future__ import annotations

import logging
import signal
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError
from ray.util.queue import Queue

from qslc.diagnostics import InputError
from qslc_study.executors import node
from qslc_study.executors.cluster import Cluster, fail
from qslc_study.executors.executor import Share

_SECONDS = 0.5
"""Time between two looks at the queue."""

_ON_HEAD = {"node:__internal_head__": 0.001}
"""A resource that heads alone have: the queue is lost with no other node."""


class RayCluster(Cluster):
    """A cluster of Ray, through the client port of its head: ``ray://HOST:10001``."""

    engine = "ray"
    advice = "start one with more, as: ray start --address HEAD:6379 --num-cpus 8"

    def __init__(self, address: str, share: Share, processes: int | None) -> None:
        try:
            _connect(address)
        except (ConnectionError, RuntimeError, ValueError) as error:
            advice = "name the client port of the head, which ray start --head opens: 10001"
            fail(address, "cannot connect", error, advice)
        self._closed = threading.Event()
        nodes = [each["Resources"] for each in ray.nodes() if each["Alive"]]
        super().__init__(address, share, nodes, processes)
        self._queue = Queue(actor_options={"num_cpus": 0, "resources": _ON_HEAD})
        self._taking = threading.Lock()
        self._task = ray.remote(node.make_task(__name__)).options(
            num_cpus=share.threads,
            num_gpus=share.gpus,
            max_retries=node.TRIES,
            retry_exceptions=True,
        )
        threading.Thread(target=self._follow, daemon=True).start()

    def put(self, piece: bytes) -> Any:
        try:
            return ray.put(piece)
        except (RayError, ConnectionError) as error:
            fail(self.address, "a file could not be sent", error)

    def train(self, order: Mapping[str, Any]) -> Any:
        try:
            last = ray.get(self._task.remote(order, self._queue))
            self._take_messages()
            return last
        except RayTaskError as error:
            if isinstance(error.cause, InputError):
                raise error.cause from None
            fail(self.address, "a node failed", error.cause or error)
        except RayError as error:
            fail(self.address, f"a run was lost {node.TRIES + 1} times", error)
        except ConnectionError as error:
            fail(self.address, "the connection was lost", error)

    def stop(self) -> None:
        self._closed.set()
        ray.shutdown()

    def _follow(self) -> None:
        while not self._closed.wait(_SECONDS):
            self._take_messages()

    def _take_messages(self) -> None:
        with self._taking, suppress(RayError, ConnectionError):  # the runs tell what is wrong
            for number, message in self._queue.get_nowait_batch(self._queue.size()):
                self.take(number, message)


def _connect(address: str, tries: int = 3) -> None:
    """Connect to a cluster, again where its head failed to start a process for this client."""
    try:
        with _keep_own_ways():
            ray.init(address, logging_level=logging.CRITICAL, log_to_driver=False)
    except ConnectionError as error:
        if tries == 1 or "Initialization failure" not in str(error):
            raise
        _connect(address, tries - 1)


@contextmanager
def _keep_own_ways() -> Iterator[None]:
    """Give SIGTERM back the handler that it has, which Ray replaces; let Ray print no warnings."""
    handler = signal.getsignal(signal.SIGTERM)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)


def train(order: Mapping[str, Any], queue: Queue) -> Any:
    """Train a run on this node."""

    def send(message: Mapping[str, Any]) -> None:
        with suppress(RayError):  # nobody waits for progress
            queue.put_nowait((order["number"], message))

    return node.train(order, ray.get, send)
