"""fit and generate with sublayers."""

from __future__ import annotations

import warnings

import keras
import numpy as np
import pytest
from qslc_runtime.adapters import insert

from tests.insertion.small_gpt2 import StandIn, complete, excite, logits, make_model, tokens

pytestmark = pytest.mark.slow


def batch():
    inputs = tokens(batch=8)
    return inputs, np.roll(inputs["token_ids"], -1, axis=1), inputs["padding_mask"]


def fit(model, epochs=12):
    x, y, weights = batch()
    history = model.fit(complete(model, x), y, sample_weight=weights, epochs=epochs, verbose=0)
    return history.history["loss"]


def without_cache(model, prompt, length):
    """Decode greedily, with the whole sequence for each token."""
    ids = np.array(prompt)
    for position in range(ids.shape[1], length):
        padded = np.pad(ids, ((0, 0), (0, length - position)))
        mask = np.broadcast_to(np.arange(length) < position, padded.shape).astype("int32")
        out = logits(model, {"token_ids": padded, "padding_mask": mask})
        ids = np.concatenate([ids, out[:, position - 1].argmax(-1)[:, None]], axis=1)
    return ids


def generate(model, prompt, length):
    padded = np.pad(prompt, ((0, 0), (0, length - prompt.shape[1])))
    mask = np.broadcast_to(np.arange(length) < prompt.shape[1], padded.shape)
    inputs = {"token_ids": padded.astype("int32"), "padding_mask": mask}
    tensors = {name: keras.ops.convert_to_tensor(value) for name, value in inputs.items()}
    # what `generate` calls: without a preprocessor, it cannot stack what Gemma 3 returns
    return np.asarray(model.make_generate_function()(tensors, stop_token_ids=None)["token_ids"])


def test_fit_works_before_between_and_after_without_compiling_again(model):
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="A layer's `trainable` state has changed")
        fit(model, epochs=1)
        adapter = insert(model, StandIn)
        fit(model, epochs=1)
        adapter.remove()
        fit(model, epochs=1)
    assert float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)) == pytest.approx(0.05)


def test_generate_with_the_cache_equals_generation_without(model):
    prompt = tokens(batch=2, length=4)["token_ids"]
    plain = generate(model, prompt, 12)
    adapter = insert(model, StandIn)
    excite(adapter, scale=2.0)
    adapted = generate(model, prompt, 12)
    assert np.array_equal(adapted, without_cache(model, prompt, 12))
    assert not np.array_equal(adapted, plain)
    with adapter.disabled():
        assert np.array_equal(generate(model, prompt, 12), plain)
    adapter.remove()
    assert np.array_equal(generate(model, prompt, 12), plain)


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "bfloat16"])
def test_other_dtypes(dtype):
    model = make_model(dtype=dtype)
    adapter = insert(model, StandIn)
    excite(adapter)
    fit(model, epochs=1)
    assert keras.backend.standardize_dtype(model.backbone(tokens()).dtype) == "bfloat16"
    with adapter.disabled():
        model.predict(tokens(), verbose=0)
