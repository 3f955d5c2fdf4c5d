"""Show how random and how entangled the states are that the circuit reaches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qslc.analyze.states import compute_entanglement, compute_expressibility
from qslc.report.analysis.topic import HUBREGTSEN, MEYER, SIM, STARTS, Analysis, Figure, Topic
from qslc.report.numbers import format_interval, format_number
from qslc.report.plots import INK, draw_legend, draw_plot
from qslc.report.sections import Section, Table, Tile, Verdict

TWO_AXES, ONE_AXIS = 0.02, 0.22
"""Divergences of one qubit that turns about two axes, or one (Sim et al. 2019, figure 1)."""

ENTANGLED = 0.5
"""The part of random states' entanglement below which the qubits hardly act together."""


def show_expressibility(analysis: Analysis) -> Section:
    """Make the section on expressibility."""
    cases = analysis["expressibility"]["cases"]
    rows = tuple(
        (
            STARTS[case["ensemble"]].name,
            format_number(case["divergence"]),
            format_interval(case["interval"]),
            "–" if case["real_divergence"] is None else format_number(case["real_divergence"]),
            format_number(case["ceiling"]),
            str(case["pairs"]),
        )
        for case in cases
    )
    head = ("start", "divergence", "95 % interval", "from real states", "idle", "pairs")
    return Section(
        "Expressibility",
        tuple(_describe_expressibility(cases)),
        f"Kullback–Leibler divergence, in nats, of the fidelities of pairs of states at uniform "
        f"angles from those of Haar-random states; {analysis['expressibility']['bins']} bins of "
        "equal width. The bias of a histogram of few samples, (occupied bins − 1) / (2 pairs), is "
        "subtracted; intervals are from the bootstrap. |0…0⟩ is the paper's start, without the "
        "encoder; with random features both states of a pair encode the same vector.",
        (SIM,),
        (Table(head, rows),),
        (plot_fidelities(analysis["expressibility"]),),
    )


def list_expressibility_tiles(analysis: Analysis) -> Iterator[Tile]:
    """Yield the divergence from random states."""
    case = analysis["expressibility"]["cases"][0]
    real, note = case["real_divergence"], "divergence from real random states"
    if real is None:
        note = format_interval(case["interval"])
    divergence = format_number(case["divergence"] if real is None else real)
    yield Tile("expressibility", divergence, note, judge_expressibility(case))


def judge_expressibility(case: Mapping[str, Any]) -> Verdict:
    """Judge the divergence from random states, real ones where all gates are real."""
    real = case["real_divergence"]
    divergence = case["divergence"] if real is None else real
    if not case["resolved"]:
        return Verdict("fine", "Nothing to see at this size: all circuits look alike.")
    if divergence <= TWO_AXES:
        text = "Reaches its states nearly at random: more layers add no expressiveness."
        return Verdict("fine", text)
    if divergence <= ONE_AXIS:
        return Verdict("fine", "Reaches most of its states; another layer would reach more.")
    return Verdict(
        "change",
        "Reaches few states: add a layer, a rotation about another axis, or entangling pairs.",
    )


def plot_fidelities(expressibility: Mapping[str, Any]) -> str:
    """Plot the histograms of fidelities, and that of random states."""
    bins = expressibility["bins"]
    edges = [k / bins for k in range(bins + 1)]

    def draw(axes: Any) -> None:
        for case in expressibility["cases"]:
            name, color = STARTS[case["ensemble"]]
            axes.stairs(case["histogram"], edges, color=color, label=name, linewidth=1.4)
        axes.stairs(
            expressibility["cases"][0]["haar"], edges, color=INK, label="Haar-random", linestyle=":"
        )
        axes.set(yscale="log", ylim=(1e-4, 1.5), xlim=(0, _find_end(expressibility)))
        axes.set(xlabel="fidelity of two random states", ylabel="fraction of pairs")
        draw_legend(axes)

    return draw_plot("fidelities", "Histogram of fidelities", draw)


def show_entanglement(analysis: Analysis) -> Section:
    """Make the section on entanglement."""
    rows = tuple(
        (
            STARTS[case["ensemble"]].name,
            *(format_number(case[key]) for key in ("mean", "deviation", "before", "haar")),
        )
        for case in analysis["entanglement"]
    )
    head = ("start", "mean Q", "standard deviation", "before the ansatz", "Haar-random")
    return Section(
        "Entangling capability",
        ("0 is a product state, 1 the most that single qubits can be entangled with the rest.",),
        "Meyer and Wallach's Q, averaged over uniform angles: 2 minus twice the mean purity of "
        "one qubit.",
        (SIM, MEYER),
        (Table(head, rows),),
    )


def list_entanglement_tiles(analysis: Analysis) -> Iterator[Tile]:
    """Yield the mean entanglement."""
    case = analysis["entanglement"][0]
    note = f"random states: {format_number(case['haar'])}"
    mean = format_number(case["mean"])
    yield Tile("entangling capability", mean, note, judge_entanglement(case))


def judge_entanglement(case: Mapping[str, Any]) -> Verdict:
    """Judge the mean of Meyer and Wallach's Q beside that of random states."""
    share = case["mean"] / case["haar"] if case["haar"] else 1.0
    percent = f"{100 * share:.0f} % of random states' entanglement"
    if share >= ENTANGLED:
        return Verdict("fine", f"Has {percent}: the qubits act together.")
    text = f"Has {percent}: the qubits act almost alone. Entangle more pairs, or add a layer."
    return Verdict("change", text)


def _describe_expressibility(cases: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "0 is as good as random states; a circuit without angles has the figure under idle."
    if cases[0]["real_divergence"] is not None:
        yield (
            "All gates are real: complex states are out of reach, and the divergence from real "
            "random states is the fair one."
        )
    if not cases[0]["resolved"]:
        yield (
            "In this dimension nearly all fidelities of random states fall into the first bin: "
            "the figure no longer tells circuits apart."
        )


def _find_end(expressibility: Mapping[str, Any]) -> float:
    """Find where the fidelities end, at least a tenth."""
    histograms = [case["histogram"] for case in expressibility["cases"]]
    last = max(k for histogram in histograms for k, part in enumerate(histogram) if part)
    bins: int = expressibility["bins"]
    return max(0.1, min(1.0, (last + 2) / bins))


TOPICS = (
    Topic(
        "expressibility",
        (Figure("expressibility", compute_expressibility, of_states=True),),
        show_expressibility,
        "expressibility",
        list_expressibility_tiles,
        (
            f"Expressibility: a divergence up to {TWO_AXES} is that of one qubit turned about two "
            f"axes, above {ONE_AXIS} it is that of less than one axis (figure 1 of Sim et al.).",
        ),
        (SIM,),
    ),
    Topic(
        "entanglement",
        (Figure("entanglement", compute_entanglement, of_states=True),),
        show_entanglement,
        "entanglement",
        list_entanglement_tiles,
        (
            f"Entangling capability: at least {ENTANGLED:g} of random states' Q, a rule of thumb; "
            "more is not better by itself, for accuracy hardly depends on it (Hubregtsen et al.).",
        ),
        (HUBREGTSEN,),
    ),
)
