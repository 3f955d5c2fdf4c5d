"""The same calls for every family of models."""

from __future__ import annotations

import keras
import keras_hub
import numpy as np
import pytest
from qslc_runtime import insert, load_adapter
from qslc_runtime.insertion.families import families

from tests.insertion.small_families import GEMMA2, SIZES, make_family
from tests.insertion.small_gpt2 import StandIn, excite, logits, tokens
from tests.insertion.test_training import fit, generate, without_cache

pytestmark = pytest.mark.slow

ALL = [pytest.param(name, {}, id=name) for name in SIZES]
ALL.append(pytest.param("Gemma", GEMMA2, id="Gemma2"))
PROMPT = tokens(batch=2, length=4)["token_ids"]
TARGETS = ("query", "key", "value")


def test_every_family_is_tested():
    tested = {getattr(keras_hub.models, f"{name}Backbone") for name in SIZES}
    assert {family.plain for family in families()} == tested


@pytest.mark.parametrize(("name", "changes"), ALL)
def test_insert_generate_remove(name, changes):
    model = make_family(name, **changes)
    before = logits(model, tokens())
    adapter = insert(model, StandIn, TARGETS)
    assert np.array_equal(logits(model, tokens()), before)
    excite(adapter, scale=2.0)
    assert np.abs(logits(model, tokens()) - before).max() > 1e-3
    assert np.array_equal(generate(model, PROMPT, 10), without_cache(model, PROMPT, 10))
    with adapter.disabled():
        assert np.array_equal(logits(model, tokens()), before)
    adapter.remove()
    assert np.array_equal(logits(model, tokens()), before)


@pytest.mark.parametrize("name", SIZES)
def test_only_the_sublayers_train(name):
    model = make_family(name)
    base = {weight.path: keras.ops.convert_to_numpy(weight) for weight in model.weights}
    adapter = insert(model, StandIn, TARGETS)
    losses = fit(model)
    assert losses[-1] < losses[0] - 0.01
    adapted = {id(weight) for weight in adapter.weights.values()}
    after = {weight.path: weight for weight in model.weights if id(weight) not in adapted}
    assert after.keys() == base.keys()
    for path, value in base.items():
        assert np.array_equal(keras.ops.convert_to_numpy(after[path]), value), path


@pytest.mark.parametrize("name", SIZES)
def test_adapters_and_whole_models_are_saved(name, tmp_path):
    model = make_family(name)
    adapter = insert(model, StandIn, TARGETS)
    excite(adapter)
    adapter.save(tmp_path / "adapter.safetensors")
    model.save(tmp_path / "model.keras")
    expected = logits(model, tokens())
    again = make_family(name)
    load_adapter(again, tmp_path / "adapter.safetensors", StandIn)
    assert np.array_equal(logits(again, tokens()), expected)
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert np.array_equal(logits(loaded, tokens()), expected)


def test_sublayers_are_as_wide_as_their_projections():
    weights = insert(make_family("Gemma"), StandIn, TARGETS, blocks=[0]).weights
    widths = {path: weight.shape[1] for path, weight in weights.items() if path.endswith("up")}
    assert widths == {
        "decoder_block_0/query/up": 4 * 8,
        "decoder_block_0/key/up": 2 * 8,
        "decoder_block_0/value/up": 2 * 8,
    }
