"""LoRA (Hu et al. 2022, arXiv:2106.09685)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from qslc_runtime.layer.weights import add_weight
from qslc_runtime.methods.method import Method, check_finite, check_positive
from qslc_runtime.methods.side_layer import SideLayer


@dataclass(frozen=True)
class Lora(Method):
    """``y = base(x) + (alpha / rank) x A B``: the paper's form, all heads at once.

    rank * (d + units) parameters for each projection; group "lora".

    Args:
        rank: Positive.
        alpha: Scales the update; None is ``rank``.
    """

    rank: int
    alpha: float | None = None

    def __post_init__(self) -> None:
        check_positive("rank", self.rank)
        if self.alpha is not None:
            check_finite("alpha", self.alpha)

    def sublayer(self, seed: int) -> tuple[type[keras.layers.Layer], Mapping[str, Any]]:
        del seed
        return LoraUpdate, {"rank": self.rank, "alpha": self.alpha}


@keras.saving.register_keras_serializable(package="qslc_runtime")
class LoraUpdate(SideLayer):
    """``(alpha / rank) x A B``: A (d, rank) uniform, B (rank, units) zero."""

    def __init__(
        self, units: int, *, rank: int, alpha: float | None = None, seed: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(units, seed=seed, **kwargs)
        self.rank = rank
        self.alpha = alpha

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        width = int(input_shape[-1] or 0)
        bound = 1 / math.sqrt(width)  # of the authors' code: kaiming_uniform with a = sqrt(5)
        start = np.random.default_rng(self.seed).uniform(-bound, bound, (width, self.rank))
        self.lora_a = add_weight(self, "lora_a", start.astype(np.float32))
        self.lora_b = add_weight(self, "lora_b", np.zeros((self.rank, self.units), np.float32))

    def call(self, inputs: Any) -> Any:
        x = ops.cast(inputs, "float32")
        scale = 1.0 if self.alpha is None else self.alpha / self.rank
        added = scale * ops.matmul(ops.matmul(x, self.lora_a), self.lora_b)
        return ops.cast(added, self.compute_dtype)

    @property
    def resolved_options(self) -> dict[str, Any]:
        """Return the options whose default depends on others."""
        return {"alpha": self.rank if self.alpha is None else self.alpha}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rank": self.rank, "alpha": self.alpha}
