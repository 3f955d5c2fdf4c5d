"""Contenders on GPT-2 in the base shape with random weights."""

from __future__ import annotations

from typing import Any

import keras
import keras_hub
import numpy as np
from qslc_runtime.methods import attach

from benchmarks.layer_speed.cases import RANK, Case
from benchmarks.layer_speed.contenders import Step
from benchmarks.layer_speed.contenders.models import load_layer

BATCH, LENGTH = 8, 128
PROMPT, WRITTEN = 16, 16
COMPILED = keras.config.backend() == "jax"
"""Whether XLA compiles a step: TensorFlow is faster without on a CPU, JAX is nothing without."""


def run_lora(case: Case, tokens: int) -> Step:
    """Make a step with LoRA of rank 8 on query and value."""
    del case
    model = _make_model()
    model.backbone.enable_lora(RANK)
    return _make_step(model, tokens)


def run_sublayer(case: Case, tokens: int) -> Step:
    """Make a step with a quantum sublayer on query and value."""
    model = _make_model()
    attach(model, load_layer(case))
    return _make_step(model, tokens)


def _make_step(model: keras_hub.models.GPT2CausalLM, tokens: int) -> Step:
    return _make_training_step(model) if tokens > WRITTEN else _make_writing_step(model)


def _make_model() -> keras_hub.models.GPT2CausalLM:
    keras.utils.set_random_seed(0)
    backbone = keras_hub.models.GPT2Backbone(
        vocabulary_size=50257,
        num_layers=12,
        num_heads=12,
        hidden_dim=768,
        intermediate_dim=3072,
    )
    return keras_hub.models.GPT2CausalLM(backbone, preprocessor=None)


def _make_training_step(gpt2: keras_hub.models.GPT2CausalLM) -> Step:
    """Make a step on a batch of ``BATCH`` texts of ``LENGTH`` tokens."""
    gpt2.compile(
        optimizer=keras.optimizers.Adam(1e-3),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=COMPILED,
    )
    ids = np.random.default_rng(0).integers(0, 50257, (BATCH, LENGTH + 1)).astype("int32")
    x = {"token_ids": ids[:, :-1], "padding_mask": np.ones((BATCH, LENGTH), "int32")}
    return lambda: gpt2.train_on_batch(x, ids[:, 1:])


def _make_writing_step(gpt2: keras_hub.models.GPT2CausalLM) -> Step:
    """Make a step that writes ``WRITTEN`` tokens behind a prompt of ``PROMPT``."""
    gpt2.compile(sampler="greedy", jit_compile=COMPILED)
    ids = np.ones((1, PROMPT + WRITTEN), "int32")
    mask = (np.arange(PROMPT + WRITTEN) < PROMPT).astype("int32")[None]
    inputs: dict[str, Any] = {"token_ids": ids, "padding_mask": mask}
    return lambda: gpt2.generate(inputs, stop_token_ids=None)
