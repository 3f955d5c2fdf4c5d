"""The base class of the classical layers that stand beside a projection."""

from __future__ import annotations

from typing import Any, ClassVar

import keras


class SideLayer(keras.layers.Layer):
    """A layer ``(..., d)`` to ``(..., units)``: float32 inside, its compute dtype outside.

    Args:
        units: Width of the projection beside it.
        seed: Random seed of the initial values, which are the same on every backend.
    """

    pure: ClassVar[bool] = True

    def __init__(self, units: int, *, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.seed = seed
        self.autocast = False
        self.supports_masking = True

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units, "seed": self.seed}
