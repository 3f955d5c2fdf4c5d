"""A frozen projection with a trainable sublayer beside it."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


class AdaptedProjection(keras.layers.Layer):
    """``y = base(x) + reshape(sublayer(x))``.

    ``base`` maps ``(..., d)`` to ``(..., heads, head_dim)``, the sublayer ``(..., d)`` to
    ``(..., heads * head_dim)``. While ``enabled`` is False the sublayer is not even called: the
    output is that of ``base``, bit for bit.
    """

    def __init__(self, base: keras.layers.Layer, sublayer: keras.layers.Layer) -> None:
        super().__init__(name=base.name, dtype=base.compute_dtype)
        self.base = base
        self.sublayer = sublayer
        self.enabled = True
        self.built = True

    def call(self, x: Any) -> Any:
        projected = self.base(x)
        if not self.enabled:
            return projected
        return projected + ops.reshape(self.sublayer(x), ops.shape(projected))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> Any:
        return self.base.compute_output_shape(input_shape)
