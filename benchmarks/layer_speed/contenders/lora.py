"""LoRA of rank 8, features by features."""

from __future__ import annotations

from collections.abc import Callable

import keras

from benchmarks.layer_speed.cases import RANK, Case
from benchmarks.layer_speed.contenders.native import inputs
from benchmarks.layer_speed.contenders.on_tensorflow import training_step


def step(case: Case, tokens: int) -> Callable[[], object]:
    layer = keras.Sequential(
        [keras.layers.Dense(width, use_bias=False) for width in (RANK, case.features)]
    )
    layer.build((None, case.features))
    weights = [variable.value for variable in layer.trainable_variables]
    return training_step(layer, weights, inputs(case, tokens))
