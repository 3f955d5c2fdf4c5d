"""Measures the growth, writes the table and the plot.

python -m benchmarks.growth
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from benchmarks.growth.measure import Result, measured
from benchmarks.growth.plot import Results, draw
from benchmarks.growth.points import SWEEPS, Point
from qslc import compile_to, sublayer

RESULTS = Path(__file__).resolve().parents[1] / "results"


def main() -> None:
    results = {what: [(point, _measured(point)) for point in own] for what, own in SWEEPS.items()}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "growth.md").write_text(_text(results), encoding="utf-8")
    draw(results, RESULTS / "growth.png")


def _measured(point: Point) -> dict[str, Result]:
    with tempfile.TemporaryDirectory() as folder:
        spec = (
            sublayer(f"growth_{point.qubits}_{point.layers}", point.qubits)
            .amplitude(point.features)
            .layers(point.layers)
            .spec()
        )
        compile_to(spec, folder)
        results = measured(point, Path(folder))
    print(_row(point, results))
    return results


def _text(results: Results) -> str:
    rows = [_row(point, own) for each in results.values() for point, own in each]
    slower = [
        row for each in results.values() for point, own in each if (row := _slower(point, own))
    ]
    return (
        "# Growth of a training step\n\n"
        f"TensorFlow on {os.cpu_count()} cores, float32, forward and backward for angles and "
        "inputs. Layers of RY and a ring of CNOT behind an amplitude encoder of at most 768 "
        "features. `native` is the engine as it chooses for itself, `generic` its keras.ops code. "
        "Each path of a point has a process of its own, and they take turns; medians. Peak memory "
        "is what the steps take beyond what the traced model holds.\n\n"
        "![Time and memory against qubits, layers and tokens](growth.png)\n\n"
        "| qubits | layers | tokens | native, µs per token | generic | ratio | native, peak MiB "
        "| generic |\n|---:|---:|---:|---:|---:|---:|---:|---:|\n"
        + "\n".join(rows)
        + "\n\nSlower than the generic path: "
        + ("; ".join(slower) if slower else "no point")
        + ".\n"
    )


def _row(point: Point, results: dict[str, Result]) -> str:
    native, generic = results["native"], results["generic"]
    cells = (
        *(str(point.qubits), str(point.layers), f"{point.tokens:,}"),
        *(_microseconds(point, native), _microseconds(point, generic)),
        f"{native.seconds / generic.seconds:.2f}",
        *(f"{result.peak_bytes / 2**20:.0f}" for result in (native, generic)),
    )
    return f"| {' | '.join(cells)} |"


def _microseconds(point: Point, result: Result) -> str:
    return f"{1e6 * result.seconds / point.tokens:,.1f}"


def _slower(point: Point, results: dict[str, Result]) -> str:
    if results["native"].seconds <= results["generic"].seconds:
        return ""
    return f"{point.qubits} qubits, {point.layers} layers, {point.tokens:,} tokens"


if __name__ == "__main__":
    main()
