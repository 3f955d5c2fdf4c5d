"""Import a calibration of Cirq: the JSON of ``cirq_google.Calibration``, or of its metrics.

Cirq's metrics are documented at https://quantumai.google/cirq/google/calibration: "p00_error" is
the probability that a prepared 0 is read as 1, "p11_error" that a prepared 1 is read as 0, and a
Pauli error is the probability of a random Pauli (``cirq.depolarize``).
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

from qslc.importers.json_values import Value
from qslc.importers.measurements import Measurements, sort_pair
from qslc.spec.wording import pluralize
from qslc.targets.device import ONE_QUBIT_NS, TWO_QUBIT_NS

Metric = dict[Any, float]

GATES = ("cz", "sqrt_iswap")
"""Two-qubit gates in the order in which they are chosen."""

_ONE_QUBIT = "single_qubit_rb_pauli_error_per_gate"
_INCOHERENT = "single_qubit_rb_incoherent_error_per_gate"
_T1 = "single_qubit_idle_t1_micros"
_MISREAD = (
    ("parallel_p00_error", "parallel_p11_error"),
    ("single_qubit_p00_error", "single_qubit_p11_error"),
)
"""Metrics of readout: of all qubits at once, as a layer reads them; of one at a time."""

_PROBABILITIES = ("pauli_error_per_gate", "pauli_error_per_cycle", "p00_error", "p11_error")
"""How the names of metrics end that are probabilities."""

_PLACE = re.compile(r"q?(\d{1,6})_(\d{1,6})")


def read_calibration(
    root: Value,
    name: str,
    one_qubit_ns: float = ONE_QUBIT_NS,
    two_qubit_ns: float = TWO_QUBIT_NS,
) -> Measurements:
    """Read a calibration.

    Args:
        root: The JSON.
        name: Name of the device.
        one_qubit_ns: Duration of a one-qubit gate, which the calibration does not hold.
        two_qubit_ns: Duration of a two-qubit gate.

    Raises:
        InputError: It has no two-qubit gate that qslc knows, or something is of the wrong type.
    """
    snapshot = root["metrics"] if isinstance(root["metrics"].data, dict) else root
    metrics = _read_metrics(snapshot["metrics"])
    for gate in GATES:
        prefix = f"two_qubit_parallel_{gate}_gate_xeb"
        if f"{prefix}_pauli_error_per_cycle" in metrics:
            break
    else:
        snapshot["metrics"].fail(
            "no two-qubit gate of the calibration is known",
            f"qslc knows the metrics two_qubit_parallel_GATE_gate_xeb_pauli_error_per_cycle of "
            f"{' and '.join(GATES)}",
        )
    date = _read_date(snapshot)
    zeros, ones = next((pair for pair in _MISREAD if {*pair} <= metrics.keys()), _MISREAD[0])
    misread = (metrics.get(zeros, {}), metrics.get(ones, {}))
    t1, incoherent = metrics.get(_T1, {}), metrics.get(_INCOHERENT, {})
    couplers = metrics[f"{prefix}_pauli_error_per_cycle"]
    return Measurements(
        name,
        gate,
        f"Cirq calibration of {name}" + (f", {date}" if date else ""),
        couplers,
        one_qubit=metrics.get(_ONE_QUBIT, {}),
        readout={q: (misread[0][q], misread[1][q]) for q in misread[0] if q in misread[1]},
        t1_us=t1,
        t2_us={
            qubit: find_coherence_time(time, incoherent[qubit], one_qubit_ns)
            for qubit, time in t1.items()
            if qubit in incoherent and time > 0
        },
        theta_rad=metrics.get(f"{prefix}_entangler_theta_error_per_cycle", {}),
        phi_rad=metrics.get(f"{prefix}_entangler_phi_error_per_cycle", {}),
        one_qubit_ns=one_qubit_ns,
        two_qubit_ns=dict.fromkeys(couplers, two_qubit_ns),
        date=date or None,
    )


def find_coherence_time(
    t1_micros: float, incoherent: float, gate_ns: float = ONE_QUBIT_NS
) -> float:
    """Return T2 in microseconds from T1 and the incoherent error of a one-qubit gate.

    1 / T2 = 1 / (2 T1) + 1 / Tphi, where t / 3 (1 / T1 + 1 / Tphi) is the incoherent error of a
    gate of duration t, as in cirq-google's ``noise_properties_from_calibration``.
    """
    micros = gate_ns / 1000
    dephasing = max(0.0, 3 * incoherent / micros - 1 / t1_micros)
    return 1 / (1 / (2 * t1_micros) + dephasing)


def _read_metrics(metrics: Value) -> dict[str, Metric]:
    """Return each metric's value by the (row, column) of one qubit, or of two, sorted."""
    found: dict[str, Metric] = {}
    for metric in metrics.list_entries():
        name = metric["name"].read_text()
        places = tuple(_read_place(target) for target in metric["targets"].list_entries())
        if len(places) not in (1, 2) or not metric.has("values") or len({*places}) < len(places):
            continue  # such as metrics of the whole chip
        if (len(places) == 2) != name.startswith("two_qubit"):
            metric["targets"].fail(f"{name} has {pluralize(len(places), 'target')}")
        value = next(metric["values"].list_entries(), None)
        if value is None:
            metric["values"].fail("expected one value, got none")
        key = next((key for key in ("doubleVal", "floatVal") if value.has(key)), None)
        if key is not None:
            place = places[0] if len(places) == 1 else sort_pair(places)
            number = value[key]
            chance = name.endswith(_PROBABILITIES)
            found.setdefault(name, {})[place] = (
                number.read_probability() if chance else number.read_number()
            )
    return found


def _read_place(target: Value) -> tuple[int, int]:
    match = _PLACE.fullmatch(target.read_text())
    if match is None:
        target.fail(f'expected a qubit such as "3_5", got "{target.data}"')
    return int(match[1]), int(match[2])


def _read_date(snapshot: Value) -> str:
    """Return the day of the calibration, or nothing."""
    if not snapshot.has("timestampMs"):
        return ""
    try:
        seconds = int(snapshot["timestampMs"].data) / 1000
        return datetime.fromtimestamp(seconds, timezone.utc).date().isoformat()
    except (ValueError, TypeError, OverflowError, OSError):
        snapshot["timestampMs"].fail("expected milliseconds since 1970")
