"""The families of models that sublayers can be inserted into, in one table.

Other packages add families by entry points of the group ``qslc_runtime.families``, each of which
names a ``Family``. Neither this module nor the entries import Keras: saved models name a family's
class before Keras is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from qslc_runtime.registry import Registry


@dataclass(frozen=True, slots=True)
class Family:
    """A family of models: the attributes that hold its projections.

    A target is the name of a projection for users. Paths join attributes by dots.

    Args:
        name: Name of the family; in the table, the backbone's class is ``{name}Backbone``.
        home: Module that has this class.
        attention: Path from a block to its attention layer; None: the block itself has query, key
            and value.
        query: Path from the attention layer to its projection to queries; None if it has none.
        key: Path to its projection to keys.
        value: Path to its projection to values.
        blocks: Path from a backbone to the list of its blocks.
        prefix: Whether keys and values can be put before those of a sequence
            (``qslc_runtime.adapters.prefix.PrefixedAttention``).
        targets: Paths from a block to further projections, by target.
        refusals: Why a target of other families is none here, by target.
    """

    name: str
    home: str
    attention: str | None = None
    query: str | None = None
    key: str | None = None
    value: str | None = None
    blocks: str = "transformer_layers"
    prefix: bool = False
    targets: Mapping[str, str] = field(default_factory=dict)
    refusals: Mapping[str, str] = field(default_factory=dict)

    @property
    def projections(self) -> dict[str, str]:
        """Paths from a block to its projections, by target."""
        own = {"query": self.query, "key": self.key, "value": self.value}
        start = f"{self.attention}." if self.attention else ""
        found = {target: f"{start}{path}" for target, path in own.items() if path}
        return {**found, **self.targets}


_PRIVATE = ("_query_dense", "_key_dense", "_value_dense")
_PUBLIC = ("query_dense", "key_dense", "value_dense")
_SHORT = ("q_proj", "k_proj", "v_proj")
_OWN = "_self_attention_layer"

_OUTPUT = {"output": f"{_OWN}._output_dense"}
_PLAIN = {
    **_OUTPUT,
    "mlp_up": "_feedforward_intermediate_dense",
    "mlp_down": "_feedforward_output_dense",
}
_GATED = {**_PLAIN, "mlp_gate": "_feedforward_gate_dense"}
_BLOOM = {**_OUTPUT, "mlp_up": "_mlp_intermediate_dense", "mlp_down": "_mlp_output_dense"}
_FALCON = {
    "output": "attention_layer.output_dense",
    "mlp_up": "dense_h_to_4h",
    "mlp_down": "dense_4h_to_h",
}
_GEMMA = {
    "output": "attention.output_dense",
    "mlp_up": "gating_ffw_2",
    "mlp_down": "ffw_linear",
    "mlp_gate": "gating_ffw",
}
_PHI3 = {
    "output": "attention.output_dense",
    "mlp_up": "feedforward_intermediate_dense",
    "mlp_down": "feedforward_output_dense",
    "mlp_gate": "feedforward_gate_dense",
}
_SMOLLM3 = {
    "output": "self_attn.o_proj",
    "mlp_up": "mlp.up_proj",
    "mlp_down": "mlp.down_proj",
    "mlp_gate": "mlp.gate_proj",
}

_MLP = ("mlp_up", "mlp_down", "mlp_gate")
_NO_GATE = {"mlp_gate": "its MLP has no gate"}
_EXPERTS = dict.fromkeys(
    _MLP, "its MLP is a bank of experts in one tensor, and a layer stands beside one matrix"
)
_NOT_CALLED = dict.fromkeys(
    _MLP, "its blocks read the kernels of their MLP, and do not call what would stand there"
)


def _keras_hub(
    name: str,
    attention: str,
    names: tuple[str, str, str],
    targets: Mapping[str, str],
    refusals: Mapping[str, str] | None = None,
    *,
    prefix: bool = False,
) -> Family:
    home, said = "keras_hub.models", refusals or {}
    return Family(name, home, attention, *names, prefix=prefix, targets=targets, refusals=said)


FAMILIES: Registry[Family] = Registry(
    "family of models",
    (
        _keras_hub("GPT2", _OWN, _PRIVATE, _PLAIN, _NO_GATE, prefix=True),
        _keras_hub("OPT", _OWN, _PRIVATE, _PLAIN, _NO_GATE, prefix=True),
        _keras_hub("Bloom", _OWN, _PRIVATE, _BLOOM, _NO_GATE),
        _keras_hub("Falcon", "attention_layer", _PUBLIC, _FALCON, _NO_GATE),
        _keras_hub("Llama", _OWN, _PRIVATE, _GATED, prefix=True),
        _keras_hub("Llama3", _OWN, _PRIVATE, _GATED, prefix=True),
        _keras_hub("Mistral", _OWN, _PRIVATE, _GATED, prefix=True),
        _keras_hub(
            "Mixtral", _OWN, _PUBLIC, {"output": f"{_OWN}.output_dense"}, _EXPERTS, prefix=True
        ),
        _keras_hub("Qwen", _OWN, _PRIVATE, _GATED, prefix=True),
        _keras_hub("QwenMoe", _OWN, _PUBLIC, _OUTPUT, _EXPERTS, prefix=True),
        _keras_hub("Qwen3", _OWN, _PRIVATE, _GATED, prefix=True),
        _keras_hub("Qwen3Moe", _OWN, _PRIVATE, _OUTPUT, _EXPERTS, prefix=True),
        _keras_hub("Gemma", "attention", _PUBLIC, _GEMMA, prefix=True),
        _keras_hub("Gemma3", "attention", _PUBLIC, _GEMMA, prefix=True),
        _keras_hub(
            "Gemma4",
            "attention",
            _PUBLIC,
            {"output": "attention.output_dense"},
            _NOT_CALLED,
            prefix=True,
        ),
        _keras_hub("Phi3", "attention", _PUBLIC, _PHI3, prefix=True),
        _keras_hub("SmolLM3", "self_attn", _SHORT, _SMOLLM3),
        _keras_hub(
            "GptOss",
            "self_attention_layer",
            _PUBLIC,
            {"output": "self_attention_layer.output_dense"},
            _EXPERTS,
        ),
    ),
    group="qslc_runtime.families",
)
"""The decoders of KerasHub; an older KerasHub has fewer."""
