"""Ways to draw the initial angles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

import numpy as np
import sympy

from qslc.analyze.simulation import Array
from qslc.ir.program import Program
from qslc.pauli.frame import Frame, Rotation, pauli_frame
from qslc.pauli.tableau import commute

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
    for first, second, sign in cancelling_pairs(pauli_frame(program), program.weights):
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
    waiting: list[Rotation] = []
    for rotation in own.rotations:
        match = _match(rotation, waiting, single)
        if match is None:
            waiting.append(rotation)
            continue
        waiting.remove(match)
        sign = -rotation.axis.sign * match.axis.sign
        pairs.append((match.angle.name, rotation.angle.name, sign))
    return pairs


def _single_weights(own: Frame, weights: tuple[str, ...]) -> frozenset[sympy.Expr]:
    symbols = [symbol for rotation in own.rotations for symbol in rotation.angle.free_symbols]
    alone = {rotation.angle for rotation in own.rotations if rotation.angle.is_Symbol}
    return frozenset(s for s in alone if symbols.count(s) == 1 and s.name in weights)


def _match(
    rotation: Rotation, waiting: list[Rotation], single: frozenset[sympy.Expr]
) -> Rotation | None:
    """Return the latest rotation that this one can undo."""
    if rotation.angle not in single:
        return None
    for other in reversed(waiting):
        if other.axis.paulis == rotation.axis.paulis and other.angle in single:
            return other
        if not commute(other.axis, rotation.axis):
            return None
    return None
