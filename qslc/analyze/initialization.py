"""Draw initial angles, in the ways of the literature and of the generated layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import sympy

from qslc.analyze.simulation import Array
from qslc.ir.angles import WIDE, compute_scaled_deviation
from qslc.ir.program import Program
from qslc.pauli.frame import Frame, Rotation, find_pauli_frame
from qslc.pauli.tableau import commute
from qslc.registry import Registry

SMALL = 0.1
"""Standard deviation of "small normal", in radians."""

NEARLY_UNIFORM, NEARLY_ZERO = 3.0, 0.01
"""Standard deviations in radians of normal angles that, modulo 2 pi, are uniform to one percent, or
that hardly turn anything."""

DEFAULT = "scaled normal"
"""The initialization of generated layers."""

DEFAULT_BESIDE_REFERENCE = "wide normal"
"""The initialization of generated layers whose encoder adds a reference state."""


@dataclass(frozen=True, slots=True)
class Initialization:
    """A way to draw initial angles.

    Args:
        name: Name in the analysis and on its page.
        about: What it is, in a few words for the page.
        draw: Function from a program, a number of samples S and a random generator to angles
            (S, P) in radians.
        deviation: Function from a program to the ``angle_deviation`` in radians with which a layer
            starts so; None where it cannot, since layers draw their angles independently.
        exact: Whether normal angles of that deviation are these angles, or only come close.
    """

    name: str
    about: str
    draw: Callable[[Program, int, np.random.Generator], Array]
    deviation: Callable[[Program], float] | None = None
    exact: bool = True


def draw_uniform(program: Program, count: int, rng: np.random.Generator) -> Array:
    """Draw all angles alike from [0, 2 pi): McClean et al. 2018, arXiv:1803.11173."""
    return rng.uniform(0.0, 2 * np.pi, (count, len(program.weights)))


def draw_block_identity(program: Program, count: int, rng: np.random.Generator) -> Array:
    """Draw uniform angles whose rotations undo each other: Grant et al. 2019, arXiv:1903.05076.

    Their circuits are built from blocks U V with V the inverse of U. In a given ansatz, rotations
    about the same Pauli string cancel if those between commute or cancel too: such pairs get
    opposite random angles, and the rest 0.
    """
    theta = np.zeros((count, len(program.weights)))
    index = {name: k for k, name in enumerate(program.weights)}
    for first, second, sign in find_canceling_pairs(find_pauli_frame(program), program.weights):
        theta[:, index[first]] = rng.uniform(0.0, 2 * np.pi, count)
        theta[:, index[second]] = sign * theta[:, index[first]]
    return theta


def find_canceling_pairs(frame: Frame, weights: tuple[str, ...]) -> list[tuple[str, str, int]]:
    """Find weights a and b, and the sign s, such that the rotations by a and by b = s a cancel.

    Only weights that are, alone, the angle of one rotation are paired.
    """
    uses = Counter(s for rotation in frame.rotations for s in rotation.angle.free_symbols)
    single = {symbol for symbol, count in uses.items() if count == 1 and symbol.name in weights}
    pairs = []
    waiting: list[Rotation] = []
    for rotation in frame.rotations:
        match = _find_match(rotation, waiting, single)
        if match is None:
            waiting.append(rotation)
            continue
        waiting.remove(match)
        sign = -rotation.axis.sign * match.axis.sign
        pairs.append((match.angle.name, rotation.angle.name, sign))
    return pairs


def _find_match(
    rotation: Rotation, waiting: Sequence[Rotation], single: Collection[sympy.Expr]
) -> Rotation | None:
    """Find the latest rotation that this one can undo."""
    if rotation.angle not in single:
        return None
    for other in reversed(waiting):
        if other.axis.paulis == rotation.axis.paulis and other.angle in single:
            return other
        if not commute(other.axis, rotation.axis):
            return None
    return None


def _make_normal(name: str, about: str, deviation: Callable[[Program], float]) -> Initialization:
    """Return the initialization of normal angles with a standard deviation in radians."""

    def draw(program: Program, count: int, rng: np.random.Generator) -> Array:
        return rng.normal(0.0, deviation(program), (count, len(program.weights)))

    return Initialization(name, about, draw, deviation)


INITIALIZATIONS = Registry(
    "initialization",
    (
        _make_normal(
            "scaled normal",
            "variance 1 / (4 (L + 2)) with L angles per qubit",
            compute_scaled_deviation,
        ),
        Initialization(
            "uniform", "uniform in [0, 2π)", draw_uniform, lambda _: NEARLY_UNIFORM, exact=False
        ),
        _make_normal("small normal", f"standard deviation {SMALL}", lambda _: SMALL),
        Initialization(
            "zeros",
            "all angles 0",
            lambda program, count, _: np.zeros((count, len(program.weights))),
            lambda _: NEARLY_ZERO,
            exact=False,
        ),
        Initialization(
            "block identity",
            "pairs of rotations that undo each other; compared, but not recommended, for layers "
            "draw their angles independently",
            draw_block_identity,
        ),
        _make_normal(
            "wide normal",
            f"{WIDE} times the standard deviation of scaled normal, the layer's own beside a "
            "reference state",
            lambda program: WIDE * compute_scaled_deviation(program),
        ),
    ),
)
"""The ways to draw initial angles that an analysis compares."""


def list_deviations(program: Program) -> dict[str, float]:
    """Return the ``angle_deviation`` in radians of each initialization that a layer can have."""
    return {
        name: each.deviation(program) for name, each in INITIALIZATIONS.items() if each.deviation
    }
