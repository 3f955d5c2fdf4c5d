"""Freezing a model, and remembering what was trainable before."""

from __future__ import annotations

from dataclasses import dataclass

import keras


@dataclass(frozen=True)
class TrainableFlags:
    """Which layers and weights of a model were trainable."""

    layers: tuple[tuple[keras.layers.Layer, bool], ...]
    weights: tuple[tuple[keras.Variable, bool], ...]

    @classmethod
    def of(cls, model: keras.Model) -> TrainableFlags:
        return cls(
            layers=tuple((layer, layer.trainable) for layer in model._flatten_layers()),
            weights=tuple((weight, weight.trainable) for weight in model.weights),
        )

    @property
    def all_layers(self) -> tuple[keras.layers.Layer, ...]:
        """The model and everything in it."""
        return tuple(layer for layer, _ in self.layers)

    def restore(self) -> None:
        # A layer passes its flag on to all below it; parents come first, weights last.
        for layer, trainable in self.layers:
            layer.trainable = trainable
        for weight, trainable in self.weights:
            weight.trainable = trainable


def freeze_weights(model: keras.Model) -> None:
    """Freeze every weight that the model has now.

    Its layers stay trainable: a frozen layer would freeze the sublayers put into it as well.
    """
    model.trainable = True
    for weight in model.weights:
        weight.trainable = False
