"""Make the steps: of training with sublayers or LoRA, and of writing with them folded or merged."""

from __future__ import annotations

from typing import Any

import keras
import keras_hub
import numpy as np
from qslc_runtime.methods import Lora, Sublayer, attach

from benchmarks.layer_speed.contenders import Step
from benchmarks.training_step.arms import ARMS, BUILD, SHAPES, Shape

PROMPT, WRITTEN = 16, 16
"""Tokens of a step of writing: those given, those written."""

COMPILED = keras.config.backend() == "jax"
"""Whether XLA compiles a step: TensorFlow is faster without on a CPU, JAX is nothing without."""


def make_step(contender: str, case: str) -> Step:
    """Make the step of a contender.

    Args:
        contender: Name of an arm, or "lora_" and a rank.
        case: "training" or "writing", and the model behind a colon.
    """
    kind, _, shape = case.partition(":")
    model = _make_model(SHAPES[shape])
    adapter = _adapt(model, contender, shape)
    if kind == "training":
        return _make_training_step(model, SHAPES[shape])
    if contender.startswith("lora_"):
        adapter.merge_into_base()
    else:
        adapter.fold()
    return _make_writing_step(model)


def _make_model(shape: Shape) -> keras.Model:
    keras.utils.set_random_seed(0)
    backbone = getattr(keras_hub.models, f"{shape.family}Backbone")(**shape.arguments)
    return getattr(keras_hub.models, f"{shape.family}CausalLM")(backbone, preprocessor=None)


def _adapt(model: keras.Model, contender: str, shape: str) -> Any:
    if contender.startswith("lora_"):
        return attach(model, Lora(int(contender.removeprefix("lora_"))))
    arm = ARMS[shape][contender]
    return attach(model, Sublayer(BUILD / arm.spec, arm.options), targets=arm.targets)


def _make_training_step(model: keras.Model, shape: Shape) -> Step:
    model.compile(
        optimizer=keras.optimizers.Adam(1e-3),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=COMPILED,
    )
    vocabulary, size = shape.arguments["vocabulary_size"], (shape.batch, shape.length + 1)
    ids = np.random.default_rng(0).integers(0, vocabulary, size).astype("int32")
    x = {"token_ids": ids[:, :-1], "padding_mask": np.ones((shape.batch, shape.length), "int32")}
    return lambda: model.train_on_batch(x, ids[:, 1:])


def _make_writing_step(model: keras.Model) -> Step:
    model.compile(sampler="greedy", jit_compile=COMPILED)
    mask = (np.arange(PROMPT + WRITTEN) < PROMPT).astype("int32")[None]
    inputs = {"token_ids": np.ones((1, PROMPT + WRITTEN), "int32"), "padding_mask": mask}
    return lambda: model.generate(inputs, stop_token_ids=None)
