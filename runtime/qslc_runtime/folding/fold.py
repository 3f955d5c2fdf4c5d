"""From a trained layer to its folded form."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from qslc_runtime.folding.circuit import final_states, is_linear, measures, steps_of
from qslc_runtime.folding.folded import FoldedSublayer, Form
from qslc_runtime.folding.squares import squares

MAX_NUMBERS = 2**24
"""Of the map from an encoded token to a final state: 64 MiB, twice that for a complex circuit."""


def fold(layer: Any) -> FoldedSublayer:
    """The exact classical form of a trained layer (``QuantumSublayer.fold``)."""
    _check(layer)
    forms, readout = _constant(layer) if _is_constant(layer) else _folded(layer)
    form = _form(layer, forms, readout)
    folded = FoldedSublayer(
        layer.units,
        form=form.to_json(),
        seed=layer.seed,
        name=layer.name,
        dtype=layer.dtype_policy,
    )
    folded.build(layer.get_build_config()["input_shape"])
    folded.forms.assign(forms)
    folded.readout.assign(readout)
    if layer.units is not None:
        folded.up.assign(layer.linear_map())
    if hasattr(layer, "down"):
        folded.down.assign(layer.down)
    return folded


def _form(layer: Any, forms: NDArray[np.float64], readout: NDArray[np.float64]) -> Form:
    amplitude = layer.ENCODER == "amplitude"
    return Form(
        encoder="amplitude" if amplitude else "angle",
        features=layer.FEATURES,
        reference=layer.REFERENCE,
        bias=amplitude and len(forms) > layer.FEATURES,
        project=layer.PROJECT,
        squares=readout.shape[0],
        observables=readout.shape[1],
    )


def _folded(layer: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    steps = steps_of(layer)
    if not is_linear(steps, len(layer.WEIGHTS)):
        raise ValueError(
            f"{layer.name} cannot be folded: its {layer.ENCODER} encoder multiplies features, or "
            "uses one more than once, and the circuit is then no linear map of an encoded token; "
            "amplitude and angle encoders can be folded"
        )
    theta = keras.ops.convert_to_numpy(layer.theta).astype(np.float64)
    states = final_states(steps, theta, layer.QUBITS, layer.FEATURES)
    return squares(states, measures(steps))


def _is_constant(layer: Any) -> bool:
    """Whether all tokens have the same expectations."""
    return not hasattr(layer, "circuit")


def _constant(layer: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The squares of all products of cosines and sines have the sum 1."""
    token = np.zeros((1, layer.FEATURES), np.float32)
    values = keras.ops.convert_to_numpy(layer.simulate(token, *layer.shared(layer.theta)))
    count = 2**layer.FEATURES
    return np.eye(count), np.repeat(values, count, axis=0)


def _check(layer: Any) -> None:
    if layer.engine == "qsim":
        raise ValueError(
            f'{layer.name} runs on engine "qsim", as a device would; only the exact circuit can be '
            'folded: build the layer with engine="native" and give it these weights'
        )
    if not layer.built:
        raise ValueError(f"{layer.name} has no weights yet: call it once, or build it")
    encoded = layer.FEATURES if layer.ENCODER == "amplitude" else 2**layer.FEATURES
    if 2**layer.QUBITS * encoded > MAX_NUMBERS:
        raise ValueError(
            f"{layer.name} has {layer.QUBITS} qubits and {encoded:,} encoded numbers: its matrix "
            f"is larger than {MAX_NUMBERS:,} numbers, and the circuit costs less"
        )
