"""Prefixes in attention, against attention over real tokens and against numpy."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import ops
from qslc_runtime.adapters.adapted import find_adapted
from qslc_runtime.methods import Prefix, attach

from tests.insertion.small_families import make_family
from tests.insertion.small_gpt2 import logits, make_model, tokens
from tests.insertion.test_families import ALL, PROMPT
from tests.insertion.test_training import fit, generate, without_cache
from tests.insertion.values import copy_values, find_changed

pytestmark = pytest.mark.slow

HEADS, WIDTH, LENGTH = 2, 8, 3


def attention_of(model, block=0):
    family = find_adapted(model).family
    return getattr(model.backbone.transformer_layers[block], family.attention)


def numpy_attention(query, key, value, mask):
    """Compute softmax attention: (tokens, heads, width) each, mask (queries, tokens)."""
    scores = np.einsum("qhw,khw->hqk", query, key) / np.sqrt(query.shape[-1])
    scores = np.where(mask, scores, -np.inf)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return np.einsum("hqk,khw->qhw", weights / weights.sum(-1, keepdims=True), value)


def test_gpt2_attention_with_a_prefix_is_what_numpy_says():
    model = make_model()
    attention = attention_of(model)
    attach(model, Prefix(LENGTH, deviation=1.0), seed=3)
    x = np.random.default_rng(0).normal(size=(5, 16)).astype("float32")
    causal = np.tri(5, dtype=bool)

    def projected(dense):
        return np.einsum("td,dhw->thw", x, ops.convert_to_numpy(dense.kernel)) + dense.bias

    prefix_key, prefix_value = map(ops.convert_to_numpy, attention.sublayer.compute_key_and_value())
    mixed = numpy_attention(
        projected(attention._query_dense),
        np.concatenate([prefix_key, projected(attention._key_dense)]),
        np.concatenate([prefix_value, projected(attention._value_dense)]),
        np.concatenate([np.ones((5, LENGTH), bool), causal], axis=1),
    )
    output = attention._output_dense
    expected = np.einsum("thw,hwd->td", mixed, ops.convert_to_numpy(output.kernel)) + output.bias
    actual = attention(query=x[None], value=x[None], attention_mask=causal[None])
    np.testing.assert_allclose(actual[0], expected, atol=1e-5)


def keys_of_earlier_tokens(name, attention, x):
    """Return the keys and values of tokens that stand right before position 0."""
    before = -x.shape[1]
    if name == "GPT2":
        return attention._key_dense(x), attention._value_dense(x)
    if name == "Llama":
        key = attention.rotary_embedding_layer(attention._key_dense(x), start_index=before)
        return key, attention._value_dense(x)
    return attention._apply_rope(attention.key_dense(x), before), attention.value_dense(x)


@pytest.mark.parametrize("name", ["GPT2", "Llama", "Gemma"])
def test_a_prefix_of_real_keys_and_values_is_those_tokens(name):
    model = make_family(name)
    attention = attention_of(model)
    x = np.random.default_rng(0).normal(size=(2, LENGTH + 5, 16)).astype("float32")
    x[1, :LENGTH] = x[0, :LENGTH]  # a prefix is the same for all rows
    visible = np.tri(LENGTH + 5, dtype=bool) & np.array([[[True] * 8], [[True] * 6 + [False] * 2]])

    def attend(x, mask):
        query = {"query": x, "value": x} if name == "GPT2" else {}
        return attention(*(() if query else (x,)), **query, attention_mask=mask)

    expected = attend(x, visible)[:, LENGTH:]
    key, value = keys_of_earlier_tokens(name, attention, x[:1, :LENGTH])
    attached = attach(model, Prefix(LENGTH), blocks=[0])
    block = attention.sublayer
    block.prefix_key.assign(key[0])
    block.prefix_value.assign(value[0])
    actual = attend(x[:, LENGTH:], visible[:, LENGTH:, LENGTH:])
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-4)
    attached.remove()


@pytest.mark.parametrize(("name", "changes"), ALL)
def test_generate_with_the_cache_equals_generation_without(name, changes):
    model = make_family(name, **changes)
    if not find_adapted(model).family.prefix:
        with pytest.raises(ValueError, match="takes no prefix; attach a method that stands beside"):
            attach(model, Prefix(LENGTH))
        return
    before = logits(model, tokens())
    attached = attach(model, Prefix(LENGTH, deviation=3.0))
    assert np.abs(logits(model, tokens()) - before).max() > 1e-3
    assert np.array_equal(generate(model, PROMPT, 10), without_cache(model, PROMPT, 10))
    attached.remove()
    assert np.array_equal(logits(model, tokens()), before)


@pytest.mark.parametrize("hidden", [None, 6])
def test_fit_changes_only_the_prefix(hidden):
    model = make_model(jit_compile=True)
    base = copy_values(model.weights)
    attached = attach(model, Prefix(LENGTH, hidden=hidden), blocks=[1])
    units = HEADS * WIDTH
    both = LENGTH * units + units * 6 + 6 * 2 * units if hidden else 2 * LENGTH * units
    assert attached.trainable_parameters == both
    start = copy_values(attached.weights)
    losses = fit(model)
    assert losses[-1] < losses[0] - 0.003
    assert find_changed(attached.weights, start) == start.keys()
    ours = {id(weight) for weight in attached.weights.values()}
    assert not find_changed([w for w in model.weights if id(w) not in ours], base)


@pytest.mark.parametrize("name", ["GPT2", "Gemma"])
def test_a_saved_model_keeps_its_prefix(name, tmp_path):
    model = make_family(name)
    attach(model, Prefix(LENGTH, hidden=4, deviation=3.0))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert np.array_equal(logits(loaded, tokens()), logits(model, tokens()))


def test_other_dtypes():
    model = make_model(dtype="bfloat16")
    attach(model, Prefix(LENGTH))
    fit(model, epochs=1)
    assert keras.backend.standardize_dtype(model.backbone(tokens()).dtype) == "bfloat16"


def test_a_prefix_longer_than_the_window_stays_in_view():
    """Four tokens fit in a window of five: the window must change nothing."""
    inputs = {"token_ids": PROMPT, "padding_mask": np.ones_like(PROMPT)}
    outputs = []
    for changes in ({}, {"use_sliding_window_attention": True, "sliding_window_size": 5}):
        model = make_family("Gemma", **changes)
        attach(model, Prefix(8, deviation=3.0))
        outputs.append(logits(model, inputs))
    np.testing.assert_allclose(outputs[0], outputs[1], rtol=1e-5, atol=1e-4)
