"""Fold a trained layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from qslc_runtime.circuit.steps import Step, list_measurements, list_steps
from qslc_runtime.engines import ENGINES
from qslc_runtime.folding.circuit import compute_final_states, is_linear
from qslc_runtime.folding.factors import factorize
from qslc_runtime.folding.folded import FoldedSublayer, Form
from qslc_runtime.folding.squares import find_squares, make_readout

MAX_NUMBERS = 2**24
"""Entries of the map from an encoded token to a final state: 64 MiB, or 128 if it is complex."""

Weights = Mapping[str, NDArray[np.float64]]


def fold(layer: Any) -> FoldedSublayer:
    """Return the exact classical form of a trained layer (``QuantumSublayer.fold``)."""
    if not ENGINES[layer.engine].exact:
        raise ValueError(
            f'{layer.name} runs on engine "{layer.engine}", as a device would; only the exact '
            'circuit can be folded: build the layer with engine="native" and give it these weights'
        )
    if not layer.built:
        raise ValueError(f"{layer.name} has no weights yet: call it once, or build it")
    weights = {**(_fold_circuit(layer) if hasattr(layer, "circuit") else _fold_constant(layer))}
    up, offset = layer.linear_map(), layer.offset()
    if layer.units is None and up is not None:  # sums of what is measured
        weights["readout"] = weights["readout"] @ keras.ops.convert_to_numpy(up)
    if offset is not None:
        weights["offset"] = keras.ops.convert_to_numpy(offset)
    folded = FoldedSublayer(
        layer.units,
        form=_state_form(layer, weights).to_json(),
        seed=layer.seed,
        name=layer.name,
        dtype=layer.dtype_policy,
    )
    folded.build(layer.get_build_config()["input_shape"])
    for name, values in weights.items():
        getattr(folded, name).assign(values)
    if layer.units is not None:
        folded.up.assign(up)
    if hasattr(layer, "down"):
        folded.down.assign(layer.down)
    return folded


def _state_form(layer: Any, weights: Weights) -> Form:
    return Form(
        encoder="amplitude" if layer.encodes_amplitudes else "angle",
        features=layer.FEATURES,
        reference=layer.REFERENCE,
        bias=layer.encodes_amplitudes and list_steps(layer)[0].bias,
        project=layer.PROJECT,
        squares=weights["readout"].shape[0],
        observables=weights["readout"].shape[1],
        factors=len(weights.get("signs", ())),
        offset="offset" in weights,
    )


def _fold_circuit(layer: Any) -> Weights:
    """Return a product where that has fewer than half of the operations, otherwise a matrix."""
    steps = list_steps(layer)
    theta = keras.ops.convert_to_numpy(layer.theta).astype(np.float64)
    found = factorize(steps, theta, layer.QUBITS)
    if found is None or 2 * found.operations >= 2**layer.QUBITS * layer.FEATURES:
        return _fold_to_matrix(layer, steps, theta)
    (measure,) = list_measurements(steps)
    readout = np.zeros((2**layer.QUBITS, len(measure.outputs)))
    readout[np.ix_(found.rows, measure.outputs)] = make_readout(measure)
    weights = {name: getattr(found, name) for name in ("order", "signs", "left", "right")}
    return {**weights, "readout": readout}


def _fold_to_matrix(layer: Any, steps: Sequence[Step], theta: NDArray[np.float64]) -> Weights:
    _check_size(layer)
    if not is_linear(steps, len(layer.WEIGHTS)):
        raise ValueError(
            f"{layer.name} cannot be folded: its {layer.ENCODER} encoder multiplies features, or "
            "uses one more than once, and the circuit is then no linear map of an encoded token; "
            "amplitude and angle encoders can be folded"
        )
    states = compute_final_states(steps, theta, layer.QUBITS, layer.FEATURES)
    forms, weights = find_squares(states, list_measurements(steps))
    return {"forms": forms, "readout": weights}


def _fold_constant(layer: Any) -> Weights:
    """Fold a layer that gives all tokens the same expectations.

    They are multiplied by the squares of all products of cosines and sines, whose sum is 1.
    """
    _check_size(layer)
    token = np.zeros((1, layer.FEATURES), np.float32)
    values = keras.ops.convert_to_numpy(layer.simulate(token, *layer.shared(layer.theta)))
    count = 2**layer.FEATURES
    return {"forms": np.eye(count), "readout": np.repeat(values, count, axis=0)}


def _check_size(layer: Any) -> None:
    encoded = layer.FEATURES if layer.encodes_amplitudes else 2**layer.FEATURES
    if 2**layer.QUBITS * encoded > MAX_NUMBERS:
        raise ValueError(
            f"{layer.name} has {layer.QUBITS} qubits and {encoded:,} encoded numbers: its matrix "
            f"is larger than {MAX_NUMBERS:,} numbers, and the circuit costs less"
        )
