"""How many numbers a model holds and trains."""

from __future__ import annotations

import math

import keras


def trainable_parameters(model: keras.Model) -> int:
    """How many numbers ``fit`` changes."""
    return _count(model.trainable_weights)


def total_parameters(model: keras.Model) -> int:
    """How many numbers the model holds."""
    return _count(model.weights)


def _count(weights: list[keras.Variable]) -> int:
    return sum(math.prod(weight.shape) for weight in weights)
