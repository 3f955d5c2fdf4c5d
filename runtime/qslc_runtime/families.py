"""The families of models that sublayers can be inserted into, in one table.

Other packages add families by entry points of the group ``qslc_runtime.families``, each of which
names a ``Family``. Neither this module nor the entries import Keras: saved models name a family's
class before Keras is there.
"""

from __future__ import annotations

from dataclasses import dataclass

from qslc_runtime.registry import Registry


@dataclass(frozen=True, slots=True)
class Family:
    """A family of models; all names but the first two are attributes.

    Args:
        name: Name of the family; in the table, the backbone's class is ``{name}Backbone``.
        home: Module that has this class.
        attention: Attention layer of a block.
        query: Projection of an attention layer to queries.
        key: Projection to keys.
        value: Projection to values.
        blocks: List of blocks of a backbone.
        prefix: Whether keys and values can be put before those of a sequence
            (``qslc_runtime.adapters.prefix.PrefixedAttention``).
    """

    name: str
    home: str
    attention: str
    query: str
    key: str
    value: str
    blocks: str = "transformer_layers"
    prefix: bool = False

    @property
    def projections(self) -> dict[str, str]:
        """Attributes of an attention layer, by the name of the target."""
        return {"query": self.query, "key": self.key, "value": self.value}


_KERAS_HUB = "keras_hub.models"
_PRIVATE = ("_query_dense", "_key_dense", "_value_dense")
_PUBLIC = ("query_dense", "key_dense", "value_dense")
_SHORT = ("q_proj", "k_proj", "v_proj")
_OWN = "_self_attention_layer"

FAMILIES: Registry[Family] = Registry(
    "family of models",
    (
        Family("GPT2", _KERAS_HUB, _OWN, *_PRIVATE, prefix=True),
        Family("OPT", _KERAS_HUB, _OWN, *_PRIVATE, prefix=True),
        Family("Bloom", _KERAS_HUB, _OWN, *_PRIVATE),
        Family("Falcon", _KERAS_HUB, "attention_layer", *_PUBLIC),
        Family("Llama", _KERAS_HUB, _OWN, *_PRIVATE, prefix=True),
        Family("Llama3", _KERAS_HUB, _OWN, *_PRIVATE, prefix=True),
        Family("Mistral", _KERAS_HUB, _OWN, *_PRIVATE, prefix=True),
        Family("Mixtral", _KERAS_HUB, _OWN, *_PUBLIC, prefix=True),
        Family("Qwen", _KERAS_HUB, _OWN, *_PRIVATE, prefix=True),
        Family("QwenMoe", _KERAS_HUB, _OWN, *_PUBLIC, prefix=True),
        Family("Qwen3", _KERAS_HUB, _OWN, *_PRIVATE, prefix=True),
        Family("Qwen3Moe", _KERAS_HUB, _OWN, *_PRIVATE, prefix=True),
        Family("Gemma", _KERAS_HUB, "attention", *_PUBLIC, prefix=True),
        Family("Gemma3", _KERAS_HUB, "attention", *_PUBLIC, prefix=True),
        Family("Gemma4", _KERAS_HUB, "attention", *_PUBLIC, prefix=True),
        Family("Phi3", _KERAS_HUB, "attention", *_PUBLIC, prefix=True),
        Family("SmolLM3", _KERAS_HUB, "self_attn", *_SHORT),
        Family("GptOss", _KERAS_HUB, "self_attention_layer", *_PUBLIC),
    ),
    group="qslc_runtime.families",
)
"""The decoders of KerasHub; an older KerasHub has fewer."""
