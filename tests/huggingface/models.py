"""Small random models of ``transformers``, and a compiled layer for them."""

from __future__ import annotations

import numpy as np
import torch
import transformers

import qslc

WIDTH, TOKENS = 16, 40
_SIZES = {"vocab_size": TOKENS, "max_position_embeddings": 32, "pad_token_id": 0}
_LLAMA = {
    **_SIZES,
    "hidden_size": WIDTH,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "tie_word_embeddings": False,
}
_GPT2 = {**_SIZES, "n_embd": WIDTH, "n_layer": 2, "n_head": 2}
_NO_DROPOUT = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}


def make_llama(**changes):
    torch.manual_seed(0)
    config = transformers.LlamaConfig(**{**_LLAMA, **changes})
    return _spread(transformers.LlamaForCausalLM(config))


def make_gpt2(**changes):
    torch.manual_seed(0)
    config = transformers.GPT2Config(**{**_GPT2, **_NO_DROPOUT, **changes})
    return _spread(transformers.GPT2LMHeadModel(config))


MAKERS = {"gpt2": make_gpt2, "llama": make_llama}


def _spread(model):
    """Enlarge the weights: with the usual start every answer is the same token."""
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim > 1:
                weight.mul_(6)
    return model.eval()


def compile_layer(folder, project="learned"):
    """Compile a small sublayer, and return its folder."""
    spec = qslc.sublayer("small", qubits=3).amplitude(features=8, project=project)
    qslc.compile(spec.layers(1, pattern="linear")).save(folder)
    return folder


def tokens(rows=3, length=9, seed=0):
    drawn = np.random.default_rng(seed).integers(1, TOKENS, (rows, length))
    return {
        "input_ids": torch.from_numpy(drawn),
        "attention_mask": torch.ones((rows, length), dtype=torch.int64),
    }


def logits(model, batch=None):
    with torch.no_grad():
        return model(**(batch or tokens())).logits


def excite(adapter, scale=0.5, seed=1):
    """Give every weight that trains a value: zero up-projections would hide the sublayers."""
    rng = np.random.default_rng(seed)
    for _, weight in sorted(adapter.weights.items()):
        if weight.trainable:
            weight.assign(scale * rng.standard_normal(weight.shape))
