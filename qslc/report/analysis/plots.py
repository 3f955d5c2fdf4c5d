"""The plots of an analysis, from its JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from qslc.report.analysis.labels import Point, label
from qslc.report.analysis.svg_plot import ACCENT, GOOD, INK, SOFT, WARM, legend, plot
from qslc.report.analysis.words import ENSEMBLES

_COLOURS = {"zero": WARM, "features": ACCENT, "given": GOOD}
_NAMED = 16
"""Observables that an axis names, at most."""
_LETTERS = 36
"""Of their names side by side; more are turned."""
_DASHES = {"uniform": "-", "scaled normal": "--"}


def fidelities(expressibility: Mapping[str, Any]) -> str:
    """Histograms of fidelities, and that of random states."""
    bins = expressibility["bins"]
    edges = [k / bins for k in range(bins + 1)]

    def draw(axes: Any) -> None:
        for case in expressibility["cases"]:
            colour, name = _COLOURS[case["ensemble"]], ENSEMBLES[case["ensemble"]]
            axes.stairs(case["histogram"], edges, color=colour, label=name, linewidth=1.4)
        axes.stairs(
            expressibility["cases"][0]["haar"], edges, color=INK, label="Haar-random", linestyle=":"
        )
        axes.set(yscale="log", ylim=(1e-4, 1.5), xlim=(0, _right_end(expressibility)))
        axes.set(xlabel="fidelity of two random states", ylabel="fraction of pairs")
        legend(axes)

    return plot("fidelities", "Histogram of fidelities", draw)


def variances(curves: Sequence[Mapping[str, Any]], over: str) -> str:
    """Variances of gradients against qubits or layers."""
    chosen = [curve for curve in curves if curve["over"] == over]

    def draw(axes: Any) -> None:
        for curve in chosen:
            points = curve["points"]
            sizes = [point["size"] for point in points]
            axes.errorbar(
                sizes,
                [point["variance"] for point in points],
                yerr=[2 * point["error"] for point in points],
                color=_COLOURS[curve["ensemble"]],
                linestyle=_DASHES[curve["initialisation"]],
                marker="o",
                label=f"{ENSEMBLES[curve['ensemble']]}, {curve['initialisation']}",
            )
            if curve["decay"] and over == "qubits":
                fit = curve["decay"]
                line = [fit["scale"] * math.exp(-fit["rate"] * size) for size in sizes]
                axes.plot(sizes, line, color=_COLOURS[curve["ensemble"]], linewidth=0.7, alpha=0.6)
        _logarithmic(axes, base=2)
        if over == "layers":
            axes.set_xscale("log", base=2)
        ticks = sorted({point["size"] for curve in chosen for point in curve["points"]})
        axes.set_xticks(ticks, [str(size) for size in ticks])
        axes.minorticks_off()
        axes.set(xlabel=over, ylabel="variance of a derivative")
        legend(axes)

    return plot(f"variances-{over}", f"Variance of gradients against {over}", draw)


def by_observable(gradients: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    """The variance of the gradient of each observable."""

    def draw(axes: Any) -> None:
        for row in gradients:
            axes.plot(
                row["by_observable"],
                color=_COLOURS[row["ensemble"]],
                linestyle="none",
                marker="o" if row["initialisation"] == "uniform" else "x",
                label=f"{ENSEMBLES[row['ensemble']]}, {row['initialisation']}",
            )
        step = math.ceil(len(names) / _NAMED)
        shown = range(0, len(names), step)
        turned = sum(len(names[k]) for k in shown) > _LETTERS
        axes.set_xticks(shown, [_short(names[k]) for k in shown], rotation=90 if turned else 0)
        axes.set_ylim(0, 1.1 * max(max(row["by_observable"]) for row in gradients) or 1)
        axes.set(ylabel="variance of a derivative")
        legend(axes)

    return plot("by-observable", "Variance of the gradient of each observable", draw)


def spectrum(weights: Mapping[str, Any]) -> str:
    """Eigenvalues of the Fisher matrix."""
    values = weights["spectrum"]

    def draw(axes: Any) -> None:
        axes.bar(range(1, len(values) + 1), [max(value, 1e-12) for value in values], color=ACCENT)
        axes.set(yscale="log", ylim=(max(1e-6, min(0.05, min(values) / 3)), 3 * max(values)))
        axes.tick_params(which="minor", labelleft=False)
        axes.set(xlabel="direction", ylabel="eigenvalue / mean")

    return plot("spectrum", "Eigenvalues of the Fisher information matrix", draw)


def initial_gradients(initialisation: Mapping[str, Any]) -> str:
    """Squared gradients against the deviation of normal angles."""
    deviations = initialisation["deviations"]

    def draw(axes: Any) -> None:
        for each in initialisation["sweeps"]:
            ensemble = each["ensemble"]
            axes.plot(
                deviations,
                each["squared_gradients"],
                color=_COLOURS[ensemble],
                marker="o",
                label=f"{ENSEMBLES[ensemble]}, normal",
            )
            uniform = _squared_gradient(initialisation["rows"], ensemble, "uniform")
            axes.axhline(
                uniform,
                color=_COLOURS[ensemble],
                linestyle=":",
                label=f"{ENSEMBLES[ensemble]}, uniform",
            )
        axes.axvline(
            initialisation["scaled_deviation"],
            color=SOFT,
            linewidth=1.2,
            label="scaled normal (layer)",
        )
        axes.set_xscale("log")
        _logarithmic(axes, base=10)
        axes.set(xlabel="standard deviation of the angles / rad", ylabel="mean squared derivative")
        legend(axes)

    return plot("initial-gradients", "Gradients against the spread of initial angles", draw)


def costs(operations: Mapping[str, Any]) -> str:
    """Multiply-adds against parameters."""

    def draw(axes: Any) -> None:
        points = []
        for row in operations["rows"]:
            quantum = row["method"].startswith("quantum")
            x, y = row["parameters"], row["multiply_adds"]
            colour = WARM if quantum else ACCENT
            axes.plot(x, y, marker="D" if quantum else "o", color=colour, linestyle="none")
            points.append(Point(x, y, row["method"].replace("quantum sublayer, ", ""), colour))
        axes.set(xscale="log", yscale="log")
        axes.set(xlabel="trainable parameters", ylabel="multiply-adds per token")
        axes.margins(x=0.3, y=0.25)
        axes.autoscale_view()
        label(axes, points)

    return plot("costs", "Multiply-adds and parameters, against LoRA", draw)


def _short(name: str) -> str:
    """A name that leaves room for the plot."""
    return name if len(name) <= 14 else f"{name[:13]}…"


def _right_end(expressibility: Mapping[str, Any]) -> float:
    """Where the fidelities end, or a tenth."""
    histograms = [case["histogram"] for case in expressibility["cases"]]
    last = max(k for histogram in histograms for k, part in enumerate(histogram) if part)
    bins: int = expressibility["bins"]
    return max(0.1, min(1.0, (last + 2) / bins))


def _logarithmic(axes: Any, base: int) -> None:
    """A logarithmic axis, if there is anything above 0 on it."""
    if any(max(line.get_ydata(), default=0) > 0 for line in axes.get_lines()):
        axes.set_yscale("log", base=base)


def _squared_gradient(
    rows: Sequence[Mapping[str, Any]], ensemble: str, initialisation: str
) -> float:
    value: float = next(
        row["squared_gradient"]
        for row in rows
        if row["ensemble"] == ensemble and row["initialisation"] == initialisation
    )
    return value
