"""Make the layers that qslc generates, on any engine and backend."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.layer_speed.cases import Case
from qslc import compile_to, sublayer


def load_layer(case: Case) -> Any:
    """Compile a case, and return its layer class."""
    import qslc_runtime

    builder = sublayer(f"{case.name}_{case.qubits}", case.qubits)
    encoded = builder.amplitude(case.features) if case.encoder == "amplitude" else builder.angle()
    folder = Path(tempfile.mkdtemp())
    compile_to(encoded.layers(case.layers).spec(), folder)
    return qslc_runtime.load(folder)


def make_model(
    case: Case, engine: str, **options: object
) -> tuple[list[Any], Callable[[Any], Any]]:
    """Make the layers of a case, one a head, and a function of inputs (tokens, heads * features).

    Args:
        case: Case of the benchmark.
        engine: Name of the engine.
        options: Options of the engine.
    """
    from keras import ops

    layer_class = load_layer(case)
    layers = [
        layer_class(engine=engine, engine_options=options, seed=head) for head in range(case.heads)
    ]
    for layer in layers:
        layer.build((None, case.features))

    def outputs(x: Any) -> Any:
        parts = ops.split(x, case.heads, axis=1)
        return ops.concatenate([f(part) for f, part in zip(layers, parts, strict=True)], axis=1)

    return layers, outputs


def make_inputs(case: Case, tokens: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Draw inputs (tokens, heads * features)."""
    shape = (tokens, case.heads * case.features)
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)
