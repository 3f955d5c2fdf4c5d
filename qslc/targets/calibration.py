"""Median calibrations of Google's processors, as cirq-google ships them.

Cirq's metrics are documented at https://quantumai.google/cirq/google/calibration: "p00_error" is
the probability that a prepared 0 is read as 1, "p11_error" that a prepared 1 is read as 0, and a
Pauli error is the probability of a random Pauli (``cirq.depolarize``).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from math import exp, sqrt
from statistics import median
from typing import TypeVar

Place = tuple[int, int]
_Key = TypeVar("_Key", Place, tuple[Place, Place])

MOMENT_NS = 32
"""Duration of a moment: the two-qubit gate of cirq-google's calibration_to_noise_properties."""

_ONE_QUBIT = "single_qubit_rb_pauli_error_per_gate"
_READ_0_AS_1 = "parallel_p00_error"
_READ_1_AS_0 = "parallel_p11_error"
_T1_MICROS = "single_qubit_idle_t1_micros"
# The calibrations hold no CZ; this gate is tuned up on the same couplers and takes as long.
_TWO_QUBIT = "two_qubit_parallel_sqrt_iswap_gate_xeb_pauli_error_per_cycle"


@dataclass(frozen=True, slots=True)
class Calibration:
    """Metrics of a processor by (row, column), or by two of them, the smaller first.

    Where a place is missing the median of the others stands in.

    A benchmarked gate error holds the decay during the gate. Since a simulator adds the decay of
    every moment by itself, ``one_qubit`` and ``two_qubit`` are what remains of the gate error.
    """

    one_qubit_errors: dict[Place, float]
    two_qubit_errors: dict[tuple[Place, Place], float]
    t1_micros: dict[Place, float]
    read_0_as_1: dict[Place, float]
    read_1_as_0: dict[Place, float]

    def decay(self, place: Place) -> float:
        """Probability that a 1 decays during one moment: 1 - exp(-t / T1)."""
        t1_ns = 1000 * _get(self.t1_micros, place)
        return 1 - exp(-MOMENT_NS / t1_ns)

    def one_qubit(self, place: Place) -> float:
        """Probability of a Pauli error of a one-qubit gate, beyond the decay of its moment."""
        return max(0.0, _get(self.one_qubit_errors, place) - self._decay_error(place))

    def two_qubit(self, a: Place, b: Place) -> float:
        """Probability of a Pauli error of a two-qubit gate, beyond the decay of its moment."""
        error = _get(self.two_qubit_errors, (min(a, b), max(a, b)))
        return max(0.0, error - self._decay_error(a) - self._decay_error(b))

    def readout(self, place: Place) -> tuple[float, float]:
        """Probabilities that a 0 is read as 1 and that a 1 is read as 0."""
        return _get(self.read_0_as_1, place), _get(self.read_1_as_0, place)

    def _decay_error(self, place: Place) -> float:
        # 1 - entanglement fidelity of the amplitude-damping channel.
        return 1 - ((1 + sqrt(1 - self.decay(place))) / 2) ** 2


def median_calibration(chip: str) -> Calibration:
    """The median calibration that cirq-google ships for "rainbow" or "weber"."""
    with warnings.catch_warnings():
        # Google's client libraries warn of the age of the Python they run on.
        warnings.simplefilter("ignore", FutureWarning)
        from cirq_google.engine import load_median_device_calibration

    metrics = load_median_device_calibration(chip)

    def single(name: str) -> dict[Place, float]:
        return {(q.row, q.col): float(value) for (q,), (value,) in metrics[name].items()}

    def double(name: str) -> dict[tuple[Place, Place], float]:
        values = {}
        for (p, q), (value,) in metrics[name].items():
            low, high = sorted(((p.row, p.col), (q.row, q.col)))
            values[low, high] = float(value)
        return values

    return Calibration(
        single(_ONE_QUBIT),
        double(_TWO_QUBIT),
        single(_T1_MICROS),
        single(_READ_0_AS_1),
        single(_READ_1_AS_0),
    )


def _get(values: dict[_Key, float], key: _Key) -> float:
    return values[key] if key in values else median(values.values())
