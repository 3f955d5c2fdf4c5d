"""What is fine about a circuit, and what to change: a verdict for each figure of an analysis.

Thresholds are those of the sources; where a source gives none, ``RULES`` says that it is a rule of
thumb of this page.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from qslc.report.analysis.words import names, number

Analysis = Mapping[str, Any]
Tone = Literal["fine", "change"]

TWO_AXES, ONE_AXIS = 0.02, 0.22
"""Divergences of one qubit that turns about two axes, or one (Sim et al. 2019, figure 1)."""

ENTANGLED = 0.5
"""The part of random states' entanglement below which the qubits hardly act together."""

SHOTS = 10_000
"""Shots for one derivative that are still affordable."""

LARGE_DIMENSION = 0.5
"""The normalized effective dimension below which most weights hardly count."""

RULES = (
    f"Expressibility: a divergence up to {TWO_AXES} is that of one qubit turned about two axes, "
    f"above {ONE_AXIS} it is that of less than one axis (figure 1 of Sim et al.).",
    f"Entangling capability: at least {ENTANGLED:g} of random states' Q, a rule of thumb; more is "
    "not better by itself, for accuracy hardly depends on it (Hubregtsen et al.).",
    f"Gradients: a derivative by the shift rule is seen with 1 / (2 variance) shots; more than "
    f"{SHOTS:,} are too many, a rule of thumb. They grow exponentially with qubits on a barren "
    "plateau (McClean et al.).",
    "Weights: none may be dead or redundant (proofs and ranks).",
    f"Effective dimension: at least {LARGE_DIMENSION:g} of the number of weights, a rule of thumb; "
    "generalization bounds grow with it (Abbas et al.).",
    "Initial angles: the layer's own, unless others have a better score.",
    "Cost: at most what the frozen projection itself costs, width² multiply-adds.",
)
"""The thresholds in words."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a figure is fine, and in a sentence why, or what to change."""

    tone: Tone
    text: str


def expressibility(case: Mapping[str, Any]) -> Verdict:
    """Of the divergence from random states, real ones where all gates are real."""
    real = case["real_divergence"]
    divergence = case["divergence"] if real is None else real
    if not case["resolved"]:
        return Verdict("fine", "Nothing to see at this size: all circuits look alike.")
    if divergence <= TWO_AXES:
        text = "Reaches its states nearly at random: more layers add no expressiveness."
        return Verdict("fine", text)
    if divergence <= ONE_AXIS:
        return Verdict("fine", "Reaches most of its states; another layer would reach more.")
    text = "Reaches few states: add a layer, a rotation about another axis, or entangling pairs."
    return Verdict("change", text)


def entanglement(case: Mapping[str, Any]) -> Verdict:
    """Of the mean of Meyer and Wallach's Q beside that of random states."""
    share = case["mean"] / case["haar"] if case["haar"] else 1.0
    percent = f"{100 * share:.0f} % of random states' entanglement"
    if share >= ENTANGLED:
        return Verdict("fine", f"Has {percent}: the qubits act together.")
    text = f"Has {percent}: the qubits act almost alone. Entangle more pairs, or add a layer."
    return Verdict("change", text)


def gradient(variance: float, factor: float, qubits: int) -> Verdict:
    """Of the variance of a derivative at the circuit's own size, and its factor per qubit."""
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


def dead_weights(dead: Sequence[str]) -> Verdict:
    """Of the weights that are proven to change no output."""
    if not dead:
        return Verdict("fine", "No weight is proven to be idle.")
    text = (
        f"{names(dead, 4)} can change no output, proven: measure more, or leave the rotations out."
    )
    return Verdict("change", text)


def directions(rank: int, count: int, spare: Sequence[str]) -> Verdict:
    """Of the independent directions of all weights, and those without which none is lost."""
    if rank >= count:
        return Verdict("fine", "Every weight moves the outputs in a direction of its own.")
    missing = count - rank
    what = "1 weight adds" if missing == 1 else f"{missing} weights add"
    advice = f"freeze {names(spare, 4)}, or use fewer layers" if spare else "use fewer layers"
    return Verdict("change", f"{what} no direction: {advice}.")


def effective_dimension(value: float) -> Verdict:
    """Of the normalized effective dimension at the largest number of data."""
    if value >= LARGE_DIMENSION:
        return Verdict("fine", "The weights move the outputs about equally much.")
    text = "Most weights hardly move the outputs: use fewer layers or another entangler."
    return Verdict("change", text)


def initial_angles(recommended: str, argument: str) -> Verdict:
    """Judge the initial angles that score best.

    Args:
        recommended: Their name.
        argument: What the layer is given for them; "" where it starts so of itself.
    """
    if not argument:
        return Verdict("fine", "The layer's own start is as good as any here.")
    better = f"{recommended[:1].upper()}{recommended[1:]} angles start better than the layer's own"
    return Verdict("change", f"{better}: give the layer {argument}.")


def cost(multiply_adds: float, width: int) -> Verdict:
    """Of the multiply-adds of a token beside those of the frozen projection."""
    share = multiply_adds / width**2
    if share <= 1:
        return Verdict("fine", f"{number(100 * share)} % of what the projection itself costs.")
    text = (
        f"{number(share)} times what a projection {width:,} wide itself costs: say --width if your "
        "model is wider, or use fewer qubits or layers."
    )
    return Verdict("change", text)


def variance_at(analysis: Analysis, curve: Mapping[str, Any]) -> float:
    """The variance of a derivative at the circuit's own number of qubits.

    Measured there if the circuit is small enough, otherwise on the fitted curve.
    """
    for row in analysis["gradients"] or ():
        if (row["ensemble"], row["initialisation"]) == (curve["ensemble"], curve["initialisation"]):
            return float(row["mean"])
    fit = curve["decay"]
    return float(fit["scale"]) * math.exp(-fit["rate"] * analysis["circuit"]["qubits"])
