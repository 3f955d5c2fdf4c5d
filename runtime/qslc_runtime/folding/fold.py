"""From a trained layer to its folded form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from qslc_runtime.compiled.steps import Step
from qslc_runtime.engines import ENGINES
from qslc_runtime.folding.circuit import final_states, is_linear, measures, steps_of
from qslc_runtime.folding.factors import factors
from qslc_runtime.folding.folded import FoldedSublayer, Form
from qslc_runtime.folding.squares import readout, squares

MAX_NUMBERS = 2**24
"""Of the map from an encoded token to a final state: 64 MiB, twice that for a complex circuit."""

Weights = Mapping[str, NDArray[np.float64]]


def fold(layer: Any) -> FoldedSublayer:
    """The exact classical form of a trained layer (``QuantumSublayer.fold``)."""
    _check(layer)
    weights = _folded(layer) if hasattr(layer, "circuit") else _constant(layer)
    folded = FoldedSublayer(
        layer.units,
        form=_form(layer, weights).to_json(),
        seed=layer.seed,
        name=layer.name,
        dtype=layer.dtype_policy,
    )
    folded.build(layer.get_build_config()["input_shape"])
    for name, values in weights.items():
        getattr(folded, name).assign(values)
    if layer.units is not None:
        folded.up.assign(layer.linear_map())
    if hasattr(layer, "down"):
        folded.down.assign(layer.down)
    return folded


def _form(layer: Any, weights: Weights) -> Form:
    amplitude = layer.ENCODER == "amplitude"
    return Form(
        encoder="amplitude" if amplitude else "angle",
        features=layer.FEATURES,
        reference=layer.REFERENCE,
        bias=amplitude and steps_of(layer)[0].bias,
        project=layer.PROJECT,
        squares=weights["readout"].shape[0],
        observables=weights["readout"].shape[1],
        factors=len(weights.get("signs", ())),
    )


def _folded(layer: Any) -> Weights:
    """As a product where that has fewer than half of the operations, otherwise as a matrix."""
    steps = steps_of(layer)
    theta = keras.ops.convert_to_numpy(layer.theta).astype(np.float64)
    found = factors(steps, theta, layer.QUBITS)
    if found is None or 2 * found.operations >= 2**layer.QUBITS * layer.FEATURES:
        return _matrix(layer, steps, theta)
    (measure,) = measures(steps)
    weights = np.zeros((2**layer.QUBITS, len(measure.outputs)))
    weights[np.ix_(found.rows, measure.outputs)] = readout(measure)
    names = ("order", "signs", "left", "right")
    return {**{name: getattr(found, name) for name in names}, "readout": weights}


def _matrix(layer: Any, steps: Sequence[Step], theta: NDArray[np.float64]) -> Weights:
    _check_size(layer)
    if not is_linear(steps, len(layer.WEIGHTS)):
        raise ValueError(
            f"{layer.name} cannot be folded: its {layer.ENCODER} encoder multiplies features, or "
            "uses one more than once, and the circuit is then no linear map of an encoded token; "
            "amplitude and angle encoders can be folded"
        )
    states = final_states(steps, theta, layer.QUBITS, layer.FEATURES)
    forms, weights = squares(states, measures(steps))
    return {"forms": forms, "readout": weights}


def _constant(layer: Any) -> Weights:
    """All tokens have the same expectations: the squares of all products of cosines and sines,
    whose sum is 1."""
    _check_size(layer)
    token = np.zeros((1, layer.FEATURES), np.float32)
    values = keras.ops.convert_to_numpy(layer.simulate(token, *layer.shared(layer.theta)))
    count = 2**layer.FEATURES
    return {"forms": np.eye(count), "readout": np.repeat(values, count, axis=0)}


def _check(layer: Any) -> None:
    if not ENGINES[layer.engine].exact:
        raise ValueError(
            f'{layer.name} runs on engine "{layer.engine}", as a device would; only the exact '
            'circuit can be folded: build the layer with engine="native" and give it these weights'
        )
    if not layer.built:
        raise ValueError(f"{layer.name} has no weights yet: call it once, or build it")


def _check_size(layer: Any) -> None:
    encoded = layer.FEATURES if layer.ENCODER == "amplitude" else 2**layer.FEATURES
    if 2**layer.QUBITS * encoded > MAX_NUMBERS:
        raise ValueError(
            f"{layer.name} has {layer.QUBITS} qubits and {encoded:,} encoded numbers: its matrix "
            f"is larger than {MAX_NUMBERS:,} numbers, and the circuit costs less"
        )
