"""An engine that estimates expectations from shots, without a simulation of its own."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from keras import ops
from qslc_runtime.engines.engine import Engine
from qslc_runtime.engines.native import NativeEngine
from qslc_runtime.noise import Place


class BinomialEngine(Engine):
    """Means of shots that are drawn from the exact expectations, each observable by itself.

    Args:
        layer_class: A generated class.
        shots: Number of shots for each token and observable.
        seed: Random seed.
    """

    name = "binomial"
    exact = False
    differentiable = False
    exportable = False
    backends = frozenset({"tensorflow", "jax", "torch"})
    noise: ClassVar[frozenset[Place]] = frozenset()
    reads_artifact = False
    supports_jit = False

    def __init__(self, layer_class: type, *, shots: int = 1000, seed: int = 0) -> None:
        self._exact = NativeEngine(layer_class)
        self._shots = shots
        self._rng = np.random.default_rng(seed)

    def expectations(self, inputs: Any, theta: Any) -> Any:
        exact = ops.convert_to_numpy(self._exact.expectations(inputs, theta))
        ones = self._rng.binomial(self._shots, np.clip((1 + exact) / 2, 0, 1))
        return ops.convert_to_tensor((2 * ones / self._shots - 1).astype(np.float32))
