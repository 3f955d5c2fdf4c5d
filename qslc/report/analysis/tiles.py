"""The numbers worth seeing first, in the terminal and on top of the page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qslc.report.analysis import verdicts
from qslc.report.analysis.verdicts import Verdict
from qslc.report.analysis.words import ENSEMBLES, interval, number

Analysis = Mapping[str, Any]

_OWN = "scaled normal"
"""The initial angles of the generated layer."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure: its name, its value, what the value is beside, and the verdict on it."""

    label: str
    value: str
    note: str
    verdict: Verdict


def tiles(analysis: Analysis) -> tuple[Tile, ...]:
    """Of the figures that were made."""
    return (
        *_states(analysis),
        *_decay(analysis),
        *_weights(analysis),
        *_initialisation(analysis),
        _cost(analysis),
    )


def in_short(found: Sequence[Tile]) -> str:
    """ "8 of 9 figures are fine; to change: initial angles." """
    change = [tile.label for tile in found if tile.verdict.tone == "change"]
    fine = len(found) - len(change)
    if not change:
        return "The one figure is fine." if fine == 1 else f"All {fine} figures are fine."
    listed = ", ".join(dict.fromkeys(change))
    return f"{fine} of {len(found)} figures {'is' if fine == 1 else 'are'} fine; change: {listed}."


def _states(analysis: Analysis) -> Iterator[Tile]:
    if analysis["expressibility"]:
        case = analysis["expressibility"]["cases"][0]
        real = case["real_divergence"]
        divergence = case["divergence"] if real is None else real
        note = interval(case["interval"]) if real is None else "divergence from real random states"
        yield Tile("expressibility", number(divergence), note, verdicts.expressibility(case))
    if analysis["entanglement"]:
        case = analysis["entanglement"][0]
        note = f"random states: {number(case['haar'])}"
        verdict = verdicts.entanglement(case)
        yield Tile("entangling capability", number(case["mean"]), note, verdict)


def _decay(analysis: Analysis) -> Iterator[Tile]:
    qubits = analysis["circuit"]["qubits"]
    for curve in analysis["curves"]:
        own = curve["initialisation"] == _OWN
        if curve["over"] == "qubits" and own and curve["decay"]:
            factor = math.exp(-curve["decay"]["rate"])
            note = f"per qubit, {ENSEMBLES[curve['ensemble']]}"
            variance = verdicts.variance_at(analysis, curve)
            verdict = verdicts.gradient(variance, factor, qubits)
            yield Tile("gradient variance", f"× {factor:.2f}", note, verdict)


def _weights(analysis: Analysis) -> Iterator[Tile]:
    weights, proven = analysis["weights"], analysis["proven_dead"]
    count = analysis["circuit"]["weights"]
    if proven is not None:
        verdict = verdicts.dead_weights(proven)
        yield Tile("dead weights", str(len(proven)), f"of {count}", verdict)
    if weights:
        verdict = verdicts.directions(weights["rank"], count, weights["spare"])
        yield Tile("directions", str(weights["rank"]), f"of {count} weights", verdict)
        size, value = weights["data_sizes"][-1], weights["effective"][-1]
        verdict = verdicts.effective_dimension(value)
        yield Tile("effective dimension", f"{value:.2f}", f"of 1, {size:,} data", verdict)


def _initialisation(analysis: Analysis) -> Iterator[Tile]:
    found = analysis["initialisation"]
    if found:
        best = found["recommended"]
        verdict = verdicts.initial_angles(best, found["argument"])
        yield Tile("initial angles", best, f"score {found['scores'][best]:.2f} of 1", verdict)


def _cost(analysis: Analysis) -> Tile:
    row, width = analysis["operations"]["rows"][0], analysis["operations"]["width"]
    note = f"per token; {row['parameters']:,} parameters, {width:,} wide"
    verdict = verdicts.cost(row["multiply_adds"], width)
    return Tile("multiply-adds", f"{row['multiply_adds']:,}", note, verdict)
