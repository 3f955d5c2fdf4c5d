"""What ``compile`` and the first ``fit`` or ``generate`` leave behind in a model."""

from __future__ import annotations

import gc
from collections.abc import Container, Iterable
from contextlib import contextmanager
from typing import Any

import keras

_FUNCTIONS = ("train_function", "test_function", "predict_function", "generate_function")


def models_that_hold(layers: Iterable[keras.layers.Layer]) -> list[keras.Model]:
    """Every live model that has one of the layers somewhere in it.

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


def forget_functions(model: keras.Model) -> None:
    """Drop the traced functions: the next call traces the layers that are there then."""
    for name in _FUNCTIONS:
        if hasattr(model, name):
            setattr(model, name, None)


def suit_layers(model: keras.Model) -> None:
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
def xla_without(sublayers: Iterable[keras.layers.Layer], models: Iterable[keras.Model]) -> Any:
    """Within, models compile as they would without these sublayers, which may not support XLA.

    The same arithmetic in XLA and outside of it differs in the last bits.
    """
    apart = {id(layer) for sublayer in sublayers for layer in sublayer._flatten_layers()}
    changed = [
        (model, _configuration(model), {name: getattr(model, name, None) for name in _FUNCTIONS})
        for model in models
        if not model.jit_compile and _may_use_xla(model, apart)
    ]
    for model, _, _ in changed:
        forget_functions(model)
        model._jit_compile = True  # the property refuses while any layer does not support it
    try:
        yield
    finally:
        for model, config, functions in changed:
            held = any(id(layer) in apart for layer in model._flatten_layers())
            if held and _configuration(model) is config:  # neither removed nor compiled anew
                model.jit_compile = False
                for name, function in functions.items():
                    if hasattr(model, name):
                        setattr(model, name, function)


def _configuration(model: keras.Model) -> Any:
    """What the last ``compile`` was given; None before."""
    return getattr(model, "_compile_config", None)


def _may_use_xla(model: keras.Model, apart: Container[int] = ()) -> bool:
    """Whether the user lets it, and all layers support it, but for those whose ids are given."""
    wanted = _configuration(model).config["jit_compile"] if model.compiled else "auto"
    return bool(wanted) and all(
        layer.supports_jit for layer in model._flatten_layers() if id(layer) not in apart
    )
