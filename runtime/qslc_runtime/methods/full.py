"""Full fine-tuning."""

from __future__ import annotations

from dataclasses import dataclass

import keras

from qslc_runtime.insertion.attach import renew
from qslc_runtime.methods.attached import Attached


@dataclass(frozen=True)
class Full:
    """Every weight of the model trains; group "weights". ``targets`` and ``blocks`` say nothing."""


def attach_full(model: keras.Model) -> Attached:
    """Let the whole model train."""
    model.trainable = True
    renew(model)
    weights = {weight.path: weight for weight in model.weights}
    record = {
        "layer": "full",
        "digest": None,
        "targets": [],
        "blocks": [],
        "seed": 0,
        "options": {},
    }
    return Attached(model, record, weights, {"weights": list(model.trainable_weights)}, _refuse)


def _refuse() -> None:
    raise ValueError("full fine-tuning changes the base model itself: load that again instead")
