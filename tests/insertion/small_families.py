"""A small model of each family, with grouped heads where the family has them."""

from __future__ import annotations

import keras
import keras_hub

COMMON = {"vocabulary_size": 40, "num_layers": 2, "hidden_dim": 16, "intermediate_dim": 32}
GROUPED = {"num_query_heads": 4, "num_key_value_heads": 2}
SIZES = {
    "GPT2": {"num_heads": 2, "max_sequence_length": 12, "dropout": 0.0},
    "OPT": {"num_heads": 2, "max_sequence_length": 12, "dropout": 0.0},
    "Llama": GROUPED,
    "Llama3": GROUPED,
    "Mistral": {**GROUPED, "sliding_window": 5},
    "Qwen": GROUPED,
    "Gemma": {**GROUPED, "head_dim": 8},
    "Phi3": GROUPED,
}
GEMMA2 = {
    **SIZES["Gemma"],
    "use_sliding_window_attention": True,
    "sliding_window_size": 5,
    "attention_logit_soft_cap": 50,
    "use_post_ffw_norm": True,
    "use_post_attention_norm": True,
}


def make_family(name, **changes):
    """A ``...CausalLM`` with random weights, the same each time."""
    keras.utils.set_random_seed(7)
    backbone_class = getattr(keras_hub.models, f"{name}Backbone")
    backbone = backbone_class(**{**COMMON, **SIZES[name], **changes})
    model = getattr(keras_hub.models, f"{name}CausalLM")(backbone, preprocessor=None)
    for weight in model.weights:
        if len(weight.shape) > 1:  # the usual start is so small that every answer is the same token
            weight.assign(weight * 6)
    model.compile(
        optimizer=keras.optimizers.Adam(0.05),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        sampler="greedy",
    )
    return model
