"""Weights on which no expectation depends, by proof."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qslc.analyze.frame import Mask, Turn, commute, frame, mask
from qslc.ir.program import Program


def proven_dead(program: Program) -> tuple[str, ...]:
    """The weights whose every rotation can be left out, for all inputs and all angles.

    Two rules, until neither applies: a rotation that commutes with every later one and with every
    observable (the light cone, in the Pauli frame); and, on |0...0>, a rotation about a string of
    Z that commutes with every earlier one. Each is sound; together they need not find all.
    """
    own = frame(program)
    observables = tuple(map(mask, own.observables))
    kept: Sequence[Turn] = own.turns
    while True:
        fewer = _inside_light_cone(kept, observables)
        if program.start == "zero":
            fewer = _moving_the_start(fewer)
        if len(fewer) == len(kept):
            break
        kept = fewer
    seen = {symbol.name for turn in kept for symbol in turn.angle.free_symbols}
    return tuple(name for name in program.weights if name not in seen)


def _inside_light_cone(turns: Sequence[Turn], observables: Iterable[Mask]) -> tuple[Turn, ...]:
    later = list(observables)
    kept = []
    for turn in reversed(turns):
        if not all(commute(turn.string, string) for string in later):
            kept.append(turn)
            later.append(turn.string)
    return tuple(reversed(kept))


def _moving_the_start(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    kept: list[Turn] = []
    for turn in turns:
        only_phase = turn.string[0] == 0
        if not (only_phase and all(commute(turn.string, other.string) for other in kept)):
            kept.append(turn)
    return tuple(kept)
