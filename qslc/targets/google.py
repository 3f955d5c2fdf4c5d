"""Median calibrations of Google's processors, as cirq-google ships them.

Cirq's metrics are documented at https://quantumai.google/cirq/google/calibration: "p00_error" is
the probability that a prepared 0 is read as 1, "p11_error" that a prepared 1 is read as 0, and a
Pauli error is the probability of a random Pauli (``cirq.depolarize``).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from functools import cache
from statistics import median

from qslc.targets.device import ONE_QUBIT_NS, Calibration, Device

Place = tuple[int, ...]

_ONE_QUBIT = "single_qubit_rb_pauli_error_per_gate"
_INCOHERENT = "single_qubit_rb_incoherent_error_per_gate"
_MISREAD = ("parallel_p00_error", "parallel_p11_error")
_T1_MICROS = "single_qubit_idle_t1_micros"
# The calibrations hold no CZ; this gate is tuned up on the same couplers and takes as long.
_TWO_QUBIT = "two_qubit_parallel_sqrt_iswap_gate_xeb_pauli_error_per_cycle"


@cache
def read_calibration(chip: Device) -> Calibration:
    """Return the median calibration that cirq-google ships for a processor, by its name.

    Where a place is missing, the median of the others stands in.
    """
    metrics = _load_metrics(chip.name)
    qubits = [(place,) for place in chip.coordinates]
    couplers = [tuple(chip.coordinates[qubit] for qubit in edge) for edge in chip.edges]
    t1 = _at(metrics[_T1_MICROS], qubits)
    incoherent = _at(metrics[_INCOHERENT], qubits)
    return Calibration(
        f"cirq-google median calibration of {chip.name}",
        one_qubit=_at(metrics[_ONE_QUBIT], qubits),
        two_qubit=_at(metrics[_TWO_QUBIT], couplers),
        readout=tuple(zip(*(_at(metrics[name], qubits) for name in _MISREAD), strict=True)),
        t1_micros=t1,
        t2_micros=tuple(map(find_coherence_time, t1, incoherent)),
    )


def find_coherence_time(t1_micros: float, incoherent: float) -> float:
    """Return T2 in microseconds from T1 and the incoherent error of a one-qubit gate.

    1 / T2 = 1 / (2 T1) + 1 / Tphi, where t / 3 (1 / T1 + 1 / Tphi) is the incoherent error of a
    gate of duration t, as in cirq-google's ``noise_properties_from_calibration``.
    """
    micros = ONE_QUBIT_NS / 1000
    dephasing = max(0.0, 3 * incoherent / micros - 1 / t1_micros)
    return 1 / (1 / (2 * t1_micros) + dephasing)


def _load_metrics(chip: str) -> dict[str, dict[tuple[Place, ...], float]]:
    """Return each metric's value by the (row, column) of one qubit or two, the smaller first."""
    with warnings.catch_warnings():
        # Google's client libraries warn of the age of the Python they run on.
        warnings.simplefilter("ignore", FutureWarning)
        from cirq_google.engine import load_median_device_calibration

    calibration = load_median_device_calibration(chip)
    return {
        name: {
            tuple(sorted((qubit.row, qubit.col) for qubit in qubits)): float(value)
            for qubits, (value,) in calibration[name].items()
        }
        for name in calibration
    }


def _at(
    values: dict[tuple[Place, ...], float], keys: Iterable[tuple[Place, ...]]
) -> tuple[float, ...]:
    middle = median(values.values())
    return tuple(values.get(key, middle) for key in keys)
