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

from rich.console import Console
from rich.table import Table

from benchmarks.depth.ibm import eagle
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
            builder = sublayer("growth", rows * columns).angle().on(grid=(rows, columns))
            spec = builder.layers(4, pattern=pattern).optimize(level=3).spec()
            yield Point(f"{pattern}, 4 layers, qubits of a grid", rows * columns, spec)
    for pattern in PATTERNS:
        for layers in LAYERS:
            builder = sublayer("growth", 20).angle().on("line")
            spec = builder.layers(layers, pattern=pattern).optimize(level=3).spec()
            yield Point(f"{pattern}, 20 qubits on a line, layers", layers, spec)
    for pattern in PATTERNS:
        builder = sublayer("growth", 127).angle().on(edges=eagle(), name="heavy_hex_127")
        spec = builder.layers(8, pattern=pattern).optimize(level=3).spec()
        yield Point(f"{pattern}, 8 layers, heavy-hexagon lattice", 127, spec)


def measure(spec: Spec) -> tuple[float, int]:
    """Return the wall time of a compile in seconds, and the peak memory of its process in MB."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_compile, (spec,))


def _compile(spec: Spec) -> tuple[float, int]:
    started = time.perf_counter()
    compile_spec(spec)
    seconds = time.perf_counter() - started
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def fit_exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """Return the exponent of growth over the larger half of the sizes."""
    first = len(sizes) // 2
    return math.log(seconds[-1] / seconds[first]) / math.log(sizes[-1] / sizes[first])


def main() -> None:
    table = Table("series", "size", "seconds", "MB", "exponent")
    series: dict[str, list[tuple[int, float]]] = {}
    for point in list_points():
        runs = [measure(point.spec) for _ in range(REPEATS)]
        seconds, memory = min(runs)
        so_far = series.setdefault(point.series, [])
        so_far.append((point.size, seconds))
        sizes, times = zip(*so_far, strict=True)
        exponent = f"{fit_exponent(sizes, times):.2f}" if len(sizes) > 2 else ""
        table.add_row(point.series, str(point.size), f"{seconds:.2f}", str(memory), exponent)
        print(f"{point.series}: {point.size} in {seconds:.2f} s, {memory} MB", flush=True)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
