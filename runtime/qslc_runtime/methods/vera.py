"""VeRA: vector-based random matrix adaptation (Kopiczko et al. 2024, arXiv:2310.11454)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from qslc_runtime.layer.weights import add_weight
from qslc_runtime.methods.method import Method, SideLayer, check_finite, check_positive


@dataclass(frozen=True)
class Vera(Method):
    """``y = base(x) + b * (d * (x A)) B``: A and B random, fixed and the same in every block.

    rank + units parameters for each projection, the vectors d and b; group "scales". A and B are
    drawn again from the seed, never saved, and count neither as trainable nor in the total.

    Args:
        rank: Positive; the paper uses hundreds.
        start: Initial value of d. b starts as zero.
    """

    rank: int
    start: float = 0.1

    def __post_init__(self) -> None:
        check_positive("rank", self.rank)
        check_finite("start", self.start)

    def sublayer(self, seed: int) -> tuple[type[keras.layers.Layer], Mapping[str, Any]]:
        return VeraUpdate, {**asdict(self), "shared_seed": seed}


@keras.saving.register_keras_serializable(package="qslc_runtime")
class VeraUpdate(SideLayer):
    """``b * (d * (x A)) B``, A and B drawn from ``shared_seed``."""

    def __init__(
        self,
        units: int,
        *,
        rank: int,
        start: float = 0.1,
        shared_seed: int = 0,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(units, seed=seed, **kwargs)
        self.rank = rank
        self.start = start
        self.shared_seed = shared_seed

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self._a, self._b = _draw_matrices(
            int(input_shape[-1] or 0), self.rank, self.units, self.shared_seed
        )
        inner = np.full(self.rank, self.start, np.float32)
        self.inner_scale = add_weight(self, "inner_scale", inner)
        self.outer_scale = add_weight(self, "outer_scale", np.zeros(self.units, np.float32))

    def call(self, inputs: Any) -> Any:
        x = ops.cast(inputs, "float32")
        inner = self.inner_scale * ops.matmul(x, self._a)
        added = self.outer_scale * ops.matmul(inner, self._b)
        return ops.cast(added, self.compute_dtype)

    @property
    def constants(self) -> dict[str, NDArray[np.float32]]:
        """Arrays drawn from ``shared_seed``: adapter files carry its digest."""
        return {"a": self._a, "b": self._b}


@lru_cache(maxsize=8)
def _draw_matrices(
    width: int, rank: int, units: int, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Draw A (width, rank) and B (rank, units), Kaiming-uniform as in the paper."""
    rng = np.random.default_rng(seed)
    return _draw_kaiming(rng, width, rank), _draw_kaiming(rng, rank, units)


def _draw_kaiming(rng: np.random.Generator, rows: int, columns: int) -> NDArray[np.float32]:
    bound = np.sqrt(6 / rows)
    return rng.uniform(-bound, bound, (rows, columns)).astype(np.float32)
