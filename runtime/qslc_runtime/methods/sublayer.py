"""A generated layer as a method."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import keras

from qslc_runtime.adapters.insertion import check_options, layer_class
from qslc_runtime.methods.method import Method


@dataclass(frozen=True)
class Sublayer(Method):
    """``y = base(x) + sublayer(x)``, as ``qslc_runtime.insert``.

    Groups: "angles" (theta), "up", "gain" and "down", as the layer has them.

    Controls: ``options={"trainable_angles": False}`` freezes the circuit; a layer compiled from a
    spec with ``entangler: none`` has no entanglement.

    Args:
        layer: Class that ``qslc_runtime.load`` returned, or its folder.
        options: Arguments of the layer (``up_projection``, ``engine``, ...), plain JSON.

    Raises:
        TypeError: ``layer`` is neither, or does not take an option.
        FileNotFoundError, ImportError: There is no generated layer in the folder.
    """

    layer: type[keras.layers.Layer] | str | os.PathLike[str]
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "layer", layer_class(self.layer))
        check_options(layer_class(self.layer), self.options)

    def sublayer(self, seed: int) -> tuple[type[keras.layers.Layer], Mapping[str, Any]]:
        del seed
        return layer_class(self.layer), self.options
