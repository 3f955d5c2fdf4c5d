"""Show which weights count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qslc.analyze.weights import compute_proofs, compute_weights
from qslc.report.analysis.topic import ABBAS, GOTTESMAN, HAUG, Analysis, Figure, Topic
from qslc.report.numbers import format_names
from qslc.report.plots import ACCENT, draw_plot
from qslc.report.sections import Section, Table, Tile, Verdict

LARGE_DIMENSION = 0.5
"""The normalized effective dimension below which most weights hardly count."""


def show_weights(analysis: Analysis) -> Section:
    """Make the section on weights."""
    proven, weights = analysis["proven_dead"], analysis["weights"]
    return Section(
        "Weights that count",
        tuple(_describe_weights(analysis)),
        "Proofs are by the light cone in the Pauli frame: Clifford gates are moved to the end, and "
        "a rotation is dead if it commutes with all later rotations and observables, or turns a "
        "phase of |0…0⟩ alone. The rank is that of the Jacobian of all outputs on random inputs at "
        "a random point. The effective dimension takes expectations as means of Gaussian outputs, "
        "γ = 1; the spectrum is that of its Fisher matrix, averaged over points.",
        (GOTTESMAN, ABBAS, HAUG),
        (Table(("", ""), tuple(_list_rows(analysis["circuit"]["weights"], proven, weights))),),
        (plot_spectrum(weights),) if weights and weights["spectrum"] else (),
    )


def list_weights_tiles(analysis: Analysis) -> Iterator[Tile]:
    """Yield dead weights, independent directions and the effective dimension."""
    weights, proven = analysis["weights"], analysis["proven_dead"]
    count = analysis["circuit"]["weights"]
    if proven is not None:
        yield Tile("dead weights", str(len(proven)), f"of {count}", judge_dead_weights(proven))
    if weights:
        verdict = judge_directions(weights["rank"], count, weights["spare"])
        yield Tile("directions", str(weights["rank"]), f"of {count} weights", verdict)
        size, value = weights["data_sizes"][-1], weights["effective"][-1]
        verdict = judge_effective_dimension(value)
        yield Tile("effective dimension", f"{value:.2f}", f"of 1, {size:,} data", verdict)


def judge_dead_weights(dead: Sequence[str]) -> Verdict:
    """Judge the weights that are proven to change no output."""
    if not dead:
        return Verdict("fine", "No weight is proven to be idle.")
    named = format_names(dead, 4)
    text = f"{named} can change no output, proven: measure more, or leave the rotations out."
    return Verdict("change", text)


def judge_directions(rank: int, count: int, spare: Sequence[str]) -> Verdict:
    """Judge the independent directions of all weights, and those without which none is lost."""
    if rank >= count:
        return Verdict("fine", "Every weight moves the outputs in a direction of its own.")
    missing = count - rank
    what = "1 weight adds" if missing == 1 else f"{missing} weights add"
    freeze = f"freeze {format_names(spare, 4)}, or " if spare else ""
    return Verdict("change", f"{what} no direction: {freeze}use fewer layers.")


def judge_effective_dimension(value: float) -> Verdict:
    """Judge the normalized effective dimension at the largest number of data."""
    if value >= LARGE_DIMENSION:
        return Verdict("fine", "The weights move the outputs about equally much.")
    text = "Most weights hardly move the outputs: use fewer layers or another entangler."
    return Verdict("change", text)


def plot_spectrum(weights: Mapping[str, Any]) -> str:
    """Plot the eigenvalues of the Fisher matrix."""
    values = weights["spectrum"]

    def draw(axes: Any) -> None:
        axes.bar(range(1, len(values) + 1), [max(value, 1e-12) for value in values], color=ACCENT)
        axes.set(yscale="log", ylim=(max(1e-6, min(0.05, min(values) / 3)), 3 * max(values)))
        axes.tick_params(which="minor", labelleft=False)
        axes.set(xlabel="direction", ylabel="eigenvalue / mean")

    return draw_plot("spectrum", "Eigenvalues of the Fisher information matrix", draw)


def _list_rows(
    count: int, proven: Sequence[str] | None, weights: Mapping[str, Any] | None
) -> Iterator[tuple[str, str]]:
    yield "weights", str(count)
    yield "proven dead", "not tried" if proven is None else str(len(proven))
    if not weights:
        return
    quantum = weights["quantum_rank"]
    yield "derivatives all 0, numerically", str(len(weights["flat"]))
    yield "independent directions of the function", str(weights["rank"])
    yield "independent directions of the state", "too large" if quantum is None else str(quantum)
    for size, value in zip(weights["data_sizes"], weights["effective"], strict=True):
        yield f"normalized effective dimension, {size:,} data", f"{value:.3f}"


def _describe_weights(analysis: Analysis) -> Iterator[str]:
    proven, weights = analysis["proven_dead"] or (), analysis["weights"]
    if proven:
        yield f"No output depends on {format_names(proven)}: proven, for all inputs and angles."
    if not weights:
        return
    flat = [name for name in weights["flat"] if name not in proven]
    if flat:
        yield f"No derivative by {format_names(flat)} was seen to differ from 0, without a proof."
    spare = [name for name in weights["spare"] if name not in (*proven, *flat)]
    if spare:
        yield (
            f"Redundant: {format_names(spare)} can be frozen, and the others still move the "
            f"function in all {weights['rank']} directions."
        )
    if not (proven or flat or spare):
        yield "Every weight moves the outputs in a direction of its own."


TOPICS = (
    Topic(
        "weights",
        (
            Figure("proven_dead", compute_proofs),
            Figure("weights", compute_weights, of_states=True),
        ),
        show_weights,
        "circuit",
        list_weights_tiles,
        (
            "Weights: none may be dead or redundant (proofs and ranks).",
            f"Effective dimension: at least {LARGE_DIMENSION:g} of the number of weights, a rule "
            "of thumb; generalization bounds grow with it (Abbas et al.).",
        ),
        (ABBAS,),
    ),
)
