"""A small model of each family, with grouped heads where the family has them."""

from __future__ import annotations

import keras
import keras_hub

COMMON = {"vocabulary_size": 40, "num_layers": 2, "hidden_dim": 16, "intermediate_dim": 32}
GROUPED = {"num_query_heads": 4, "num_key_value_heads": 2}
EXPERTS = {"num_experts": 3, "top_k": 2}
SIZES = {
    "GPT2": {"num_heads": 2, "max_sequence_length": 12, "dropout": 0.0},
    "OPT": {"num_heads": 2, "max_sequence_length": 12, "dropout": 0.0},
    "Llama": GROUPED,
    "Llama3": GROUPED,
    "Mistral": {**GROUPED, "sliding_window": 5},
    "Qwen": GROUPED,
    "Gemma": {**GROUPED, "head_dim": 8},
    "Phi3": GROUPED,
    "Bloom": {"num_heads": 2},
    "Falcon": {"num_attention_heads": 2},
    "Mixtral": {**GROUPED, **EXPERTS, "sliding_window": 5},
    "Qwen3": {**GROUPED, "head_dim": 8},
    "QwenMoe": {
        **GROUPED,
        **EXPERTS,
        "moe_intermediate_dim": 8,
        "shared_expert_intermediate_dim": 8,
    },
    "Qwen3Moe": {**GROUPED, **EXPERTS, "head_dim": 8, "moe_intermediate_dim": 8},
    "Gemma3": {**GROUPED, "head_dim": 8, "image_size": None},
    "Gemma4": {**GROUPED, "head_dim": 8, "image_size": None},
    "SmolLM3": {
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "attention_bias": False,
        "attention_dropout": 0.0,
        "rope_layer_enabled_list": [True, False],
        "layer_types": ["full_attention"] * 2,
        "mlp_bias": False,
        "layer_norm_epsilon": 1e-6,
        "max_position_embeddings": 12,
        "rope_theta": 1e4,
        "partial_rotary_factor": 1.0,
    },
    "GptOss": {**GROUPED, **EXPERTS, "head_dim": 8, "sliding_window": 5},
}
SIZES = {name: size for name, size in SIZES.items() if hasattr(keras_hub.models, f"{name}Backbone")}
GEMMA2 = {
    **SIZES["Gemma"],
    "use_sliding_window_attention": True,
    "sliding_window_size": 5,
    "attention_logit_soft_cap": 50,
    "use_post_ffw_norm": True,
    "use_post_attention_norm": True,
}


def make_family(name, **changes):
    """Make a ``...CausalLM`` with random weights, the same each time."""
    keras.utils.set_random_seed(7)
    backbone_class = getattr(keras_hub.models, f"{name}Backbone")
    backbone = backbone_class(**{**COMMON, **SIZES[name], **changes})
    model = getattr(keras_hub.models, f"{name}CausalLM")(backbone=backbone, preprocessor=None)
    for weight in model.weights:
        if len(weight.shape) > 1:  # the usual start is so small that every answer is the same token
            weight.assign(weight * 6)
    model.compile(
        optimizer=keras.optimizers.Adam(0.05),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        sampler="greedy",
    )
    return model
