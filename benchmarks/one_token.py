"""Measure what one token costs, forward, in the circuit and in its folded form, in TensorFlow.

python -m benchmarks.one_token

Forms take turns in one process; medians.
"""

from __future__ import annotations

import math
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import qslc_runtime
import tensorflow as tf

from benchmarks.report import RESULTS, Table
from qslc import compile_to, sublayer

QUBITS = (4, 6, 8, 9, 10)
LAYERS = (4, 12)
ROUNDS = 60
HEADS = (
    *("qubits", "layers", "circuit, compiled kernel", "circuit, keras.ops", "folded"),
    *("ratio", "factors", "map"),
)
CALLS = 10
"""Layers in a row, so that calling a graph does not count."""


def main() -> None:
    rows = tuple(_make_row(qubits, layers) for qubits in QUBITS for layers in LAYERS)
    text = (
        "# One token\n\n"
        f"Forward, TensorFlow on {os.cpu_count()} cores, medians of {ROUNDS} rounds, µs. Layers of "
        "RY and a ring of CNOT behind an amplitude encoder of at most 768 features, Z on every "
        "qubit, up to the features' width. The ratio is of the folded form to the faster circuit; "
        "the last columns are the factors of the folded map (0: it is a matrix) and its size."
        f"\n\n{Table(HEADS, rows, texts=0).markdown()}"
    )
    (RESULTS / "one_token.md").write_text(text, encoding="utf-8")


def _make_row(qubits: int, layers: int) -> tuple[str, ...]:
    features = min(768, 2**qubits)
    with tempfile.TemporaryDirectory() as folder:
        spec = sublayer(f"one_{qubits}_{layers}", qubits).amplitude(features).layers(layers).spec()
        compile_to(spec, folder)
        layer_class = qslc_runtime.load(folder)
    forms = [_make_layer(layer_class, features, kernel) for kernel in ("compiled", "keras")]
    forms.append(forms[0].fold())
    times = _time_in_turn([_make_graph(form) for form in forms], features)
    shapes = forms[2].form.shapes(None)
    numbers = sum(math.prod(shapes[name]) for name in ("forms", "order", "signs", "left", "right"))
    row = (
        *(str(qubits), str(layers)),
        *(f"{1e6 * seconds / CALLS:.0f}" for seconds in times),
        *(f"{times[2] / min(times[:2]):.2f}", str(forms[2].form.factors)),
        f"{4 * numbers / 2**10:.0f} KiB",
    )
    print(*row)
    return row


def _make_layer(layer_class: Any, features: int, kernel: str) -> Any:
    layer = layer_class(features, engine_options={"kernel": kernel})
    layer.build((None, features))
    return layer


def _make_graph(layer: Any) -> Callable[[tf.Tensor], tf.Tensor]:
    @tf.function
    def calls(x: tf.Tensor) -> tf.Tensor:
        for _ in range(CALLS):
            x = x + layer(x)
        return x

    return calls


def _time_in_turn(graphs: list[Callable[[tf.Tensor], tf.Tensor]], features: int) -> list[float]:
    x = tf.constant(np.random.default_rng(0).normal(size=(1, features)), tf.float32)
    times = [[_time(graph, x) for graph in graphs] for _ in range(ROUNDS)]
    return [statistics.median(own) for own in zip(*times[3:], strict=True)]


def _time(graph: Callable[[tf.Tensor], tf.Tensor], x: tf.Tensor) -> float:
    started = time.perf_counter()
    graph(x).numpy()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
