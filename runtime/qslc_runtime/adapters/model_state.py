"""State of a model: weights that train, and what ``compile`` and ``fit`` left behind."""

from __future__ import annotations

import gc
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import keras


@dataclass(frozen=True)
class TrainableFlags:
    """Layers and weights of a model that were trainable."""

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

    def extend(self, other: TrainableFlags) -> TrainableFlags:
        """Return these flags with those of ``other`` for layers and weights that these lack."""
        layers = {id(layer): (layer, flag) for layer, flag in (*other.layers, *self.layers)}
        weights = {id(weight): (weight, flag) for weight, flag in (*other.weights, *self.weights)}
        return TrainableFlags(tuple(layers.values()), tuple(weights.values()))

    def update(self, model: keras.Model, excluded: Iterable[keras.Variable]) -> TrainableFlags:
        """Return these flags with those of now for what is in ``model``, but for ``excluded``."""
        now = {layer: layer.trainable for layer in model._flatten_layers()}
        others = {id(weight) for weight in excluded}
        own = [weight for weight in model.weights if id(weight) not in others]
        flags = [*self.weights, *((weight, weight.trainable) for weight in own)]
        return TrainableFlags(
            layers=tuple((layer, now.get(layer, before)) for layer, before in self.layers),
            weights=tuple({id(weight): (weight, flag) for weight, flag in flags}.values()),
        )


def freeze_weights(
    model: keras.Model, others: Iterable[keras.layers.Layer] = ()
) -> tuple[keras.Variable, ...]:
    """Freeze every weight that the model has now, and return them.

    A LoRA of Keras and the layers ``others`` stay as they are. The layers around stay trainable: a
    frozen one would freeze the sublayers put into it as well.
    """
    ours = (weight for layer in others for weight in layer.weights)
    kept = {id(w): w.trainable for w in (*_find_lora_weights(model), *ours)}
    model.trainable = True
    frozen = tuple(weight for weight in model.weights if id(weight) not in kept)
    for weight in model.weights:
        weight.trainable = kept.get(id(weight), False)
    return frozen


def _find_lora_weights(model: keras.Model) -> Iterator[keras.Variable]:
    for layer in model._flatten_layers():
        if getattr(layer, "lora_enabled", False):
            yield from (weight for weight in layer.weights if weight.name.startswith("lora_"))


_FUNCTIONS = ("train_function", "test_function", "predict_function", "generate_function")


def find_models(layers: Iterable[keras.layers.Layer]) -> list[keras.Model]:
    """Find every live model that has one of the layers somewhere in it.

    A layer knows nothing of the models around it, and models may be made of the layers of others:
    they are found among all objects of the process.
    """
    wanted = {id(layer) for layer in layers}
    return [
        found
        for found in gc.get_objects()
        if issubclass(type(found), keras.Model) and _holds(found, wanted)
    ]


def _holds(model: keras.Model, wanted: set[int]) -> bool:
    if not hasattr(model, "_layers"):  # its constructor has not run yet
        return False
    return any(id(layer) in wanted for layer in model._flatten_layers())


def sync_variables(models: Iterable[keras.Model]) -> None:
    """Bring variables up to a ``fit`` that runs now, of which JAX's trainer has a copy."""
    if keras.backend.backend() == "jax":
        for model in models:
            model.jax_state_sync()


def forget_functions(model: keras.Model) -> None:
    """Drop the traced functions: the next call traces the layers that are there then."""
    for name in _FUNCTIONS:
        if hasattr(model, name):
            setattr(model, name, None)


def adjust_compiled(model: keras.Model) -> None:
    """Make what was compiled fit the layers that the model has now.

    An optimizer that was built for other weights is replaced by a fresh one of the same
    configuration. XLA is turned off while a layer does not support it. Keras does not warn that
    the model should have been compiled anew.
    """
    forget_functions(model)
    if not model.compiled:
        model.jit_compile = None  # Keras decides anew
        return
    remembered = getattr(model, "_compiled_trainable_state", {})  # not before Keras 3.13
    remembered.update({layer: layer.trainable for layer in model._flatten_layers()})
    if model.optimizer is not None and model.optimizer.built:
        model.optimizer = model.optimizer.from_config(model.optimizer.get_config())
    model.jit_compile = _may_use_xla(model)


@contextmanager
def compile_without(sublayers: Iterable[keras.layers.Layer], models: Iterable[keras.Model]) -> Any:
    """Compile models as without these sublayers, which may not support XLA, for a while.

    The same arithmetic in XLA and outside of it differs in the last bits.
    """
    excluded = {id(layer) for sublayer in sublayers for layer in sublayer._flatten_layers()}
    changed = [
        (model, _read_config(model), {name: getattr(model, name, None) for name in _FUNCTIONS})
        for model in models
        if not model.jit_compile and _may_use_xla(model, excluded)
    ]
    for model, _, _ in changed:
        forget_functions(model)
        model._jit_compile = True  # the property refuses while any layer does not support it
    try:
        yield
    finally:
        for model, config, functions in changed:
            held = any(id(layer) in excluded for layer in model._flatten_layers())
            if held and _read_config(model) is config:  # neither removed nor compiled anew
                model.jit_compile = False
                for name, function in functions.items():
                    if hasattr(model, name):
                        setattr(model, name, function)


def _read_config(model: keras.Model) -> Any:
    """Return what the last ``compile`` was given; None before."""
    return getattr(model, "_compile_config", None)


def _may_use_xla(model: keras.Model, excluded: Container[int] = ()) -> bool:
    """Return whether the user and all layers, but for those of the ids, allow XLA."""
    wanted = _read_config(model).config["jit_compile"] if model.compiled else "auto"
    return bool(wanted) and all(
        layer.supports_jit for layer in model._flatten_layers() if id(layer) not in excluded
    )


def mix_into(layer: keras.layers.Layer, mixin: type[Any]) -> None:
    """Let a layer behave as a mixin says; its class is then ``plain`` of the new one."""
    layer.__class__ = _mix(mixin, type(layer))


@cache
def _mix(mixin: type[Any], plain: type[keras.layers.Layer]) -> type[keras.layers.Layer]:
    return type(plain.__name__, (mixin, plain), {"plain": plain})
