"""Train runs on a cluster of Dask, as its tasks (https://distributed.dask.org).

A task asks for resources named CPU and GPU, of which each worker says how many it has. Dask starts
those again whose worker was lost. Pieces of files are in variables, messages are events.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import CancelledError
from typing import Any
from uuid import uuid4

from distributed import Client, KilledWorker, Variable, get_worker

from qslc.diagnostics import InputError
from qslc_study.executors import node
from qslc_study.executors.cluster import Cluster, fail
from qslc_study.executors.executor import Share

_SECONDS = 60
"""Time in which a piece that is there arrives."""


class DaskCluster(Cluster):
    """A cluster of Dask, through its scheduler: ``dask://HOST:8786``."""

    engine = "dask"
    advice = 'start one with more, as: dask worker HOST:8786 --resources "CPU=8 GPU=1"'

    def __init__(self, address: str, share: Share, processes: int | None) -> None:
        for name in ("distributed", "distributed.client"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is told below
        self._pieces: list[Variable] = []
        try:
            self._client = Client(f"tcp://{address.removeprefix('dask://')}", set_as_default=False)
        except (OSError, ValueError) as error:
            fail(address, "cannot connect", error, "name the address that dask scheduler prints")
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        nodes = [each["resources"] for each in workers]
        super().__init__(address, share, nodes, processes)
        self._task = node.make_task(__name__)
        self._name = f"qslc-{uuid4().hex}"
        self._client.subscribe_topic(self._name, lambda event: self.take(*event[1]["message"]))

    def put(self, piece: bytes) -> Any:
        variable = Variable(f"{self._name}-{len(self._pieces)}", client=self._client)
        self._pieces.append(variable)
        try:
            variable.set(piece)
        except (OSError, CancelledError) as error:
            fail(self.address, "a file could not be sent", error)
        return variable.name

    def train(self, order: Mapping[str, Any]) -> Any:
        share = {"CPU": self.share.threads, "GPU": self.share.gpus}
        future = self._client.submit(
            self._task,
            order,
            self._name,
            pure=False,
            retries=node.TRIES,
            resources={name: number for name, number in share.items() if number},
        )
        try:
            return future.result()
        except KilledWorker as error:
            fail(self.address, "a run was lost too often", error)
        except CancelledError as error:
            fail(self.address, "the connection was lost", error)
        except InputError:
            raise
        except Exception as error:
            fail(self.address, "a node failed", error)

    def stop(self) -> None:
        while self._pieces:
            self._pieces.pop().delete()
        self._client.close()


def train(order: Mapping[str, Any], topic: str) -> Any:
    """Train a run on this worker; end it once its study is gone, which Dask alone does not."""
    worker = get_worker()
    key = worker.get_current_task()

    def send(message: Mapping[str, Any]) -> None:
        task = worker.state.tasks.get(key)
        if task is None or task.state != "executing":
            raise CancelledError
        worker.log_event(topic, {"message": (order["number"], dict(message))})

    return node.train(order, _get_piece, send)


def _get_piece(name: str) -> bytes:
    try:
        piece: bytes = Variable(name).get(timeout=_SECONDS)
    except asyncio.TimeoutError:
        raise CancelledError from None  # the study that had it is gone
    return piece
