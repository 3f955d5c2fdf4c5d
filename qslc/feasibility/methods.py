"""Compare methods of mitigation on a layer's own circuit, by the bias and variance they leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qslc.feasibility.correction import Correction
from qslc.feasibility.prediction import Layer, Run, read

Array = NDArray[np.float64]

MOST_QUBITS = 8
"""Qubits up to which methods are compared that run other circuits, each of which is simulated."""

TWIRLS = 8
"""Number of random circuits of twirling, where a spec does not say it. README's layer on Willow has
the same error with 8 and with 16, at 3,000 and at 10,000 shots."""

METHODS: Mapping[str, Correction] = {
    "none": Correction("none"),
    "readout": Correction("none", confusion=True),
    "one factor": Correction("global"),
    "factors": Correction("per_readout"),
    "factors and offsets": Correction(),
    "readout, factors and offsets": Correction(confusion=True),
    "twirling, factors and offsets": Correction(twirling=TWIRLS),
    "twirling, readout, factors and offsets": Correction(twirling=TWIRLS, confusion=True),
    "decoupling": Correction("none", pulses=True),
    "linear extrapolation": Correction("none", zne="linear"),
    "exponential extrapolation": Correction("none", zne="exponential"),
}
"""The methods that are compared, by what a report calls them."""

OWN = "as in the spec"


@dataclass(frozen=True, slots=True)
class Worth:
    """Bias, variance and error that a method of mitigation leaves.

    Args:
        method: What a report calls it.
        asked: Whether it is what the spec asks for.
        bias: Error of the readouts with any number of shots, relative to their root mean square.
        variance: Variance by shots over that without mitigation, at equal shots in all.
        circuits: Number of circuits that are run in the place of one.
        error: Total relative error at the shots of the verdict.
        options: Keys under ``execution.mitigation`` that ask for it, but for defaults.
    """

    method: str
    asked: bool
    bias: float
    variance: float
    circuits: int
    error: float
    options: Mapping[str, str | int | bool]


def compare_methods(
    layer: Layer, run: Run, asked: Correction, ideal: Array, shots: int
) -> tuple[Worth, ...]:
    """Compare methods of mitigation; none without noise.

    Args:
        layer: The layer, and its tokens.
        run: Its circuit on a device.
        asked: What the spec asks for, which is compared too.
        ideal: Ideal readouts: (tokens, M).
        shots: Shots for each token and setting, of all circuits of a method together.
    """
    if run.noise is None:
        return ()
    known = {name: each for name, each in METHODS.items() if _is_possible(each, run)}
    if asked not in known.values():
        known[OWN] = asked
    readings = {name: read(layer, run, each, ideal) for name, each in known.items()}
    plain = readings["none"].measure_variance()
    return tuple(
        Worth(
            name,
            known[name] == asked,
            found.predict_error(),
            found.measure_variance() / plain if plain else 1.0,
            known[name].circuits,
            found.predict_error(shots),
            _list_options(known[name]),
        )
        for name, found in readings.items()
    )


def _list_options(method: Correction) -> dict[str, str | int | bool]:
    usual = Correction()
    options: dict[str, tuple[str | int | bool, bool]] = {
        "readout": ("confusion", method.confusion),
        "rescale": (method.rescale, method.rescale != usual.rescale),
        "twirling": (method.twirling, method.twirling > 0),
        "dynamical_decoupling": (True, method.pulses),
        "zne": (method.zne, method.zne != usual.zne),
    }
    return {key: value for key, (value, stated) in options.items() if stated}


def _is_possible(method: Correction, run: Run) -> bool:
    """Return whether a method can be run, and predicted: some change circuits of CZ alone."""
    if method.circuits == 1 and not method.pulses:
        return True
    pairs = {op.gate for column in run.columns for op in column if len(op.qubits) == 2}
    return len(run.qubits) <= MOST_QUBITS and (method.pulses or pairs <= {"cz"})
