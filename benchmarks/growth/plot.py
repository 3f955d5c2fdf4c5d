"""Draw the results as curves: a column for what grows, a row for what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from benchmarks.growth.measure import Result
from benchmarks.growth.points import PATHS, Point

Results = Mapping[str, Sequence[tuple[Point, Mapping[str, Result]]]]
"""Points and their results by what grows."""

_COLORS = dict(zip(PATHS, ("#1f77b4", "#999999"), strict=True))


def draw(results: Results, path: Path) -> None:
    """Write a PNG."""
    mpl.rcParams["font.size"] = 9
    figure = Figure(figsize=(10, 5.6), layout="constrained")
    axes = figure.subplots(2, len(results), squeeze=False, sharex="col")
    for column, (what, rows) in enumerate(results.items()):
        grown = [getattr(point, what) for point, _ in rows]
        for name in PATHS:
            style = {"label": name, "color": _COLORS[name], "marker": "o", "markersize": 3.5}
            times = [1e6 * own[name].seconds / point.tokens for point, own in rows]
            sizes = [own[name].peak_bytes / 2**20 for _, own in rows]
            axes[0][column].plot(grown, times, **style)
            axes[1][column].plot(grown, sizes, **style)
        for axis in axes[:, column]:
            axis.set_xscale("linear" if what == "qubits" else "log", **_base(what))
            axis.set_yscale("log")
            axis.yaxis.set_minor_formatter(NullFormatter())
            axis.grid(alpha=0.3)
        axes[1][column].set_xlabel(what)
    axes[0][0].set_ylabel("µs per token")
    axes[1][0].set_ylabel("peak MiB of a step")
    axes[0][0].legend(frameon=False)
    figure.savefig(path, dpi=150)


def _base(what: str) -> dict[str, int]:
    return {} if what == "qubits" else {"base": 2}
