"""Adapted classes of the families of models, one for each backbone class."""

from __future__ import annotations

import importlib

import keras

from qslc_runtime.adapters.adapted import Adapted
from qslc_runtime.adapters.attach import find_backbone
from qslc_runtime.families import FAMILIES, Family

_ADAPTED: dict[type[keras.Model], type[Adapted]] = {}


def register_family(
    backbone: type[keras.Model],
    *,
    attention: str,
    query: str,
    key: str,
    value: str,
    blocks: str = "transformer_layers",
) -> None:
    """Let ``insert`` and ``attach`` work on the models of a backbone class.

    The arguments are names of attributes. Saved models with an adapter are read by processes that
    have registered the family as well. Registering a class again replaces its names.

    Args:
        backbone: Class of the model, or of the ``backbone`` of a task model.
        attention: Attention layer of a block.
        query, key, value: Projections of the attention layer. Each takes (batch, tokens, d).
        blocks: List of blocks of the backbone.

    Raises:
        TypeError: ``backbone`` is not a class of Keras models, or a name is not a string.
    """
    for name in (attention, query, key, value, blocks):
        if not isinstance(name, str):
            raise TypeError(f"a family is described by names of attributes; got {name!r}")
    if not (isinstance(backbone, type) and issubclass(backbone, keras.Model)):
        raise TypeError(f"backbone must be a class of Keras models; got {backbone!r}")
    if issubclass(backbone, Adapted):
        raise TypeError(f"{backbone.__name__} holds an adapter; register its plain class")
    name, home = backbone.__name__, backbone.__module__
    _adapt(backbone, Family(name, home, attention, query, key, value, blocks))


def find_adapted(model: keras.Model) -> type[Adapted]:
    """Return the adapted class for a model without adapter.

    Raises:
        ValueError: It holds one, or is of no supported family.
    """
    backbone = find_backbone(model)
    if isinstance(backbone, Adapted):
        held = backbone._attachment.standing.insertion.layer.__name__
        raise ValueError(f"the model already holds an adapter ({held}); remove() it first")
    _adapt_table()
    if type(backbone) in _ADAPTED:
        return _ADAPTED[type(backbone)]
    supported = ", ".join(plain.__name__ for plain in _ADAPTED)
    raise ValueError(
        f"cannot insert into {type(backbone).__name__}; supported backbones: {supported}, "
        "alone or in a task model such as GPT2CausalLM; qslc_runtime.register_family adds others"
    )


def _adapt_table() -> None:
    """Make the adapted classes of all families of the table that have none yet.

    Raises:
        ImportError: A family's module or class is missing, and it is none of KerasHub's.
    """
    for name, family in FAMILIES.items():
        plain = getattr(importlib.import_module(family.home), f"{name}Backbone", None)
        if plain is None and family.home != "keras_hub.models":
            raise ImportError(f"the family {name!r}: {family.home} has no class {name}Backbone")
        if plain is not None and plain not in _ADAPTED:
            _adapt(plain, family)


def _adapt(plain: type[keras.Model], family: Family) -> None:
    """Make the adapted class, under the name that saved models know it by."""
    name = f"Adapted{plain.__name__}"
    body = {"plain": plain, "family": family, "__module__": __name__}
    register = keras.saving.register_keras_serializable(package="qslc_runtime")
    _ADAPTED[plain] = register(type(name, (Adapted, plain), body))


_adapt_table()
