"""A generated layer as a method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import keras


@dataclass(frozen=True)
class Sublayer:
    """``y = base(x) + sublayer(x)``, as ``qslc_runtime.insert``.

    Groups: "angles" (theta), "up", "gain" and "down", as the layer has them.

    Controls: ``options={"trainable_angles": False}`` freezes the circuit; a layer compiled from a
    spec with ``entangler: none`` has no entanglement.

    Args:
        layer: a class that ``qslc_runtime.load`` returned.
        options: its constructor arguments (``up_projection``, ``engine``, ...), plain JSON.
    """

    layer: type[keras.layers.Layer]
    options: Mapping[str, Any] = field(default_factory=dict)

    def sublayer(self, seed: int) -> tuple[type[keras.layers.Layer], Mapping[str, Any]]:
        del seed
        return self.layer, self.options
