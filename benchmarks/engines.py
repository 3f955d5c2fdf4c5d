"""What one token costs in each engine, forward and backward, beside a dense layer and LoRA."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import qslc_runtime
import tensorflow as tf
from rich.console import Console
from rich.table import Table

from qslc import compile_to, sublayer

RUNS = 7
WIDTH = 256
TOKENS = {"native": 2048, "tfq": 256, "qsim": 32}
SPECS = {
    "amplitude, 8 qubits": sublayer("amplitude_8", 8).amplitude(WIDTH).layers(4),
    "angle, 8 qubits": sublayer("angle_8", 8).angle(project=(0, 8)).layers(4),
}


def seconds(step: Callable[[tf.Tensor], object], x: tf.Tensor) -> float:
    """The median of several runs, after one to warm up."""
    step(x)
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        step(x)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def training_step(layer: Callable[[tf.Tensor], tf.Tensor]) -> Callable[[tf.Tensor], object]:
    @tf.function
    def step(x: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(tf.square(layer(x)))
        return tape.gradient(loss, [x, *layer.trainable_variables])

    return step


def microseconds(layer: Callable[[tf.Tensor], tf.Tensor], tokens: int, trains: bool) -> float:
    x = tf.constant(np.random.default_rng(0).normal(size=(tokens, WIDTH)), tf.float32)
    return 1e6 * seconds(training_step(layer) if trains else layer, x) / tokens


def lora(rank: int) -> tf.keras.Model:
    import keras

    return keras.Sequential([keras.layers.Dense(n, use_bias=False) for n in (rank, WIDTH)])


def main() -> None:
    import keras

    dense = microseconds(keras.layers.Dense(WIDTH), TOKENS["native"], trains=True)
    table = Table("layer", "engine", "us per token", f"x a dense layer {WIDTH} x {WIDTH}")

    def add(name: str, engine: str, cost: float) -> None:
        table.add_row(name, engine, f"{cost:.2f}", f"{cost / dense:.1f}")

    add("dense", "", dense)
    add("LoRA, rank 8", "", microseconds(lora(8), TOKENS["native"], trains=True))
    with tempfile.TemporaryDirectory() as folder:
        for name, builder in SPECS.items():
            compile_to(builder.spec(), Path(folder) / name.split(",")[0])
            layer_class = qslc_runtime.load(Path(folder) / name.split(",")[0])
            for engine, tokens in TOKENS.items():
                layer = layer_class(units=WIDTH, engine=engine)
                cost = microseconds(layer, tokens, trains=engine != "qsim")
                add(name, engine if engine != "qsim" else "qsim (forward)", cost)
    Console().print(table)


if __name__ == "__main__":
    main()
