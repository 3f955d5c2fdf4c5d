"""A small GPT-2 and a small layer with the interface of a generated one."""

from __future__ import annotations

import keras
import keras_hub
import numpy as np
from keras import ops

SIZES = {
    "vocabulary_size": 40,
    "num_layers": 2,
    "num_heads": 2,
    "hidden_dim": 16,
    "intermediate_dim": 32,
    "max_sequence_length": 12,
    "dropout": 0.0,
}


@keras.saving.register_keras_serializable(package="qslc.000000000000")
class StandIn(keras.layers.Layer):
    """cos(x + theta) of the first four features, projected up: nonlinear, smooth and cheap."""

    DIGEST = "sha256:" + "0" * 64

    def __init__(self, units, *, trainable_up=True, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.trainable_up = trainable_up
        self.seed = seed

    def build(self, input_shape):
        if input_shape[-1] < 4:
            raise ValueError("needs 4 features")
        uniform = keras.initializers.RandomUniform(-3, 3, seed=self.seed)
        self.theta = self.add_weight(name="theta", shape=(4,), initializer=uniform)
        self.up = self.add_weight(
            name="up", shape=(4, self.units), initializer="zeros", trainable=self.trainable_up
        )

    def call(self, x):
        return ops.matmul(ops.cos(x[..., :4] + self.theta), self.up)


def make_backbone(**changes):
    keras.utils.set_random_seed(7)
    return keras_hub.models.GPT2Backbone(**{**SIZES, **changes})


def make_model(jit_compile="auto", **changes):
    model = keras_hub.models.GPT2CausalLM(make_backbone(**changes), preprocessor=None)
    model.compile(
        optimizer=keras.optimizers.Adam(0.05),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        sampler="greedy",
        jit_compile=jit_compile,
    )
    return model


def tokens(batch=3, length=12, seed=0):
    """Draw model inputs whose padding masks differ from row to row."""
    rng = np.random.default_rng(seed)
    return {
        "token_ids": rng.integers(1, 40, (batch, length)).astype("int32"),
        "padding_mask": (np.arange(length) < length - np.arange(batch)[:, None]).astype("int32"),
    }


def excite(adapter, scale=0.5):
    """Give every weight of the sublayers a value: zero up-projections would hide the sublayers."""
    rng = np.random.default_rng(1)
    for weight in adapter.weights.values():
        weight.assign(scale * rng.standard_normal(weight.shape))


def complete(model, inputs):
    """Return the inputs, with the positions of the tokens for a family that takes them."""
    if all(tensor.name != "position_ids" for tensor in model.inputs):
        return inputs
    rows, length = inputs["token_ids"].shape
    return {**inputs, "position_ids": np.tile(np.arange(length, dtype="int32"), (rows, 1))}


def logits(model, inputs):
    return ops.convert_to_numpy(model(complete(model, inputs)))
