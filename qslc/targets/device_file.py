"""Build a device from what a device file holds: couplers, qubits and measured numbers.

The keys are those of ``qslc.spec.devices.EdgesDevice``, whose checks the data has passed. Chips
that qslc knows by name are such files in the folder ``chips``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from math import inf
from pathlib import Path
from statistics import median
from typing import Any

from qslc.targets.device import ONE_QUBIT_NS, TWO_QUBIT_NS, Calibration
from qslc.targets.shapes import Shape, make_from_couplers


@cache
def read_chip(name: str) -> Mapping[str, Any]:
    """Read the file of a chip that qslc knows by name."""
    path = Path(__file__).with_name("chips") / f"{name}.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))


def make_shape(data: Mapping[str, Any]) -> Shape:
    """Make the shape of a device: numbered qubits, or qubits at their rows and columns."""
    edges = data["edges"]
    if not data.get("qubits"):
        return make_from_couplers(edges)
    places = tuple((row, column) for row, column in data["qubits"])
    return Shape(places, tuple(sorted((min(edge), max(edge)) for edge in edges)))


def make_calibration(
    title: str, given: Mapping[str, Any], size: int, edges: Sequence[Sequence[int]]
) -> Calibration:
    """Make a calibration from the numbers of a device file.

    What is left out is taken to be perfect; T2 is then twice T1, its largest possible value.

    Args:
        title: Where the numbers come from.
        given: Numbers by the keys of ``qslc.spec.devices.DeviceCalibration``.
        size: Number of qubits.
        edges: Couplers in the order of the numbers. The calibration has them sorted.
    """
    order = sorted(range(len(edges)), key=lambda k: sorted(edges[k]))

    def by_qubit(key: str, default: float) -> tuple[float, ...]:
        value = default if given.get(key) is None else given[key]
        return tuple(map(float, value)) if isinstance(value, Sequence) else (float(value),) * size

    def by_coupler(key: str) -> tuple[float, ...]:
        value = 0.0 if given.get(key) is None else given[key]
        return tuple(float(value[k] if isinstance(value, Sequence) else value) for k in order)

    t1 = by_qubit("t1_us", inf)
    known = given.get("t2_us") is not None
    angles = tuple(zip(by_coupler("theta_rad"), by_coupler("phi_rad"), strict=True))
    lasting: Any = given.get("two_qubit_ns") or TWO_QUBIT_NS
    return Calibration(
        title,
        one_qubit=by_qubit("one_qubit", 0.0),
        two_qubit=by_coupler("two_qubit"),
        readout=_pair_readout(given.get("readout"), size),
        t1_micros=t1,
        t2_micros=by_qubit("t2_us", inf) if known else tuple(2 * time for time in t1),
        one_qubit_ns=float(given.get("one_qubit_ns") or ONE_QUBIT_NS),
        two_qubit_ns=float(median(lasting) if isinstance(lasting, Sequence) else lasting),
        coupler_ns=by_coupler("two_qubit_ns") if isinstance(lasting, Sequence) else (),
        angles=angles if any(map(any, angles)) else (),
        readout_ns=given.get("readout_ns"),
        rep_delay_us=given.get("rep_delay_us"),
    )


def _pair_readout(readout: Any, size: int) -> tuple[tuple[float, float], ...]:
    """Return the readout errors of each qubit: a list of pairs, or p01 and p10 of all."""
    if isinstance(readout, Mapping) or readout is None:
        errors = readout or {}
        return ((errors.get("p01", 0.0), errors.get("p10", 0.0)),) * size
    return tuple((float(p01), float(p10)) for p01, p10 in readout)
