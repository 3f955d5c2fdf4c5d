"""The families of models that sublayers can be inserted into, one registered class each."""

from __future__ import annotations

from types import MappingProxyType

import keras
from keras.saving import register_keras_serializable
from keras_hub.models import (
    GemmaBackbone,
    GPT2Backbone,
    Llama3Backbone,
    LlamaBackbone,
    MistralBackbone,
    OPTBackbone,
    Phi3Backbone,
    QwenBackbone,
)

from qslc_runtime.insertion.adapted import Adapted
from qslc_runtime.insertion.attach import backbone_of
from qslc_runtime.insertion.layout import Layout

_DECODER = Layout(
    attention="_self_attention_layer",
    projections=MappingProxyType(
        {"query": "_query_dense", "key": "_key_dense", "value": "_value_dense"}
    ),
)
_PUBLIC = Layout(
    attention="attention",
    projections=MappingProxyType(
        {"query": "query_dense", "key": "key_dense", "value": "value_dense"}
    ),
)
_register = register_keras_serializable(package="qslc_runtime")


@_register
class AdaptedGPT2Backbone(Adapted, GPT2Backbone):  # type: ignore[misc]
    plain = GPT2Backbone
    layout = _DECODER


@_register
class AdaptedOPTBackbone(Adapted, OPTBackbone):  # type: ignore[misc]
    plain = OPTBackbone
    layout = _DECODER


@_register
class AdaptedLlamaBackbone(Adapted, LlamaBackbone):  # type: ignore[misc]
    plain = LlamaBackbone
    layout = _DECODER


@_register
class AdaptedLlama3Backbone(Adapted, Llama3Backbone):  # type: ignore[misc]
    plain = Llama3Backbone
    layout = _DECODER


@_register
class AdaptedMistralBackbone(Adapted, MistralBackbone):  # type: ignore[misc]
    plain = MistralBackbone
    layout = _DECODER


@_register
class AdaptedQwenBackbone(Adapted, QwenBackbone):  # type: ignore[misc]
    plain = QwenBackbone
    layout = _DECODER


@_register
class AdaptedGemmaBackbone(Adapted, GemmaBackbone):  # type: ignore[misc]
    plain = GemmaBackbone
    layout = _PUBLIC


@_register
class AdaptedPhi3Backbone(Adapted, Phi3Backbone):  # type: ignore[misc]
    plain = Phi3Backbone
    layout = _PUBLIC


FAMILIES: tuple[type[Adapted], ...] = tuple(Adapted.__subclasses__())


def family_of(model: keras.Model) -> type[Adapted]:
    """The adapted class for a model without adapter.

    Raises:
        ValueError: it holds one, or is of no supported family.
    """
    backbone = backbone_of(model)
    if isinstance(backbone, Adapted):
        held = backbone._attachment.insertion.layer.__name__
        raise ValueError(f"the model already holds an adapter ({held}); remove() it first")
    for family in FAMILIES:
        if type(backbone) is family.plain:
            return family
    supported = ", ".join(family.plain.__name__ for family in FAMILIES)
    raise ValueError(
        f"cannot insert into {type(backbone).__name__}; supported backbones: {supported}, "
        "alone or in a task model such as GPT2CausalLM"
    )
