"""A frozen dense layer, features by features, in JAX."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.layer_speed.cases import Case
from benchmarks.layer_speed.contenders.native import inputs
from benchmarks.layer_speed.contenders.on_jax import training_step


def step(case: Case, tokens: int) -> Callable[[], object]:
    import keras

    layer = keras.layers.Dense(case.features, trainable=False)
    layer.build((None, case.features))
    return training_step(layer, [], inputs(case, tokens))
