"""What a search weighs."""

from __future__ import annotations

from dataclasses import dataclass

from qslc.lower.synthesis.lengths import DEFAULT_MEASURE, Measure


@dataclass(frozen=True, slots=True)
class Settings:
    """What a search weighs.

    Args:
        width: frames that are kept in each generation.
        ahead: weights of the lengths of the layers after the one to be done.
        depth: price of a level of the deepest qubit.
        spread: price of a level of any qubit.
        measure: of the length of strings.
        patience: generations per vertex after which the strings of a layer are gathered singly.
        urgency: how fast the weight of such a string grows.
        slack: generations for which a layer that some frame has done is searched on.
        gate: price of a gate where the best frames of a layer are chosen.
        settle: price there of the length of the next layer.
    """

    width: int
    ahead: tuple[float, ...] = (0.1,)
    depth: float = 1.0
    spread: float = 0.1
    measure: Measure = DEFAULT_MEASURE
    patience: float = 2.0
    urgency: float = 2.0
    slack: int = 3
    gate: float = 0.5
    settle: float = 1.0
