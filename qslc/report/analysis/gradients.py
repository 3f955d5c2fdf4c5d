"""Show the variance of gradients, against qubits and layers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from qslc.analyze.gradients import compute_curves, compute_gradients
from qslc.analyze.initialization import DEFAULT
from qslc.report.analysis.topic import CEREZO, JONES, MCCLEAN, STARTS, Analysis, Figure, Topic
from qslc.report.numbers import format_interval, format_number
from qslc.report.plots import draw_legend, draw_plot, scale_logarithmically
from qslc.report.sections import Section, Table, Tile, Verdict

SHOTS = 10_000
"""Shots for one derivative that are still affordable."""

LINES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"uniform": ("-", "o"), "scaled normal": ("--", "x")}
)
"""Dash and marker of an initialization whose gradients are compared."""

_NAMED = 16
"""Observables that an axis names, at most."""

_LETTERS = 36
"""Letters of observables' names side by side, at most; more are turned."""


def show_gradients(analysis: Analysis) -> Section:
    """Make the section on the variance of gradients."""
    curves = analysis["curves"]
    plots = [plot_variances(curves, each) for each in sorted({c["over"] for c in curves})[::-1]]
    if analysis["gradients"]:
        names = analysis["circuit"]["observables"]
        plots.append(plot_by_observable(analysis["gradients"], names))
    head = ("against", "start", "angles", "rate", "95 % interval", "each step", "R²")
    return Section(
        "Variance of gradients",
        tuple(_describe_decay(curves)),
        "The variance of the derivative of an observable by an angle, over random angles and "
        "inputs; the mean over observables and over the angles that are not proven dead. "
        "Derivatives are exact (adjoint method). The fit is variance = a exp(−rate · size), by "
        "least squares on the logarithm; the interval is Student's. Bars are two standard errors. "
        "Features are independent and normal; amplitudes are as many features as fit.",
        (MCCLEAN, CEREZO, JONES),
        (Table(head, tuple(map(_list_decay, curves)), 3),),
        tuple(plots),
    )


def list_gradients_tiles(analysis: Analysis) -> Iterator[Tile]:
    """Yield how the variance falls with each qubit, for each start."""
    qubits = analysis["circuit"]["qubits"]
    for curve in analysis["curves"]:
        own = curve["initialisation"] == DEFAULT
        if curve["over"] == "qubits" and own and curve["decay"]:
            factor = math.exp(-curve["decay"]["rate"])
            note = f"per qubit, {STARTS[curve['ensemble']].name}"
            verdict = judge_gradient(estimate_variance(analysis, curve), factor, qubits)
            yield Tile("gradient variance", f"× {factor:.2f}", note, verdict)


def judge_gradient(variance: float, factor: float, qubits: int) -> Verdict:
    """Judge the variance of a derivative at the circuit's own size, and its factor per qubit."""
    if variance <= 0:
        return Verdict("change", "No derivative differs from 0: nothing can be trained.")
    shots = 0.5 / variance
    needed = f"{max(1.0, float(f'{shots:.2g}')):,.0f}" if shots < 1e12 else "countless"
    seen = f"at {qubits} qubits one derivative takes about {needed} shots"
    if shots <= SHOTS:
        rest = f"; each further qubit multiplies that by {1 / factor:.2g}" if factor < 1 else ""
        return Verdict("fine", f"Trainable: {seen}{rest}.")
    text = f"A plateau: {seen}. Use fewer qubits or layers, or measure observables on fewer qubits."
    return Verdict("change", text)


def estimate_variance(analysis: Analysis, curve: Mapping[str, Any]) -> float:
    """Return the variance of a derivative at the circuit's own number of qubits.

    Measured there if the circuit is small enough, otherwise on the fitted curve.
    """
    for row in analysis["gradients"] or ():
        if (row["ensemble"], row["initialisation"]) == (curve["ensemble"], curve["initialisation"]):
            return float(row["mean"])
    fit = curve["decay"]
    return float(fit["scale"]) * math.exp(-fit["rate"] * analysis["circuit"]["qubits"])


def plot_variances(curves: Sequence[Mapping[str, Any]], over: str) -> str:
    """Plot variances of gradients against qubits or layers."""
    chosen = [curve for curve in curves if curve["over"] == over]

    def draw(axes: Any) -> None:
        for curve in chosen:
            _draw_curve(axes, curve, fitted=over == "qubits")
        scale_logarithmically(axes, base=2)
        if over == "layers":
            axes.set_xscale("log", base=2)
        ticks = sorted({point["size"] for curve in chosen for point in curve["points"]})
        axes.set_xticks(ticks, [str(size) for size in ticks])
        axes.minorticks_off()
        axes.set(xlabel=over, ylabel="variance of a derivative")
        draw_legend(axes)

    return draw_plot(f"variances-{over}", f"Variance of gradients against {over}", draw)


def _draw_curve(axes: Any, curve: Mapping[str, Any], *, fitted: bool) -> None:
    points, fit = curve["points"], curve["decay"]
    sizes = [point["size"] for point in points]
    name, color = STARTS[curve["ensemble"]]
    axes.errorbar(
        sizes,
        [point["variance"] for point in points],
        yerr=[2 * point["error"] for point in points],
        color=color,
        linestyle=LINES[curve["initialisation"]][0],
        marker="o",
        label=f"{name}, {curve['initialisation']}",
    )
    if fit and fitted:
        line = [fit["scale"] * math.exp(-fit["rate"] * size) for size in sizes]
        axes.plot(sizes, line, color=color, linewidth=0.7, alpha=0.6)


def plot_by_observable(gradients: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    """Plot the variance of the gradient of each observable."""

    def draw(axes: Any) -> None:
        for row in gradients:
            name, color = STARTS[row["ensemble"]]
            axes.plot(
                row["by_observable"],
                color=color,
                linestyle="none",
                marker=LINES[row["initialisation"]][1],
                label=f"{name}, {row['initialisation']}",
            )
        step = math.ceil(len(names) / _NAMED)
        shown = range(0, len(names), step)
        turned = sum(len(names[k]) for k in shown) > _LETTERS
        axes.set_xticks(shown, [_shorten(names[k]) for k in shown], rotation=90 if turned else 0)
        axes.set_ylim(0, 1.1 * max(max(row["by_observable"]) for row in gradients) or 1)
        axes.set(ylabel="variance of a derivative")
        draw_legend(axes)

    return draw_plot("by-observable", "Variance of the gradient of each observable", draw)


def _list_decay(curve: Mapping[str, Any]) -> tuple[str, ...]:
    """List the cells of a curve in the table of fits."""
    head = (curve["over"], STARTS[curve["ensemble"]].name, curve["initialisation"])
    fit = curve["decay"]
    if fit is None:
        return (*head, "–", "–", "–", "–")
    return (
        *head,
        format_number(fit["rate"]),
        format_interval(fit["interval"]),
        f"× {math.exp(-fit['rate']):.3g}",
        f"{fit['r_squared']:.3f}",
    )


def _describe_decay(curves: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for curve in curves:
        fit = curve["decay"]
        if curve["over"] == "qubits" and fit:
            name = STARTS[curve["ensemble"]].name
            start = f"From {name}, {curve['initialisation']} angles:"
            if fit["interval"][0] > 0:
                factor = math.exp(-fit["rate"])
                yield f"{start} each qubit multiplies the variance by {factor:.2f}."
            else:
                yield f"{start} no exponential decay is seen at these sizes."


def _shorten(name: str) -> str:
    """Shorten a name so that it leaves room for the plot."""
    return name if len(name) <= 14 else f"{name[:13]}…"


TOPICS = (
    Topic(
        "gradients",
        (Figure("curves", compute_curves), Figure("gradients", compute_gradients, of_states=True)),
        show_gradients,
        "curves",
        list_gradients_tiles,
        (
            "Gradients: a derivative by the shift rule is seen with 1 / (2 variance) shots; more "
            f"than {SHOTS:,} are too many, a rule of thumb. They grow exponentially with qubits "
            "on a barren plateau (McClean et al.).",
        ),
        (MCCLEAN,),
    ),
)
