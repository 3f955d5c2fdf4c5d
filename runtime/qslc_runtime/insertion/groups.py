"""Which weights share a learning rate."""

from __future__ import annotations

from collections.abc import Iterable

import keras

_GROUPS = {
    "theta": "angles",
    "theta_up": "angles",
    "lora_a": "lora",
    "lora_b": "lora",
    "inner_scale": "scales",
    "outer_scale": "scales",
    "prefix_key": "prefix",
    "prefix_value": "prefix",
    "prefix_embedding": "prefix",
    "prefix_inner": "prefix",
    "prefix_outer": "prefix",
}


def grouped(weights: Iterable[keras.Variable]) -> dict[str, list[keras.Variable]]:
    """The trainable weights by group; a name that is in no group is one of its own."""
    groups: dict[str, list[keras.Variable]] = {}
    for weight in weights:
        if weight.trainable:
            groups.setdefault(_GROUPS.get(weight.name, weight.name), []).append(weight)
    return groups
