"""Ways to draw the initial angles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

import numpy as np
import sympy

from qslc.analyze.frame import Frame, Turn, commute, frame
from qslc.analyze.simulation import Array
from qslc.ir.program import Program

Initialisation = Literal[
    "scaled normal", "uniform", "small normal", "zeros", "block identity", "wide normal"
]
Draw = Callable[[Program, int, np.random.Generator], Array]

SMALL = 0.1
"""Standard deviation of "small normal", in radians."""

WIDE = 4
"""Times the deviation of "scaled normal": that of "wide normal"."""

DEFAULT: Initialisation = "scaled normal"
"""Of generated layers."""

DEFAULT_BESIDE_REFERENCE: Initialisation = "wide normal"
"""Of generated layers whose encoder adds a reference state."""

NEARLY_UNIFORM, NEARLY_ZERO = 3.0, 0.01
"""Deviations, in radians: modulo 2 pi, normal angles are then uniform to one percent; or hardly
turn anything."""


def scaled_deviation(program: Program) -> float:
    """In radians; the variance is 1 / (4 (L + 2)) with L angles per qubit.

    Zhang et al. 2022, arXiv:2203.09376, theorem 1.
    """
    return float(0.5 / np.sqrt(len(program.weights) / program.qubits + 2))


def _scaled_normal(program: Program, count: int, rng: np.random.Generator) -> Array:
    return rng.normal(0.0, scaled_deviation(program), (count, len(program.weights)))


def _wide_normal(program: Program, count: int, rng: np.random.Generator) -> Array:
    return WIDE * _scaled_normal(program, count, rng)


def _uniform(program: Program, count: int, rng: np.random.Generator) -> Array:
    """All angles alike, [0, 2 pi): McClean et al. 2018, arXiv:1803.11173."""
    return rng.uniform(0.0, 2 * np.pi, (count, len(program.weights)))


def _small_normal(program: Program, count: int, rng: np.random.Generator) -> Array:
    return rng.normal(0.0, SMALL, (count, len(program.weights)))


def _zeros(program: Program, count: int, _: np.random.Generator) -> Array:
    return np.zeros((count, len(program.weights)))


def _block_identity(program: Program, count: int, rng: np.random.Generator) -> Array:
    """Uniform angles whose rotations undo each other: Grant et al. 2019, arXiv:1903.05076.

    Their circuits are built from blocks U V with V the inverse of U. In a given ansatz, rotations
    about the same Pauli string cancel if those between commute or cancel too: such pairs get
    opposite random angles, and the rest 0.
    """
    theta = np.zeros((count, len(program.weights)))
    index = {name: k for k, name in enumerate(program.weights)}
    for first, second, sign in cancelling_pairs(frame(program), program.weights):
        theta[:, index[first]] = rng.uniform(0.0, 2 * np.pi, count)
        theta[:, index[second]] = sign * theta[:, index[first]]
    return theta


INITIALISATIONS: Mapping[Initialisation, Draw] = MappingProxyType(
    {
        "scaled normal": _scaled_normal,
        "uniform": _uniform,
        "small normal": _small_normal,
        "zeros": _zeros,
        "block identity": _block_identity,
        "wide normal": _wide_normal,
    }
)
"""Each draws (count, P) angles in radians."""


def deviations(program: Program) -> dict[Initialisation, float]:
    """The ``angle_deviation`` in radians with which a layer starts as an initialisation says.

    Layers draw normal angles, so those that only start together, in pairs, are left out.
    """
    scaled = scaled_deviation(program)
    return {
        "scaled normal": scaled,
        "wide normal": WIDE * scaled,
        "small normal": SMALL,
        "uniform": NEARLY_UNIFORM,
        "zeros": NEARLY_ZERO,
    }


def cancelling_pairs(own: Frame, weights: tuple[str, ...]) -> list[tuple[str, str, int]]:
    """Weights a and b, and the sign s, such that the rotations by a and by b = s a cancel.

    Only weights that are, alone, the angle of one rotation are paired.
    """
    single = _single_weights(own, weights)
    pairs = []
    waiting: list[Turn] = []
    for turn in own.turns:
        match = _match(turn, waiting, single)
        if match is None:
            waiting.append(turn)
            continue
        waiting.remove(match)
        sign = -turn.sign * match.sign
        pairs.append((match.angle.name, turn.angle.name, sign))
    return pairs


def _single_weights(own: Frame, weights: tuple[str, ...]) -> frozenset[sympy.Expr]:
    symbols = [symbol for turn in own.turns for symbol in turn.angle.free_symbols]
    alone = {turn.angle for turn in own.turns if turn.angle.is_Symbol}
    return frozenset(s for s in alone if symbols.count(s) == 1 and s.name in weights)


def _match(turn: Turn, waiting: list[Turn], single: frozenset[sympy.Expr]) -> Turn | None:
    """The latest rotation that this one can undo."""
    if turn.angle not in single:
        return None
    for other in reversed(waiting):
        if other.string == turn.string and other.angle in single:
            return other
        if not commute(other.string, turn.string):
            return None
    return None
