"""Attention that sees trained keys and values before a sequence (``methods.Prefix``)."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
from keras import ops

from qslc_runtime.adapters.switch import Switch


class PrefixedAttention:
    """Mixed into a decoder's attention: every query sees the prefix, whatever its own mask says.

    The prefix joins the keys and values where the attention is computed, behind positions and
    caches, so that neither knows of it.
    """

    plain: ClassVar[type[keras.layers.Layer]]
    sublayer: keras.layers.Layer
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
            prefix_key, prefix_value = self.sublayer.compute_key_and_value()
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
