"""Settings of searches, and those that are tried one after another."""

from __future__ import annotations

from dataclasses import dataclass, replace

from typing_extensions import assert_never

from qslc.lower.synthesis.lengths import DEFAULT_MEASURE, Measure
from qslc.spec.objectives import Saves


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a search. Prices are in two-qubit gates, the unit of the length of strings.

    Args:
        width: Frames that are kept in each generation.
        ahead: Weights of the lengths of the layers after the one to be done.
        depth: Price of a level of the deepest qubit.
        spread: Price of a level of any qubit.
        measure: Measure of the length of strings.
        patience: Generations per vertex after which the strings of a layer are gathered singly.
        urgency: How fast the weight of such a string grows, per generation and vertex.
        slack: Generations for which a layer that some frame has done is searched on.
        gate: Price of a gate where the best frames of a layer are chosen.
        settle: Price there of the length of the next layer.
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


NARROW, WIDER = 6, (24, 64, 160)
"""Frames that the first searches keep, and the later ones: eight that agree with the device are
worth more than 160 that do not."""

STEINER = Measure(fill=1.0)
"""Measure that counts every vertex of a string, as its Steiner tree does."""

FREE = Settings(8, ahead=(), depth=0.0, spread=0.0, gate=1.0, settle=0.3, slack=0)
"""Settings of the search for few gates where every pair is coupled."""

_DEEP, _FRUGAL = Settings(NARROW), Settings(NARROW, depth=0.2, spread=0.05)
_SPARING = Settings(3, ahead=(), depth=0.0, spread=0.0, measure=Measure(holes=0.0))
_NEARLY_SPARING = Settings(NARROW, depth=0.0, spread=0.0, measure=Measure(0.2, 0.0), ahead=())


def first_settings(saves: Saves) -> tuple[Settings, ...]:
    """Return the settings of the first searches."""
    match saves:
        case "depth":
            return (_DEEP,)
        case "gates":
            return (_FRUGAL, _SPARING)
    assert_never(saves)


def later_settings(saves: Saves) -> tuple[Settings, ...]:
    """Return the settings that are tried after the first ones, the most promising first."""
    base = first_settings(saves)[0]
    match saves:
        case "depth":
            other: tuple[Settings, ...] = (_FRUGAL,)
        case "gates":
            other = (_NEARLY_SPARING, _DEEP)
        case _:
            assert_never(saves)
    return (
        *other,
        replace(base, depth=base.depth / 2, spread=base.spread / 2, ahead=(0.2, 0.1)),
        replace(base, measure=STEINER, ahead=(0.2,)),
        replace(base, depth=base.depth * 2, spread=base.spread * 2, patience=1.5),
        replace(base, measure=Measure(holes=0.0, fill=0.0)),
        replace(base, measure=Measure(holes=0.3), ahead=(0.05,)),
        replace(base, measure=Measure(fill=0.0), ahead=(0.1, 0.05)),
    )
