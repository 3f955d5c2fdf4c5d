"""LoRA of rank 8, features by features, in JAX."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.layer_speed.cases import RANK, Case
from benchmarks.layer_speed.contenders.native import inputs
from benchmarks.layer_speed.contenders.on_jax import training_step


def step(case: Case, tokens: int) -> Callable[[], object]:
    import keras

    layer = keras.Sequential(
        [keras.layers.Dense(width, use_bias=False) for width in (RANK, case.features)]
    )
    layer.build((None, case.features))
    return training_step(layer, layer.trainable_variables, inputs(case, tokens))
