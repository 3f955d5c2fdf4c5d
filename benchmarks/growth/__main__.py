"""Measure the growth, and write the table and the plot.

python -m benchmarks.growth
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from benchmarks.growth.measure import PATHS, SWEEPS, Point, Result, measure
from benchmarks.report import RESULTS, Table
from qslc import compile_to, sublayer

HEADS = ("qubits", "layers", "tokens", "native, µs per token", "generic", "ratio")
MEMORY_HEADS = ("native, peak MiB", "generic")
COLORS = dict(zip(PATHS, ("#1f77b4", "#999999"), strict=True))

Results = Mapping[str, Sequence[tuple[Point, Mapping[str, Result]]]]
"""Points and their results by what grows."""


def main() -> None:
    results = {what: [(point, _measure(point)) for point in own] for what, own in SWEEPS.items()}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "growth.md").write_text(_write_text(results), encoding="utf-8")
    _draw(results, RESULTS / "growth.png")


def _measure(point: Point) -> dict[str, Result]:
    with tempfile.TemporaryDirectory() as folder:
        builder = sublayer(f"growth_{point.qubits}_{point.layers}", point.qubits)
        compile_to(builder.amplitude(point.features).layers(point.layers).spec(), folder)
        results = measure(point, Path(folder))
    print(*_make_row(point, results))
    return results


def _write_text(results: Results) -> str:
    points = [each for own in results.values() for each in own]
    table = Table((*HEADS, *MEMORY_HEADS), tuple(_make_row(*each) for each in points), texts=0)
    slower = "; ".join(
        f"{point.qubits} qubits, {point.layers} layers, {point.tokens:,} tokens"
        for point, own in points
        if own["native"].seconds > own["generic"].seconds
    )
    return (
        "# Growth of a training step\n\n"
        f"TensorFlow on {os.cpu_count()} cores, float32, forward and backward for angles and "
        "inputs. Layers of RY and a ring of CNOT behind an amplitude encoder of at most 768 "
        "features. `native` is the engine as it chooses for itself, `generic` its keras.ops code. "
        "Each path of a point has a process of its own, and they take turns; medians. Peak memory "
        "is what the steps take beyond what the traced model holds.\n\n"
        "![Time and memory against qubits, layers and tokens](growth.png)\n\n"
        f"{table.markdown()}\nSlower than the generic path: {slower or 'no point'}.\n"
    )


def _make_row(point: Point, results: Mapping[str, Result]) -> tuple[str, ...]:
    native, generic = results["native"], results["generic"]
    times = (f"{1e6 * own.seconds / point.tokens:,.1f}" for own in (native, generic))
    sizes = (f"{own.peak_bytes / 2**20:.0f}" for own in (native, generic))
    ratio = f"{native.seconds / generic.seconds:.2f}"
    return str(point.qubits), str(point.layers), f"{point.tokens:,}", *times, ratio, *sizes


def _draw(results: Results, path: Path) -> None:
    """Write a PNG: a column for what grows, a row for what it costs."""
    mpl.rcParams["font.size"] = 9
    figure = Figure(figsize=(10, 5.6), layout="constrained")
    axes = figure.subplots(2, len(results), squeeze=False, sharex="col")
    for column, (what, rows) in enumerate(results.items()):
        sizes = [getattr(point, what) for point, _ in rows]
        for name in PATHS:
            style = {"label": name, "color": COLORS[name], "marker": "o", "markersize": 3.5}
            times = [1e6 * own[name].seconds / point.tokens for point, own in rows]
            axes[0][column].plot(sizes, times, **style)
            axes[1][column].plot(sizes, [own[name].peak_bytes / 2**20 for _, own in rows], **style)
        for axis in axes[:, column]:
            if what == "qubits":
                axis.set_xscale("linear")
            else:
                axis.set_xscale("log", base=2)
            axis.set_yscale("log")
            axis.yaxis.set_minor_formatter(NullFormatter())
            axis.grid(alpha=0.3)
        axes[1][column].set_xlabel(what)
    axes[0][0].set_ylabel("µs per token")
    axes[1][0].set_ylabel("peak MiB of a step")
    axes[0][0].legend(frameon=False)
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    main()
