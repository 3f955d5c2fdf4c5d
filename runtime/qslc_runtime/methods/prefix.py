"""Prefix tuning (Li and Liang 2021, arXiv:2101.00190)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import keras

from qslc_runtime.adapters.prefix import KeyValuePrefix
from qslc_runtime.methods.method import Method, check_positive


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
        deviation: Standard deviation of the initial values.
    """

    length: int
    hidden: int | None = None
    deviation: float = 0.02

    def __post_init__(self) -> None:
        check_positive("length", self.length)
        if self.hidden is not None:
            check_positive("hidden", self.hidden)

    def places(self, targets: Sequence[str]) -> tuple[str, ...]:
        """Return the attention itself: a prefix has keys and values alike."""
        del targets
        return ("attention",)

    def sublayer(self, seed: int) -> tuple[type[keras.layers.Layer], Mapping[str, Any]]:
        del seed
        return KeyValuePrefix, asdict(self)
