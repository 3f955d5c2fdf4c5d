"""Freezing a model, and remembering what was trainable before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import keras


@dataclass(frozen=True)
class TrainableFlags:
    """Which layers and weights of a model were trainable."""

    layers: tuple[tuple[keras.layers.Layer, bool], ...]
    weights: tuple[tuple[keras.Variable, bool], ...]

    @classmethod
    def of(cls, model: keras.layers.Layer) -> TrainableFlags:
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

    def renewed(self, model: keras.Model, apart: Iterable[keras.Variable]) -> TrainableFlags:
        """These flags, with those of now for what is in ``model``, but for weights ``apart``."""
        now = {layer: layer.trainable for layer in model._flatten_layers()}
        others = {id(weight) for weight in apart}
        own = [weight for weight in model.weights if id(weight) not in others]
        flags = [*self.weights, *((weight, weight.trainable) for weight in own)]
        return TrainableFlags(
            layers=tuple((layer, now.get(layer, before)) for layer, before in self.layers),
            weights=tuple({id(weight): (weight, flag) for weight, flag in flags}.values()),
        )


def freeze_weights(model: keras.Model) -> tuple[keras.Variable, ...]:
    """Freeze every weight that the model has now, but for a LoRA of Keras, and return them.

    Its layers stay trainable: a frozen layer would freeze the sublayers put into it as well.
    """
    lora = {id(weight): weight.trainable for weight in _lora_weights(model)}
    model.trainable = True
    frozen = tuple(weight for weight in model.weights if id(weight) not in lora)
    for weight in model.weights:
        weight.trainable = lora.get(id(weight), False)
    return frozen


def _lora_weights(model: keras.Model) -> Iterator[keras.Variable]:
    for layer in model._flatten_layers():
        if getattr(layer, "lora_enabled", False):
            yield from (weight for weight in layer.weights if weight.name.startswith("lora_"))
