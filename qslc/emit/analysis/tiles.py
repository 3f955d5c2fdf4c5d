"""The numbers worth seeing first, in the terminal and on top of the page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qslc.emit.analysis.words import ENSEMBLES, interval, number

Analysis = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tile:
    label: str
    value: str
    note: str


def tiles(analysis: Analysis) -> tuple[Tile, ...]:
    """Of the figures that were made."""
    return (
        *_states(analysis),
        *_decay(analysis),
        *_weights(analysis),
        *_initialisation(analysis),
        _cost(analysis),
    )


def _states(analysis: Analysis) -> Iterator[Tile]:
    if analysis["expressibility"]:
        case = analysis["expressibility"]["cases"][0]
        real = case["real_divergence"]
        note = interval(case["interval"]) if real is None else f"{number(real)} from real states"
        yield Tile("expressibility", number(case["divergence"]), note)
    if analysis["entanglement"]:
        case = analysis["entanglement"][0]
        note = f"Haar-random: {number(case['haar'])}"
        yield Tile("entangling capability", number(case["mean"]), note)


def _decay(analysis: Analysis) -> Iterator[Tile]:
    for curve in analysis["curves"]:
        own = curve["initialisation"] == "scaled normal"
        if curve["over"] == "qubits" and own and curve["decay"]:
            factor = math.exp(-curve["decay"]["rate"])
            note = f"per qubit, {ENSEMBLES[curve['ensemble']]}"
            yield Tile("gradient variance", f"× {factor:.2f}", note)


def _weights(analysis: Analysis) -> Iterator[Tile]:
    weights, proven = analysis["weights"], analysis["proven_dead"]
    count = analysis["circuit"]["weights"]
    if proven is not None:
        yield Tile("dead weights", str(len(proven)), f"proven, of {count}")
    if weights:
        note = f"of {count} weights"
        yield Tile("directions", str(weights["rank"]), note)
        size = weights["data_sizes"][-1]
        yield Tile("effective dimension", f"{weights['effective'][-1]:.2f}", f"{size:,} data")


def _initialisation(analysis: Analysis) -> Iterator[Tile]:
    found = analysis["initialisation"]
    if found:
        score = found["scores"][found["recommended"]]
        note = ", ".join(filter(None, (f"score {score:.2f}", found["argument"])))
        yield Tile("initial angles", found["recommended"], note)


def _cost(analysis: Analysis) -> Tile:
    row = analysis["operations"]["rows"][0]
    note = f"{row['parameters']:,} parameters, {analysis['operations']['width']:,} wide"
    return Tile("multiply-adds", f"{row['multiply_adds']:,}", note)
