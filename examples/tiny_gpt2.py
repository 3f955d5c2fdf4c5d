"""A small GPT-2 and its tokenizer, trained from scratch: a base model without a download."""

from __future__ import annotations

import json
from collections.abc import Sequence

import keras
import keras_hub
import numpy as np
from records import Pair
from tokenizers import ByteLevelBPETokenizer

ARROW = " =>"
END = "<|endoftext|>"
LENGTH = 64


def train_tokenizer(texts: Sequence[str], vocabulary_size: int = 640):
    """Train a GPT-2 tokenizer whose byte-pair merges are those of the texts."""
    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(texts, vocabulary_size, special_tokens=[END], show_progress=False)
    model = json.loads(bpe.to_str())["model"]
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    return keras_hub.models.GPT2Tokenizer(vocabulary=model["vocab"], merges=merges)


def format_pair(pair: Pair) -> str:
    return f"{pair.record}{ARROW} {pair.sentence}"


def build(vocabulary_size: int, width: int = 64, blocks: int = 2, learning_rate: float = 2e-3):
    """Build a GPT-2 causal language model with random weights."""
    backbone = keras_hub.models.GPT2Backbone(
        vocabulary_size=vocabulary_size,
        num_layers=blocks,
        num_heads=4,
        hidden_dim=width,
        intermediate_dim=4 * width,
        dropout=0.0,
        max_sequence_length=LENGTH,
    )
    model = keras_hub.models.GPT2CausalLM(backbone, preprocessor=None)
    compile_model(model, learning_rate)
    return model


def compile_model(model, learning_rate: float) -> None:
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        weighted_metrics=[],
        jit_compile=False,  # XLA on a CPU is slower here, and some versions of Keras choose it
        sampler="greedy",
    )


def make_examples(tokenizer, pairs: Sequence[Pair], *, whole: bool = False):
    """Return inputs, targets and target weights for ``fit``: (count, LENGTH) each.

    The loss is the mean over the sentence and the end token, in nats; with ``whole`` over the
    record too. Every pair counts alike.
    """
    end = tokenizer.token_to_id(END)
    ids = np.full((len(pairs), LENGTH + 1), end, "int32")
    weights = np.zeros((len(pairs), LENGTH), "float32")
    prompts = tokenizer([pair.record + ARROW for pair in pairs])
    texts = tokenizer([format_pair(pair) for pair in pairs])
    for row, (prompt, full) in enumerate(zip(prompts, texts, strict=True)):
        count = min(len(full), LENGTH)
        ids[row, :count] = full[:count]
        weights[row, 0 if whole else len(prompt) - 1 : count] = 1
    mask = (np.arange(LENGTH) <= weights.cumsum(1).argmax(1)[:, None]).astype("int32")
    weights *= LENGTH / weights.sum(1, keepdims=True)
    return {"token_ids": ids[:, :-1], "padding_mask": mask}, ids[:, 1:], weights


def complete(model, tokenizer, record: str) -> str:
    """Return the sentence that the model writes for a record, greedily."""
    end = tokenizer.token_to_id(END)
    prompt = np.asarray(tokenizer(record + ARROW), "int32")
    ids = np.full((1, LENGTH), end, "int32")
    ids[0, : len(prompt)] = prompt
    mask = (np.arange(LENGTH) < len(prompt)).astype("int32")[None]
    out = model.generate({"token_ids": ids, "padding_mask": mask}, stop_token_ids=None)
    written = np.asarray(out["token_ids"])[0, len(prompt) :]
    stop = np.flatnonzero(written == end)
    return str(tokenizer.detokenize(written[: stop[0]] if len(stop) else written)).strip()
