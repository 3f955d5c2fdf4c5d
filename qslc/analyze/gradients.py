"""The variance of gradients, and how it falls with qubits and layers: barren plateaus.

McClean et al. 2018, arXiv:1803.11173; Cerezo et al. 2021, arXiv:2001.00550. Derivatives are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from scipy.stats import linregress, t

from qslc.analyze import resize
from qslc.analyze.initialization import INITIALIZATIONS
from qslc.analyze.simulation import Array, jacobian
from qslc.analyze.subject import (
    GRADIENT_WORK,
    MAX_QUBITS,
    Case,
    Subject,
    affordable,
    affordable_gradients,
    as_json,
    gradient_copies,
)
from qslc.analyze.weights import VANISHING, prove_dead_weights

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

    over: Literal["qubits", "layers"]
    ensemble: str
    initialization: str
    points: tuple[CurvePoint, ...]
    decay: Decay | None


def compute_gradients(subject: Subject) -> list[dict[str, Any]]:
    """Return the figure "gradients" as JSON values: the variances at the circuit's own size."""
    if not subject.program.weights:
        return []
    rng = subject.rng("gradients")
    sized = [(case, affordable_gradients(case, subject)) for case in subject.cases]
    return [
        {"ensemble": case.ensemble, "initialisation": name, "samples": samples}
        | asdict(measure_spread(case, name, samples, rng))
        for case, samples in sized
        for name in COMPARED
    ]


def compute_curves(subject: Subject) -> list[dict[str, Any]]:
    """Return the figure "curves" as JSON values: the variances over qubits and layers."""
    if not subject.program.weights:
        return []
    return [as_json(curve) for curve in (*_trace_qubits(subject), *_trace_layers(subject))]


def measure_spread(case: Case, name: str, samples: int, rng: np.random.Generator) -> Spread:
    """Measure the variance of the gradient of each observable under an initialization."""
    program = case.program
    theta = INITIALIZATIONS[name].draw(program, samples, rng)
    derivatives = select_live(case, jacobian(program, case.points(theta, rng)))
    squares = (derivatives - derivatives.mean(axis=0)) ** 2
    by_sample = squares.mean(axis=(1, 2))
    return Spread(
        mean=float(by_sample.mean()),
        by_observable=tuple(squares.mean(axis=(0, 2)).tolist()),
        error=float(by_sample.std() / np.sqrt(samples)),
    )


def select_live(case: Case, derivatives: Array) -> Array:
    """Select the columns (S, M, P') of weights that are not proven dead; all if all are dead."""
    dead = frozenset(prove_dead_weights(case.program))
    kept = [k for k, name in enumerate(case.program.weights) if name not in dead]
    return derivatives[:, :, kept] if kept else derivatives


def trace_curves(
    over: Literal["qubits", "layers"],
    sizes: Sequence[int],
    cases: Callable[[int], Sequence[Case]],
    samples: int,
    rng: np.random.Generator,
) -> tuple[Curve, ...]:
    """Trace a curve for each ensemble and each of ``COMPARED``.

    Args:
        over: Kind of a size.
        sizes: Numbers of qubits or layers, rising.
        cases: Function from a size to its cases; an ensemble may be missing at some sizes.
        samples: Samples of a point, at most.
        rng: Random generator of angles and inputs.
    """
    columns: dict[str, dict[int, Case]] = {}
    for size in sizes:
        for case in cases(size):
            columns.setdefault(case.ensemble, {})[size] = case
    curves = []
    for ensemble, column in columns.items():
        for name in COMPARED:
            points = tuple(_measure(n, case, name, samples, rng) for n, case in column.items())
            fit = fit_decay({point.size: point.variance for point in points})
            curves.append(Curve(over, ensemble, name, points, fit))
    return tuple(curves)


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
    program = case.program
    count = affordable(program, samples, gradient_copies(program), GRADIENT_WORK)
    found = measure_spread(case, name, count, rng)
    return CurvePoint(size, found.mean, found.error, count)


def _trace_qubits(subject: Subject) -> Sequence[Curve]:
    spec, settings = subject.spec, subject.settings
    if not resize.scales(spec):
        return ()

    def cases(qubits: int) -> Sequence[Case]:
        return subject.of(resize.with_qubits(spec, qubits)).cases

    samples = min(CURVE_SAMPLES, settings.samples)
    sizes = range(2, settings.max_qubits + 1)
    return trace_curves("qubits", sizes, cases, samples, subject.rng("qubits"))


def _trace_layers(subject: Subject) -> Sequence[Curve]:
    small = subject.spec
    if small.qubits > LAYER_QUBITS and resize.scales(small):
        small = resize.with_qubits(small, LAYER_QUBITS)
    if small.qubits > MAX_QUBITS:
        return ()

    def cases(layers: int) -> Sequence[Case]:
        return subject.of(resize.with_layers(small, layers)).cases

    samples = min(CURVE_SAMPLES, subject.settings.samples)
    return trace_curves("layers", LAYERS, cases, samples, subject.rng("layers"))
