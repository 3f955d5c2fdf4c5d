"""Prefix tuning (Li and Liang 2021, arXiv:2101.00190)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from qslc_runtime.layer.weights import add_weight
from qslc_runtime.methods.method import Method, check_positive


@keras.saving.register_keras_serializable(package="qslc_runtime")
class KeyValuePrefix(keras.layers.Layer):
    """Trained keys and values (length, heads, width) of one block.

    Args:
        length, hidden, deviation: As of ``Prefix``; the perceptron has one tanh layer, and maps an
            embedding (length, heads * width) to keys and values.
        heads: Key and value heads of the block.
        width: Width of a head.
        seed: Random seed of the initial values, which are the same on every backend.
    """

    def __init__(
        self,
        length: int,
        *,
        heads: int,
        width: int,
        hidden: int | None = None,
        deviation: float = 0.02,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.length = length
        self.heads = heads
        self.width = width
        self.hidden = hidden
        self.deviation = deviation
        self.seed = seed
        self.autocast = False

    def build(self, input_shape: Any = None) -> None:
        del input_shape
        rng = np.random.default_rng(self.seed)

        def weight(name: str, *shape: int, deviation: float = self.deviation) -> Any:
            return add_weight(self, name, rng.normal(0, deviation, shape).astype(np.float32))

        units = self.heads * self.width
        if self.hidden is None:
            self.prefix_key = weight("prefix_key", self.length, self.heads, self.width)
            self.prefix_value = weight("prefix_value", self.length, self.heads, self.width)
            return
        self.embedding = weight("prefix_embedding", self.length, units, deviation=1.0)
        self.inner = weight("prefix_inner", units, self.hidden, deviation=units**-0.5)
        self.outer = weight("prefix_outer", self.hidden, 2 * units)

    def compute_key_and_value(self) -> tuple[Any, Any]:
        """Return the keys and the values, each (length, heads, width), float32."""
        if self.hidden is None:
            return self.prefix_key, self.prefix_value
        inner = ops.tanh(ops.matmul(self.embedding, self.inner))
        both = ops.matmul(inner, self.outer)
        key, value = ops.split(both, 2, axis=-1)
        shape = (self.length, self.heads, self.width)
        return ops.reshape(key, shape), ops.reshape(value, shape)


@dataclass(frozen=True)
class Prefix(Method):
    """Trained keys and values before the sequence, in every block (Li and Liang 2021).

    2 * length * key heads * head width parameters for each block; group "prefix". It stands beside
    keys and values alike, so ``targets`` says nothing. Unlike the other methods it changes the
    model's output before any training.

    Args:
        length: Number of virtual tokens.
        hidden: None trains the keys and values themselves. A number trains the paper's
            reparameterization, a perceptron of this width for each block, in their place; all its
            weights count as trainable and are saved.
        deviation: Standard deviation of the normal initial values.

    Example:
        >>> from qslc_runtime.methods import Prefix, attach
        >>> attach(model, Prefix(length=4)).trainable_parameters
        64
    """

    layer_type = KeyValuePrefix
    beside_attention = True
    length: int
    hidden: int | None = None
    deviation: float = 0.02

    def __post_init__(self) -> None:
        check_positive("length", self.length)
        if self.hidden is not None:
            check_positive("hidden", self.hidden)
