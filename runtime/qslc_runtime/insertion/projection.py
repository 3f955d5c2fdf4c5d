"""A frozen projection with a trainable sublayer beside it."""

from __future__ import annotations

import warnings
from typing import Any

import keras
from keras import ops

from qslc_runtime.folding import FoldedSublayer
from qslc_runtime.insertion.switch import Switch


class AdaptedProjection(keras.layers.Layer):
    """``y = base(x) + reshape(sublayer(x))``.

    ``base`` maps ``(..., d)`` to ``(..., heads, head_dim)``, the sublayer ``(..., d)`` to
    ``(..., heads * head_dim)``. While the switch is off the output is that of ``base``, bit for
    bit, and the sublayer is not run; in a graph, this last holds for a ``pure`` sublayer, whose
    calls have no effect but their output. What other layers do in a call (losses, moving averages,
    seeds) must stay outside of a conditional branch.
    """

    def __init__(
        self, base: keras.layers.Layer, sublayer: keras.layers.Layer, switch: Switch
    ) -> None:
        super().__init__(name=base.name, dtype=base.compute_dtype)
        self.base = base
        self.sublayer = sublayer
        self.switch = switch
        self.built = True

    @property
    def variables(self) -> list[keras.Variable]:
        return [*super().variables, self.switch.variable]

    def call(self, x: Any, training: bool | None = None) -> Any:
        if training and isinstance(self.sublayer, FoldedSublayer):
            warnings.warn(
                "the sublayers are folded and do not train; to train them call unfold() of their "
                "adapter (qslc_runtime.adapter_of) first",
                stacklevel=2,
            )
        projected = self.base(x)

        def adapted() -> Any:
            return projected + ops.reshape(self.sublayer(x), ops.shape(projected))

        if getattr(self.sublayer, "pure", False):
            return self.switch.branch(self.sublayer, adapted, lambda: projected)
        return self.switch.select(self.sublayer, adapted, projected)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> Any:
        return self.base.compute_output_shape(input_shape)
