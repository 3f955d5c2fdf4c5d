"""A method of fine-tuning from outside: a trained bias beside each projection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops
from qslc_runtime.layer.weights import add_weight
from qslc_runtime.methods.method import Method, SideLayer


@dataclass(frozen=True)
class Bias(Method):
    """``y = base(x) + scale * b``, which starts as zero."""

    scale: float = 1.0

    def sublayer(self, seed: int) -> tuple[type[keras.layers.Layer], Mapping[str, Any]]:
        del seed
        return BiasUpdate, {"scale": self.scale}


@keras.saving.register_keras_serializable(package="tests")
class BiasUpdate(SideLayer):
    def __init__(self, units: int, *, scale: float = 1.0, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(units, seed=seed, **kwargs)
        self.scale = scale

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.bias = add_weight(self, "bias", np.zeros(self.units, np.float32))

    def update(self, x: Any) -> Any:
        return ops.zeros_like(x[..., :1]) + self.scale * self.bias
