"""The same calls for every family of models."""

from __future__ import annotations

import keras
import keras_hub
import numpy as np
import pytest
from qslc_runtime import insert, load_adapter, register_family
from qslc_runtime.families import FAMILIES
from qslc_runtime.methods import Prefix, attach

from tests.insertion.small_families import GEMMA2, SIZES, make_family
from tests.insertion.small_gpt2 import StandIn, excite, logits, tokens
from tests.insertion.test_training import fit, generate, without_cache
from tests.insertion.values import copy_values, find_changed

pytestmark = pytest.mark.slow

ALL = [pytest.param(name, {}, id=name) for name in SIZES]
ALL.append(pytest.param("Gemma", GEMMA2, id="Gemma2"))
PROMPT = tokens(batch=2, length=4)["token_ids"]
TARGETS = ("query", "key", "value")


def test_every_family_is_tested():
    known = {name for name in FAMILIES if hasattr(keras_hub.models, f"{name}Backbone")}
    assert known == set(SIZES)


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
def test_only_the_sublayers_train_and_all_is_saved(name, tmp_path):
    model = make_family(name)
    base = copy_values(model.weights)
    adapter = insert(model, StandIn, TARGETS)
    losses = fit(model, epochs=4)
    assert losses[-1] < losses[0] - 0.002
    ours = {id(weight) for weight in adapter.weights.values()}
    assert not find_changed([w for w in model.weights if id(w) not in ours], base)
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


class OwnAttention(keras.layers.Layer):
    """Attention of one head over all tokens, whose projections end in one axis."""

    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.q, self.k, self.v = (keras.layers.Dense(width, name=name) for name in "qkv")

    def build(self, input_shape):
        for dense in (self.q, self.k, self.v):
            dense.build(input_shape)

    def call(self, x):
        scores = keras.ops.matmul(self.q(x), keras.ops.swapaxes(self.k(x), 1, 2))
        return x + keras.ops.matmul(keras.ops.softmax(scores), self.v(x))


class OwnBlock(keras.layers.Layer):
    def __init__(self, width, own_attention=True, **kwargs):
        super().__init__(**kwargs)
        self.inner = OwnAttention(width) if own_attention else keras.layers.Dense(width)

    def build(self, input_shape):
        self.inner.build(input_shape)
        if isinstance(self.inner, OwnAttention):
            self.attend = self.inner

    def call(self, x):
        return self.inner(x)


@keras.saving.register_keras_serializable(package="test_families")
class OwnBackbone(keras.Model):
    """A subclassed model of no library; its second block has no attention."""

    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.embed = keras.layers.Embedding(40, width)
        self.stages = [OwnBlock(width), OwnBlock(width, own_attention=False), OwnBlock(width)]

    def build(self, input_shape):
        self.embed.build(input_shape)
        for stage in self.stages:
            stage.build((*input_shape, self.width))

    def call(self, tokens):
        x = self.embed(tokens)
        for stage in self.stages:
            x = stage(x)
        return x

    def get_config(self):
        return {"width": self.width, "name": self.name}


@pytest.fixture
def own():
    keras.utils.set_random_seed(7)
    register_family(OwnBackbone, blocks="stages", attention="attend", query="q", key="k", value="v")
    model = OwnBackbone(16)
    model.build((None, 5))
    return model


def test_a_family_of_ones_own(own, tmp_path):
    ids = tokens(length=5)["token_ids"]
    before = keras.ops.convert_to_numpy(own(ids))
    adapter = insert(own, StandIn, TARGETS)
    assert {path.split("/")[0] for path in adapter.weights} == {"own_block", "own_block_2"}
    excite(adapter)
    adapted = keras.ops.convert_to_numpy(own(ids))
    assert np.abs(adapted - before).max() > 1e-3
    own.save(tmp_path / "own.keras")
    loaded = keras.saving.load_model(tmp_path / "own.keras", safe_mode=True)
    assert np.array_equal(loaded(ids), adapted)
    adapter.remove()
    assert np.array_equal(own(ids), before)


def test_what_a_family_has_not_is_said(own):
    with pytest.raises(ValueError, match="block 1 has no projection 'query': leave it out"):
        insert(own, StandIn, "query", blocks=[0, 1])
    with pytest.raises(ValueError, match="OwnAttention takes no prefix"):
        attach(own, Prefix(3))
    with pytest.raises(ValueError, match=r"qslc_runtime\.register_family adds others"):
        insert(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]), StandIn)


@pytest.mark.parametrize(
    ("backbone", "names", "message"),
    [
        ("OwnBackbone", {}, "must be a class of Keras models"),
        (OwnBackbone, {"query": ["q"]}, r"names of attributes; got \['q'\]"),
    ],
)
def test_a_family_is_described_rightly(backbone, names, message):
    described = {"attention": "attend", "query": "q", "key": "k", "value": "v", **names}
    with pytest.raises(TypeError, match=message):
        register_family(backbone, **described)
