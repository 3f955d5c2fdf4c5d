"""Trained keys and values before a sequence (Li and Liang 2021, arXiv:2101.00190)."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops

from qslc_runtime.adapters.switch import Switch
from qslc_runtime.layer.weights import add_weight


@keras.saving.register_keras_serializable(package="qslc_runtime")
class KeyValuePrefix(keras.layers.Layer):
    """Keys and values (length, heads, width) of one block.

    Args:
        length: How many virtual tokens.
        heads: Key and value heads of the block.
        width: Width of a head.
        hidden: None trains the keys and values themselves. A number trains the paper's
            reparameterization instead: an embedding (length, heads * width) and a perceptron of one
            tanh layer of this width that maps it to them.
        deviation: Standard deviation of the normal initial values.
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

    def key_and_value(self) -> tuple[Any, Any]:
        """Return the keys and the values, each (length, heads, width), float32."""
        if self.hidden is None:
            return self.prefix_key, self.prefix_value
        inner = ops.tanh(ops.matmul(self.embedding, self.inner))
        both = ops.matmul(inner, self.outer)
        key, value = ops.split(both, 2, axis=-1)
        shape = (self.length, self.heads, self.width)
        return ops.reshape(key, shape), ops.reshape(value, shape)


class PrefixedAttention:
    """Mixed into a decoder's attention: every query sees the prefix, whatever its own mask says.

    The prefix joins the keys and values where the attention is computed, behind positions and
    caches, so that neither knows of it.
    """

    plain: ClassVar[type[keras.layers.Layer]]
    sublayer: KeyValuePrefix
    switch: Switch
    _seen = 0
    """The length of the prefix where the attention is computed with it."""

    @property
    def variables(self) -> list[keras.Variable]:
        return [*super().variables, self.switch.variable]  # type: ignore[misc]

    def _compute_attention(
        self,
        query: Any,
        key: Any,
        value: Any,
        attention_mask: Any = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Attend to the prefix and to ``key``, ``value`` (batch, tokens, heads, width).

        ``attention_mask`` is (batch, queries, tokens) or None. Of the scores, which some families
        return beside the output and none uses, nothing is returned.
        """
        compute = super()._compute_attention  # type: ignore[misc]
        pair = False

        def attend(key: Any, value: Any, mask: Any) -> Any:
            nonlocal pair
            result = compute(query, key, value, mask, *args, **kwargs)
            pair = isinstance(result, tuple)
            return result[0] if pair else result

        def with_prefix() -> Any:
            prefix_key, prefix_value = self.sublayer.key_and_value()
            mask = attention_mask
            if mask is not None:
                mask = _see_all(mask, self.sublayer.length)
            self._seen = self.sublayer.length
            try:
                return attend(_prepend(prefix_key, key), _prepend(prefix_value, value), mask)
            finally:
                self._seen = 0

        layer: Any = self
        output = self.switch.branch(
            self.sublayer, with_prefix, lambda: attend(key, value, attention_mask), layer
        )
        return (output, None) if pair else output

    def _mask_sliding_window(self, attention_mask: Any, *args: Any, **kwargs: Any) -> Any:
        """Slide the window over the tokens; the prefix is always in it."""
        mask = super()._mask_sliding_window  # type: ignore[misc]
        if not self._seen:
            return mask(attention_mask, *args, **kwargs)
        return _see_all(mask(attention_mask[..., self._seen :], *args, **kwargs), self._seen)


@cache
def make_prefixed(attention: type[keras.layers.Layer]) -> type[keras.layers.Layer]:
    """Return the subclass of a decoder's attention that sees a prefix."""
    bases = (PrefixedAttention, attention)
    return type(f"Prefixed{attention.__name__}", bases, {"plain": attention})


def _prepend(prefix: Any, sequence: Any) -> Any:
    """Put the prefix (length, heads, width) before each row of (batch, tokens, heads, width).

    Families that share a key among a group of queries may have repeated it by now.
    """
    prefix = ops.repeat(prefix, sequence.shape[2] // prefix.shape[1], axis=1)
    batch = ops.shape(sequence)[0]
    rows = ops.broadcast_to(prefix[None], (batch, *prefix.shape))
    return ops.concatenate([ops.cast(rows, sequence.dtype), sequence], axis=1)


def _see_all(mask: Any, length: int) -> Any:
    """Put ``length`` visible places before the tokens of a mask (batch, queries, tokens)."""
    batch, queries, _ = ops.shape(mask)
    seen = ops.ones((batch, queries, length), "bool")
    return ops.concatenate([seen, ops.cast(mask, "bool")], axis=-1)
