"""Devices with a calibration, drawn or written down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from qslc.targets.device import Calibration, Device


def randomly_calibrated(bare: Device, seed: int) -> Device:
    """Errors and lifetimes that differ from place to place by factors of a few."""
    rng = np.random.default_rng(seed)
    size, couplers = len(bare.coordinates), len(bare.edges)

    def drawn(middle: float, number: int) -> tuple[float, ...]:
        return tuple((middle * np.exp(rng.uniform(-1, 1, number))).tolist())

    readout = tuple(zip(drawn(0.01, size), drawn(0.02, size), strict=True))
    errors = drawn(0.0005, size), drawn(0.008, couplers), readout
    return replace(
        bare, calibration=Calibration("drawn", *errors, drawn(90, size), drawn(70, size))
    )


def with_a_bad_region(bare: Device, bad: set[int]) -> Device:
    """Every error, and the decay, ten times as large in a region."""
    worse = [10.0 if qubit in bad else 1.0 for qubit in range(len(bare.coordinates))]
    calibration = Calibration(
        "one bad region",
        one_qubit=tuple(0.0005 * w for w in worse),
        two_qubit=tuple(0.005 * max(worse[a], worse[b]) for a, b in bare.edges),
        readout=tuple((0.01 * w, 0.02 * w) for w in worse),
        t1_micros=tuple(100 / w for w in worse),
        t2_micros=tuple(80 / w for w in worse),
    )
    return replace(bare, calibration=calibration)
