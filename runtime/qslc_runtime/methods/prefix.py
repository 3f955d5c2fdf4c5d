"""Prefix tuning as a method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import keras

from qslc_runtime.insertion.prefix import KeyValuePrefix
from qslc_runtime.methods.checks import Method, positive


@dataclass(frozen=True)
class Prefix(metaclass=Method):
    """Trained keys and values before the sequence, in every block (Li and Liang 2021).

    2 * length * key heads * head width parameters for each block; group "prefix". It stands beside
    keys and values alike, so ``targets`` says nothing. Unlike the other methods it changes the
    model's output before any training.

    Args:
        length: how many virtual tokens.
        hidden: None trains the keys and values themselves. A number trains the paper's
            reparametrisation, a perceptron of this width for each block, in their place; all its
            weights count as trainable and are saved.
        deviation: standard deviation of the initial values.
    """

    length: int
    hidden: int | None = None
    deviation: float = 0.02

    def __post_init__(self) -> None:
        positive("length", self.length)
        if self.hidden is not None:
            positive("hidden", self.hidden)

    def sublayer(self, seed: int) -> tuple[type[keras.layers.Layer], Mapping[str, Any]]:
        del seed
        return KeyValuePrefix, asdict(self)
