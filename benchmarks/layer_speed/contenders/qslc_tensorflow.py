"""The native engine's compiled kernel in a TensorFlow graph."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.layer_speed.cases import Case
from benchmarks.layer_speed.contenders.native import inputs, model
from benchmarks.layer_speed.contenders.on_tensorflow import training_step


def step(case: Case, tokens: int) -> Callable[[], object]:
    layers, outputs = model(case, "native", kernel="compiled")
    weights = [layer.theta.value for layer in layers]
    return training_step(outputs, weights, inputs(case, tokens))
