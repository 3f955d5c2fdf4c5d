"""Weights with given initial values."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray


def add_weight(
    layer: keras.layers.Layer,
    name: str,
    values: NDArray[np.float32 | np.int32],
    *,
    trainable: bool = True,
) -> Any:
    """A weight of ``layer`` that starts as ``values``: the dtype policy has no say."""

    def initializer(shape: tuple[int, ...], dtype: str | None = None) -> Any:
        return ops.convert_to_tensor(values.reshape(shape), dtype)

    return layer.add_weight(
        name=name,
        shape=values.shape,
        initializer=initializer,
        dtype=values.dtype.name,
        trainable=trainable,
        autocast=False,
    )
