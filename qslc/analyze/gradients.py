"""The variance of gradients, and how it falls with qubits and layers: barren plateaus.

McClean et al. 2018, arXiv:1803.11173; Cerezo et al. 2021, arXiv:2001.00550. Derivatives are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from scipy.stats import linregress, t

from qslc.analyze import resize
from qslc.analyze.initialization import INITIALIZATIONS
from qslc.analyze.simulation import Array, Points, compute_jacobian
from qslc.analyze.subject import (
    MAX_QUBITS,
    Case,
    Subject,
    convert_to_json,
    limit_gradient_samples,
)
from qslc.analyze.weights import VANISHING, prove_dead_weights
from qslc.ir.program import Program
from qslc.spec.model import Spec

Over = Literal["qubits", "layers"]

COMPARED = ("uniform", "scaled normal")
"""Initializations whose gradients are compared: that of the literature and that of the layer."""

LAYERS = (1, 2, 4, 8, 16)
"""Numbers of layers of the curve over layers."""

LAYER_QUBITS = 8
"""Qubits of the curve over layers, at most."""

CURVE_SAMPLES = 400
"""Samples of a point of a curve, at most."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The variance of the derivatives of a case, over angles and inputs.

    Args:
        mean: Mean over all observables and all weights that are not proven dead.
        by_observable: Mean over those weights, for each observable.
        error: Standard error of ``mean``.
    """

    mean: float
    by_observable: tuple[float, ...]
    error: float


@dataclass(frozen=True, slots=True)
class Decay:
    """The least-squares fit variance = a exp(-rate n), on the logarithm.

    Args:
        scale: The factor a.
        rate: Rate per qubit (or layer); log 2 is a halving with each.
        interval: 95 % interval of the rate, from Student's t.
        r_squared: Part of the logarithm's spread that the line explains.
    """

    scale: float
    rate: float
    interval: tuple[float, float]
    r_squared: float


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The variance at one size, its standard error, and the number of samples it is from."""

    size: int
    variance: float
    error: float
    samples: int


@dataclass(frozen=True, slots=True)
class Curve:
    """Variances over sizes, and the exponential through them if there are enough."""

    over: Over
    ensemble: str
    initialization: str
    points: tuple[CurvePoint, ...]
    decay: Decay | None


def compute_gradients(subject: Subject) -> list[dict[str, Any]]:
    """Return the figure "gradients" as JSON values: the variances at the circuit's own size."""
    if not subject.program.weights:
        return []
    rng, rows = subject.make_rng("gradients"), []
    for case in subject.cases:
        samples = limit_gradient_samples(case.program, subject.settings.samples)
        for name in COMPARED:
            row = {"ensemble": case.ensemble, "initialisation": name, "samples": samples}
            rows.append(row | asdict(measure_spread(case, name, samples, rng)))
    return rows


def compute_curves(subject: Subject) -> list[dict[str, Any]]:
    """Return the figure "curves" as JSON values: the variances over qubits and layers."""
    if not subject.program.weights:
        return []
    spec, samples = subject.spec, min(CURVE_SAMPLES, subject.settings.samples)
    curves: list[Curve] = []

    def trace(over: Over, sizes: Sequence[int], change: Callable[[int], Spec]) -> None:
        rng = subject.make_rng(over)
        cases = [(n, case) for n in sizes for case in subject.replace_spec(change(n)).cases]
        curves.extend(trace_curves(over, cases, samples, rng))

    if resize.is_scalable(spec):
        sizes = range(2, subject.settings.max_qubits + 1)
        trace("qubits", sizes, partial(resize.change_qubits, spec))
        spec = resize.change_qubits(spec, min(spec.qubits, LAYER_QUBITS))
    if spec.qubits <= MAX_QUBITS:
        trace("layers", LAYERS, partial(resize.change_layers, spec))
    return [convert_to_json(curve) for curve in curves]


def measure_spread(case: Case, name: str, samples: int, rng: np.random.Generator) -> Spread:
    """Measure the variance of the gradient of each observable under an initialization."""
    theta = INITIALIZATIONS[name].draw(case.program, samples, rng)
    derivatives = differentiate_live(case.program, case.draw_points(theta, rng))
    squares = (derivatives - derivatives.mean(axis=0)) ** 2
    by_sample = squares.mean(axis=(1, 2))
    return Spread(
        mean=float(by_sample.mean()),
        by_observable=tuple(squares.mean(axis=(0, 2)).tolist()),
        error=float(by_sample.std() / np.sqrt(samples)),
    )


def differentiate_live(program: Program, points: Points) -> Array:
    """Return the derivatives (S, M, P') by the weights that are not proven dead; all if all are."""
    dead = frozenset(prove_dead_weights(program))
    kept = [k for k, name in enumerate(program.weights) if name not in dead]
    derivatives = compute_jacobian(program, points)
    return derivatives[:, :, kept] if kept else derivatives


def trace_curves(
    over: Over, cases: Sequence[tuple[int, Case]], samples: int, rng: np.random.Generator
) -> list[Curve]:
    """Trace a curve for each ensemble and each of ``COMPARED``.

    Args:
        over: Kind of a size.
        cases: Cases with their sizes, rising; an ensemble may be missing at some sizes.
        samples: Samples of a point, at most.
        rng: Random generator of angles and inputs.
    """
    curves = []
    for ensemble in dict.fromkeys(case.ensemble for _, case in cases):
        column = [(size, case) for size, case in cases if case.ensemble == ensemble]
        for name in COMPARED:
            points = tuple(_measure(size, case, name, samples, rng) for size, case in column)
            fit = fit_decay({point.size: point.variance for point in points})
            curves.append(Curve(over, ensemble, name, points, fit))
    return curves


def fit_decay(variances: Mapping[int, float]) -> Decay | None:
    """Fit an exponential over sizes; None with fewer than three points above rounding."""
    points = [(n, variance) for n, variance in variances.items() if variance > VANISHING]
    if len(points) < 3:
        return None
    sizes, values = np.array(points).T
    fit = linregress(sizes, np.log(values))
    width = float(t.ppf(0.975, len(points) - 2) * fit.stderr)
    rate = -float(fit.slope)
    scale = float(np.exp(fit.intercept))
    return Decay(scale, rate, (rate - width, rate + width), float(fit.rvalue**2))


def _measure(
    size: int, case: Case, name: str, samples: int, rng: np.random.Generator
) -> CurvePoint:
    count = limit_gradient_samples(case.program, samples)
    found = measure_spread(case, name, count, rng)
    return CurvePoint(size, found.mean, found.error, count)
