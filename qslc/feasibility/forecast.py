"""Predict what a device leaves of each observable of a circuit: its signal, and its error.

Means over all angles. Each is taken to be uniform on the circle and independent of the others;
where symbols are in several angles, as in QAOA, small circuits are simulated at drawn values of the
symbols. A forecast is of a circuit, in units of expectations and before any correction; what the
verdict predicts is of tokens and weights, and after calibration (``qslc.feasibility.error``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from qslc.feasibility.averages import Averages, average
from qslc.feasibility.draws import MANY, count_draws, have_dependent_angles, simulate_draws
from qslc.feasibility.exposure import predict_errors
from qslc.feasibility.losses import compute_losses
from qslc.feasibility.paths import sample_paths
from qslc.feasibility.prediction import Run
from qslc.feasibility.segments import is_real

Array = NDArray[np.float64]

Method: TypeAlias = Literal["exact", "draws", "paths"]

EXACT_QUBITS = 10
"""Qubits up to which a forecast is exact: it takes a second there, and four times as long for each
qubit more."""

_PATHS = 4096
"""Paths of all observables beyond: overall errors of 8 to 10 qubits deviate by 1 %."""


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """Readouts to expect of a circuit under noise, without any correction.

    Args:
        method: "exact"; "draws" where it is a mean over drawn angles that depend on each other;
            "paths" where it is estimated from sampled paths.
        sizes: Root mean square of each ideal readout: (M,).
        signals: Part of it that is left: the factor by which the noisy readout follows the ideal
            one, (M,).
        errors: Root mean square of noisy minus ideal: (M,).
        signal: Factor by which all noisy readouts together follow the ideal ones.
    """

    method: Method
    sizes: Array
    signals: Array
    errors: Array
    signal: float

    @property
    def error(self) -> float:
        """Root mean square error of all readouts; 0 without readouts."""
        return float(np.sqrt(np.mean(self.errors**2))) if len(self.errors) else 0.0

    @property
    def size(self) -> float:
        """Root mean square of all ideal readouts."""
        return float(np.sqrt(np.mean(self.sizes**2))) if len(self.sizes) else 0.0


def forecast(run: Run) -> Forecast:
    """Forecast the readouts of a circuit on a device.

    On up to ``EXACT_QUBITS`` qubits in the Heisenberg picture of squared readouts, exactly; beyond
    by sampled Pauli paths. Where angles depend on each other, on up to ``draws.MOST_QUBITS`` qubits
    by simulation at drawn values of their symbols, and beyond as if they did not.
    """
    method: Method = "exact"
    dependent = have_dependent_angles(op for column in run.columns for op in column)
    if dependent and (draws := count_draws(len(run.qubits), MANY)):
        found, method = _simulate(run, draws), "draws"
    elif len(run.qubits) <= EXACT_QUBITS:
        given = [run.qubits.index(place) for place in run.places]
        found = average(run.add_errors(), given)
    else:
        found, method = _sample(run), "paths"
    total = float(found.ideal.sum())
    signal = float(found.product.sum()) / total if total > 0 else 1.0
    return Forecast(method, found.sizes, found.signals, found.errors, signal)


def _simulate(run: Run, draws: int) -> Averages:
    ideal, noisy = simulate_draws(run, draws)
    square, product, noisy_square = (
        np.mean(a * b, axis=0) for a, b in ((ideal, ideal), (ideal, noisy), (noisy, noisy))
    )
    return Averages(square, product, noisy_square, np.mean(noisy - ideal, axis=0))


def _sample(run: Run) -> Averages:
    given, pulsed = run.places, run.pulsed
    paths = sample_paths(run.columns, run.observables, run.qubits, given, _PATHS, pulsed=pulsed)
    if run.noise is None:
        return Averages(paths.squares, paths.squares, paths.squares, np.zeros(paths.count))
    losses = compute_losses(run.device, run.noise, real=is_real(run.columns))
    return predict_errors(paths, losses, {qubit: qubit for qubit in run.qubits})
