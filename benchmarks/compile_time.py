"""Measure how compile time and memory grow with qubits and layers, at optimization level 3.

python -m benchmarks.compile_time

Each compile runs in a process of its own, several times; the least time counts. The exponent is the
slope of log(time) against log(size), 1 where time grows in proportion.
"""

from __future__ import annotations

import math
import multiprocessing
import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.depth.suite import make_eagle
from benchmarks.report import Table
from qslc.pipeline import compile_spec
from qslc.spec import sublayer
from qslc.spec.model import Spec

REPEATS = 2
GRIDS = ((4, 4), (8, 8), (10, 13), (16, 16), (20, 25), (25, 40))
LAYERS = (1, 2, 4, 8, 16)
PATTERNS = ("brick", "ring")


@dataclass(frozen=True, slots=True)
class Point:
    """One compile: the title of its series, its size in it, and the spec."""

    series: str
    size: int
    spec: Spec


def list_points() -> Iterator[Point]:
    """Yield qubits on a grid that they fill, layers on 20 qubits, and 127 qubits with 8 layers."""
    for pattern in PATTERNS:
        for rows, columns in GRIDS:
            series, qubits = f"{pattern}, 4 layers, qubits of a grid", rows * columns
            yield _make_point(series, qubits, qubits, 4, pattern, {"grid": (rows, columns)})
    for pattern in PATTERNS:
        for layers in LAYERS:
            series = f"{pattern}, 20 qubits on a line, layers"
            yield _make_point(series, layers, 20, layers, pattern, "line")
    for pattern in PATTERNS:
        device = {"edges": make_eagle(), "name": "heavy_hex_127"}
        series = f"{pattern}, 8 layers, heavy-hexagon lattice"
        yield _make_point(series, 127, 127, 8, pattern, device)


def _make_point(
    series: str, size: int, qubits: int, layers: int, pattern: str, device: Any
) -> Point:
    encoded = sublayer("growth", qubits).angle()
    builder = encoded.on(device) if isinstance(device, str) else encoded.on(**device)
    return Point(series, size, builder.layers(layers, pattern=pattern).optimize(level=3).spec())


def measure(spec: Spec) -> tuple[float, int]:
    """Return the wall time of a compile in seconds, and the peak memory of its process in MB."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_compile, (spec,))


def _compile(spec: Spec) -> tuple[float, int]:
    started = time.perf_counter()
    compile_spec(spec)
    seconds = time.perf_counter() - started
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def fit_exponent(points: Sequence[tuple[int, float]]) -> float:
    """Return the exponent of growth of seconds over the larger half of the sizes."""
    (size, seconds), (last_size, last_seconds) = points[len(points) // 2], points[-1]
    return math.log(last_seconds / seconds) / math.log(last_size / size)


def main() -> None:
    rows = []
    series: dict[str, list[tuple[int, float]]] = {}
    for point in list_points():
        seconds, memory = min(measure(point.spec) for _ in range(REPEATS))
        so_far = series.setdefault(point.series, [])
        so_far.append((point.size, seconds))
        exponent = f"{fit_exponent(so_far):.2f}" if len(so_far) > 2 else ""
        rows.append((point.series, str(point.size), f"{seconds:.2f}", str(memory), exponent))
        print(f"{point.series}: {point.size} in {seconds:.2f} s, {memory} MB", flush=True)
    Table(("series", "size", "seconds", "MB", "exponent"), tuple(rows)).print()


if __name__ == "__main__":
    main()
