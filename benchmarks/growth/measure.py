"""The points of the benchmark, measured in processes of their own: both paths of one in turn."""

from __future__ import annotations

import multiprocessing
import os
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

PATHS = ("native", "generic")
"""The engine as it chooses for itself, and its keras.ops code."""


@dataclass(frozen=True)
class Point:
    """Layers of RY and a ring of CNOT on an encoded vector, then Z on every qubit."""

    qubits: int = 10
    layers: int = 4
    tokens: int = 1024

    @property
    def features(self) -> int:
        return min(768, 2**self.qubits)


BASE = Point()
SWEEPS = {
    "qubits": [replace(BASE, qubits=n, tokens=256) for n in range(4, 17, 2)],
    "layers": [replace(BASE, layers=n) for n in (1, 2, 4, 8, 16, 32)],
    "tokens": [replace(BASE, tokens=4**n) for n in range(8)],
}
"""Points by what grows."""

SECONDS = 1.5
"""Time for the steps of a path of a point, of which there are 3 to 30."""

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["keras", "qslc_runtime.layer"])


@dataclass(frozen=True)
class Result:
    """A result of one path: the median step, and the memory that steps took beyond that before."""

    seconds: float
    peak_bytes: int


def measure(point: Point, folder: Path) -> dict[str, Result]:
    """Return the results of a point by path. ``folder`` holds its compiled layer."""
    workers = [_Worker(point, folder, path) for path in PATHS]
    first = [worker.run_step() for worker in workers]
    rounds = min(30, max(3, round(SECONDS / max(first))))
    times = [[worker.run_step() for worker in workers] for _ in range(rounds)]
    return {
        path: Result(statistics.median(own), worker.end())
        for path, worker, own in zip(PATHS, workers, zip(*times, strict=True), strict=True)
    }


class _Worker:
    """A process that runs a step when it is asked."""

    def __init__(self, point: Point, folder: Path, path: str) -> None:
        self._connection, other = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_serve, args=(other, point, folder, path))
        self._process.start()
        other.close()

    def run_step(self) -> float:
        """Run a step, and return its seconds."""
        self._connection.send("step")
        return float(self._connection.recv())

    def end(self) -> int:
        """End the process, and return the bytes that the steps took at most."""
        self._connection.send("end")
        taken = int(self._connection.recv())
        self._process.join()
        return taken


def _serve(connection: Connection, point: Point, folder: Path, path: str) -> None:
    step = _trace_step(point, folder, path)
    before = read_memory("VmRSS")
    while connection.recv() == "step":
        started = time.perf_counter()
        step()
        connection.send(time.perf_counter() - started)
    connection.send(read_memory("VmHWM") - before)


def _trace_step(point: Point, folder: Path, path: str) -> Callable[[], Any]:
    """Return a step that has been traced but not run: tracing leaves memory behind."""
    import numpy as np
    import qslc_runtime
    import tensorflow as tf

    options = {"kernel": "keras"} if path == "generic" else {}
    layer = qslc_runtime.load(folder)(engine_options=options)
    layer.build((None, point.features))
    shape = (point.tokens, point.features)
    x = tf.constant(np.random.default_rng(0).normal(size=shape), tf.float32)

    @tf.function
    def step(x: tf.Tensor) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(tf.square(layer(x)))
        return tape.gradient(loss, [x, layer.theta.value])

    traced = step.get_concrete_function(x)
    return lambda: [gradient.numpy() for gradient in traced(x)[1:]]


def read_memory(name: str) -> int:
    """Return a size of this process in bytes: VmRSS is resident now, VmHWM was at most."""
    text = Path(f"/proc/{os.getpid()}/status").read_text(encoding="utf-8")
    found = re.search(rf"{name}:\s+(\d+) kB", text)
    return 1024 * int(found[1]) if found else 0
