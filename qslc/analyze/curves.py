"""Variances of gradients against qubits and layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from qslc.analyze.budget import GRADIENT_WORK, affordable, gradient_copies
from qslc.analyze.gradients import Decay, decay, spread
from qslc.analyze.initialisations import Initialisation
from qslc.analyze.starts import Case

LAYERS = (1, 2, 4, 8, 16)
INITIAL: tuple[Initialisation, ...] = ("uniform", "scaled normal")
"""What the literature assumes, and what the layer does."""


@dataclass(frozen=True, slots=True)
class Point:
    """The variance at one size, its standard error, and how many samples it is from."""

    size: int
    variance: float
    error: float
    samples: int


@dataclass(frozen=True, slots=True)
class Curve:
    """Variances over sizes, and the exponential through them if there are enough."""

    over: Literal["qubits", "layers"]
    ensemble: str
    initialisation: Initialisation
    points: tuple[Point, ...]
    decay: Decay | None


def curves(
    over: Literal["qubits", "layers"],
    sizes: Sequence[int],
    cases: Callable[[int], Sequence[Case]],
    samples: int,
    rng: np.random.Generator,
) -> tuple[Curve, ...]:
    """A curve for each ensemble and for each of ``INITIAL``.

    Args:
        over: what a size is.
        sizes: qubits or layers, rising.
        cases: of a size; an ensemble may be missing at some sizes.
        samples: at most, for a point.
        rng: of angles and inputs.
    """
    columns: dict[str, dict[int, Case]] = {}
    for size in sizes:
        for case in cases(size):
            columns.setdefault(case.ensemble, {})[size] = case
    return tuple(
        _curve(over, ensemble, column, initialisation, samples, rng)
        for ensemble, column in columns.items()
        for initialisation in INITIAL
    )


def _curve(
    over: Literal["qubits", "layers"],
    ensemble: str,
    column: Mapping[int, Case],
    initialisation: Initialisation,
    samples: int,
    rng: np.random.Generator,
) -> Curve:
    points = tuple(
        _point(size, case, initialisation, samples, rng) for size, case in column.items()
    )
    fit = decay({point.size: point.variance for point in points})
    return Curve(over, ensemble, initialisation, points, fit)


def _point(
    size: int, case: Case, initialisation: Initialisation, samples: int, rng: np.random.Generator
) -> Point:
    program = case.program
    count = affordable(program, samples, gradient_copies(program), GRADIENT_WORK)
    found = spread(case, initialisation, count, rng)
    return Point(size, found.mean, found.error, count)
