"""The full shape of gpt2_base_en, with random weights."""

from __future__ import annotations

import keras
import keras_hub
import numpy as np
import pytest
from qslc_runtime.adapters import insert

from tests.insertion.small_gpt2 import StandIn, excite

pytestmark = pytest.mark.slow


def test_gpt2_base():
    keras.utils.set_random_seed(0)
    backbone = keras_hub.models.GPT2Backbone(
        vocabulary_size=50257,
        num_layers=12,
        num_heads=12,
        hidden_dim=768,
        intermediate_dim=3072,
    )
    model = keras_hub.models.GPT2CausalLM(backbone, preprocessor=None)
    model.compile(sampler="greedy", jit_compile=False)
    adapter = insert(model, StandIn)
    per_sublayer = 4 + 4 * 768
    assert adapter.trainable_parameters == 24 * per_sublayer
    assert adapter.total_parameters == 124_439_808 + 24 * per_sublayer

    ids = np.array([[464, 2119, 318, 0, 0, 0]], "int32")
    mask = np.array([[1, 1, 1, 0, 0, 0]], "int32")
    inputs = {"token_ids": ids, "padding_mask": mask}
    base = keras.ops.convert_to_numpy(model(inputs))
    excite(adapter)
    assert base.shape == (1, 6, 50257)
    assert np.abs(keras.ops.convert_to_numpy(model(inputs)) - base).max() > 1e-4
    generated = np.asarray(model.generate(inputs, stop_token_ids=None)["token_ids"])
    assert np.array_equal(generated[:, :3], ids[:, :3])
    with adapter.disabled():
        assert np.array_equal(keras.ops.convert_to_numpy(model(inputs)), base)
