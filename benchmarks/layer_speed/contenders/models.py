"""Make Keras layers, for any backend: those that qslc generates, a dense layer, LoRA."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import qslc_runtime
from keras import ops

from benchmarks.layer_speed.cases import RANK, Case
from qslc import compile_to, sublayer


def load_layer(case: Case) -> Any:
    """Compile a case, and return its layer class."""
    builder = sublayer(f"{case.name}_{case.qubits}", case.qubits)
    encoded = builder.amplitude(case.features) if case.encoder == "amplitude" else builder.angle()
    folder = Path(tempfile.mkdtemp())
    compile_to(encoded.layers(case.layers).spec(), folder)
    return qslc_runtime.load(folder)


Model = tuple[list[Any], Callable[[Any], Any]]
"""Trained variables, and a function from inputs (tokens, heads * features) to outputs."""


def make_circuit(case: Case, engine: str = "native", **options: object) -> Model:
    """Make the layers of a case, one a head.

    Args:
        case: Case of the benchmark.
        engine: Name of the engine.
        options: Options of the engine.
    """
    layer_class = load_layer(case)
    layers = [
        layer_class(engine=engine, engine_options=options, seed=head) for head in range(case.heads)
    ]
    for layer in layers:
        layer.build((None, case.features))

    def compute_outputs(x: Any) -> Any:
        parts = ops.split(x, case.heads, axis=1)
        return ops.concatenate([f(part) for f, part in zip(layers, parts, strict=True)], axis=1)

    return [layer.theta for layer in layers], compute_outputs


def make_dense(case: Case) -> Model:
    """Make a frozen dense layer, which a sublayer stands beside."""
    layer = keras.layers.Dense(case.features, trainable=False)
    layer.build((None, case.features))
    return [], layer


def make_lora(case: Case) -> Model:
    """Make LoRA of rank 8, features by features."""
    layer = keras.Sequential(
        [keras.layers.Dense(width, use_bias=False) for width in (RANK, case.features)]
    )
    layer.build((None, case.features))
    return layer.trainable_variables, layer


def make_inputs(case: Case, tokens: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Draw inputs (tokens, heads * features)."""
    shape = (tokens, case.heads * case.features)
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


MODELS: dict[str, Callable[..., Model]] = {
    "circuit": make_circuit,
    "dense": make_dense,
    "lora": make_lora,
}
