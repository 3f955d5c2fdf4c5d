"""The families of models that sublayers can be inserted into, one registered class each."""

from __future__ import annotations

from types import MappingProxyType

import keras
import keras_hub

from qslc_runtime.insertion.adapted import Adapted
from qslc_runtime.insertion.attach import backbone_of
from qslc_runtime.insertion.layout import Layout

_FAMILIES: dict[type[keras.Model], type[Adapted]] = {}


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
        backbone: the class of the model, or of the ``backbone`` of a task model.
        attention: in a block, its attention layer.
        query, key, value: in the attention layer, its projections. Each takes (batch, tokens, d).
        blocks: in the backbone, the list of its blocks.

    Raises:
        TypeError: ``backbone`` is not a class of Keras models, or a name is not a string.
    """
    names = {"query": query, "key": key, "value": value}
    for name in (attention, blocks, *names.values()):
        if not isinstance(name, str):
            raise TypeError(f"a family is described by names of attributes; got {name!r}")
    if not (isinstance(backbone, type) and issubclass(backbone, keras.Model)):
        raise TypeError(f"backbone must be a class of Keras models; got {backbone!r}")
    if issubclass(backbone, Adapted):
        raise TypeError(f"{backbone.__name__} holds an adapter; register its plain class")
    _register(backbone, Layout(attention, MappingProxyType(names), blocks))


def families() -> tuple[type[Adapted], ...]:
    """The adapted class of every family."""
    return tuple(_FAMILIES.values())


def family_of(model: keras.Model) -> type[Adapted]:
    """The adapted class for a model without adapter.

    Raises:
        ValueError: it holds one, or is of no supported family.
    """
    backbone = backbone_of(model)
    if isinstance(backbone, Adapted):
        held = backbone._attachment.insertion.layer.__name__
        raise ValueError(f"the model already holds an adapter ({held}); remove() it first")
    if type(backbone) in _FAMILIES:
        return _FAMILIES[type(backbone)]
    supported = ", ".join(plain.__name__ for plain in _FAMILIES)
    raise ValueError(
        f"cannot insert into {type(backbone).__name__}; supported backbones: {supported}, "
        "alone or in a task model such as GPT2CausalLM; qslc_runtime.register_family adds others"
    )


def _register(plain: type[keras.Model], layout: Layout) -> None:
    """Make the adapted class, under the name that saved models know it by."""
    name = f"Adapted{plain.__name__}"
    body = {"plain": plain, "layout": layout, "__module__": __name__}
    register = keras.saving.register_keras_serializable(package="qslc_runtime")
    _FAMILIES[plain] = register(type(name, (Adapted, plain), body))


def _projections(form: str) -> MappingProxyType[str, str]:
    return MappingProxyType({name: form.format(name) for name in ("query", "key", "value")})


_PRIVATE, _PUBLIC = _projections("_{}_dense"), _projections("{}_dense")
_SHORT = MappingProxyType({"query": "q_proj", "key": "k_proj", "value": "v_proj"})
_KERAS_HUB = {
    "GPT2": Layout("_self_attention_layer", _PRIVATE, prefix=True),
    "OPT": Layout("_self_attention_layer", _PRIVATE, prefix=True),
    "Bloom": Layout("_self_attention_layer", _PRIVATE),
    "Falcon": Layout("attention_layer", _PUBLIC),
    "Llama": Layout("_self_attention_layer", _PRIVATE, prefix=True),
    "Llama3": Layout("_self_attention_layer", _PRIVATE, prefix=True),
    "Mistral": Layout("_self_attention_layer", _PRIVATE, prefix=True),
    "Mixtral": Layout("_self_attention_layer", _PUBLIC, prefix=True),
    "Qwen": Layout("_self_attention_layer", _PRIVATE, prefix=True),
    "QwenMoe": Layout("_self_attention_layer", _PUBLIC, prefix=True),
    "Qwen3": Layout("_self_attention_layer", _PRIVATE, prefix=True),
    "Qwen3Moe": Layout("_self_attention_layer", _PRIVATE, prefix=True),
    "Gemma": Layout("attention", _PUBLIC, prefix=True),
    "Gemma3": Layout("attention", _PUBLIC, prefix=True),
    "Gemma4": Layout("attention", _PUBLIC, prefix=True),
    "Phi3": Layout("attention", _PUBLIC, prefix=True),
    "SmolLM3": Layout("self_attn", _SHORT),
    "GptOss": Layout("self_attention_layer", _PUBLIC),
}
"""The decoders of KerasHub; an older KerasHub has fewer."""

for _name, _layout in _KERAS_HUB.items():
    if hasattr(keras_hub.models, f"{_name}Backbone"):
        _register(getattr(keras_hub.models, f"{_name}Backbone"), _layout)
