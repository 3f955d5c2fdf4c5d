"""A normalized quadratic form: what an amplitude-encoded quantum sublayer computes, classically."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from qslc_runtime.layer.weights import add_weight
from qslc_runtime.methods.method import Method, SideLayer, check_positive


@keras.saving.register_keras_serializable(package="qslc_runtime")
class QuadraticUpdate(SideLayer):
    """``(x W / rms(x))^2 U``: W (d, rank) normal of variance 1 / d, U (rank, units) zero.

    A vector of zeros gives zeros.
    """

    def __init__(
        self,
        units: int,
        *,
        rank: int,
        trainable_down: bool = True,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(units, seed=seed, **kwargs)
        self.rank = rank
        self.trainable_down = trainable_down

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        width = int(input_shape[-1] or 0)
        start = np.random.default_rng(self.seed).normal(0, 1 / math.sqrt(width), (width, self.rank))
        self.down = add_weight(
            self, "down", start.astype(np.float32), trainable=self.trainable_down
        )
        self.up = add_weight(self, "up", np.zeros((self.rank, self.units), np.float32))

    def update(self, x: Any) -> Any:
        mean_square = ops.mean(ops.square(x), axis=-1, keepdims=True)
        squares = ops.square(ops.matmul(x, self.down))
        return ops.matmul(ops.divide_no_nan(squares, mean_square), self.up)


@dataclass(frozen=True)
class Quadratic(Method):
    """``y = base(x) + sum_k (w_k . x)^2 / |x|^2 u_k``: the classical control of a sublayer.

    The expectations of an amplitude-encoded circuit are quadratic forms of the normalized input
    too; here they are squares of learned directions, without a circuit. rank * (d + units)
    parameters for each projection, groups "down" (w) and "up" (u). With ``trainable_down=False``
    the directions are fixed and random, and rank * units train: as with a frozen circuit.

    Args:
        rank: Number of squares, positive.
        trainable_down: Whether the directions are trained.

    Example:
        >>> from qslc_runtime.methods import Quadratic, attach
        >>> attach(model, Quadratic(rank=2), targets=("query", "value")).trainable_parameters
        64
    """

    layer_type = QuadraticUpdate
    rank: int
    trainable_down: bool = True

    def __post_init__(self) -> None:
        check_positive("rank", self.rank)
