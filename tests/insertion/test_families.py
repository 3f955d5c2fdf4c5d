"""The same calls for every family of models."""

from __future__ import annotations

import keras
import keras_hub
import numpy as np
import pytest
from qslc_runtime import insert, load_adapter, register_family
from qslc_runtime.families import FAMILIES
from qslc_runtime.methods import Lora, Prefix, attach

from tests.insertion.small_families import GEMMA2, SIZES, make_family
from tests.insertion.small_gpt2 import StandIn, excite, logits, tokens
from tests.insertion.test_training import fit, generate, without_cache
from tests.insertion.values import copy_values, find_changed

pytestmark = pytest.mark.slow

ONE_OF_EACH = {
    (f.attention, f.query): f.name for f in FAMILIES.values() if f.name in SIZES
}.values()
"""A family for each way to hold projections."""
ALL = [pytest.param(name, {}, id=name) for name in SIZES]
ALL.append(pytest.param("Gemma", GEMMA2, id="Gemma2"))
PROMPT = tokens(batch=2, length=4)["token_ids"]
TARGETS = ("query", "key", "value")
MLP = ("mlp_up", "mlp_down", "mlp_gate")
LACKING = {  # the MLPs of the others have all three
    **dict.fromkeys(("GPT2", "OPT", "Bloom", "Falcon"), ("mlp_gate",)),
    **dict.fromkeys(("Mixtral", "QwenMoe", "Qwen3Moe", "GptOss", "Gemma4"), MLP),
}


def test_every_family_is_tested():
    known = {name for name in FAMILIES if hasattr(keras_hub.models, f"{name}Backbone")}
    assert known == set(SIZES)


@pytest.mark.parametrize(("name", "changes"), ALL)
def test_insert_generate_remove(name, changes):
    model = make_family(name, **changes)
    before = logits(model, tokens())
    adapter = insert(model, StandIn, tuple(FAMILIES[name].projections))
    assert np.array_equal(logits(model, tokens()), before)
    excite(adapter, scale=2.0)
    assert np.abs(logits(model, tokens()) - before).max() > 1e-3
    assert np.array_equal(generate(model, PROMPT, 10), without_cache(model, PROMPT, 10))
    with adapter.disabled():
        assert np.array_equal(logits(model, tokens()), before)
    adapter.remove()
    assert np.array_equal(logits(model, tokens()), before)


@pytest.mark.parametrize("name", SIZES)
def test_every_projection_is_a_target(name):
    """Each sublayer alone changes the model: what a block does not call would not."""
    lacking = LACKING.get(name, ())
    assert set(FAMILIES[name].projections) == {*TARGETS, "output", *MLP} - {*lacking}
    model = make_family(name)
    for target in lacking:
        with pytest.raises(ValueError, match=f"{name} has no target '{target}': its"):
            insert(model, StandIn, target)
    before = logits(model, tokens())
    adapter = insert(model, StandIn, tuple(FAMILIES[name].projections), blocks=[1])
    for path, sublayer in adapter.sublayers.items():
        sublayer.up.assign(np.random.default_rng(1).normal(0, 2, sublayer.up.shape))
        assert np.abs(logits(model, tokens()) - before).max() > 1e-4, path
        sublayer.up.assign(sublayer.up * 0)


@pytest.mark.parametrize("name", ONE_OF_EACH)
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


class OwnExpansion(keras.layers.Layer):
    """A layer inside a block, with a projection that takes heads."""

    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.wide = keras.layers.Dense(2 * width, activation="tanh")
        self.narrow = keras.layers.EinsumDense("bthw,hwd->btd", (None, width))

    def build(self, input_shape):
        self.wide.build(input_shape)
        self.narrow.build((*input_shape[:-1], 2, input_shape[-1]))

    def call(self, x):
        return x + self.narrow(keras.ops.reshape(self.wide(x), (*x.shape[:2], 2, x.shape[-1])))


class OwnBlock(keras.layers.Layer):
    def __init__(self, width, own_attention=True, **kwargs):
        super().__init__(**kwargs)
        self.inner = OwnAttention(width) if own_attention else keras.layers.Dense(width)
        self.mlp = OwnExpansion(width)

    def build(self, input_shape):
        self.inner.build(input_shape)
        self.mlp.build(input_shape)
        if isinstance(self.inner, OwnAttention):
            self.attend = self.inner

    def call(self, x):
        return self.mlp(self.inner(x))


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
    names = {"attention": "attend", "query": "q", "key": "k", "value": "v"}
    further = {"expand": "mlp.wide", "mlp_down": "mlp.narrow"}
    register_family(OwnBackbone, blocks="stages", **names, targets=further)
    model = OwnBackbone(16)
    model.build((None, 5))
    return model


def test_a_family_of_ones_own(own, tmp_path):
    ids = tokens(length=5)["token_ids"]
    before = keras.ops.convert_to_numpy(own(ids))
    adapter = insert(own, StandIn, ("value", "expand", "mlp_down"))
    assert list(adapter.sublayers) == [
        *(f"own_block/{name}" for name in ("value", "expand", "mlp_down")),
        *(f"own_block_1/{name}" for name in ("expand", "mlp_down")),
        *(f"own_block_2/{name}" for name in ("value", "expand", "mlp_down")),
    ]
    excite(adapter)
    adapted = keras.ops.convert_to_numpy(own(ids))
    assert np.abs(adapted - before).max() > 1e-3
    own.save(tmp_path / "own.keras")
    loaded = keras.saving.load_model(tmp_path / "own.keras", safe_mode=True)
    assert np.array_equal(loaded(ids), adapted)
    adapter.remove()
    assert np.array_equal(own(ids), before)


def test_a_sublayer_acts_before_the_activation_and_on_flat_heads():
    model = make_family("GPT2")
    block = model.backbone.transformer_layers[0]
    dense, output = block._feedforward_intermediate_dense, block._self_attention_layer._output_dense
    gelu, x = dense.activation, np.random.default_rng(0).normal(size=(2, 3, 16)).astype("float32")
    heads = x.reshape(2, 3, 2, 8)
    plain = dense(x)
    adapter = insert(model, StandIn, ("mlp_up", "output"), blocks=[0])
    excite(adapter)
    up, out = (adapter.sublayers[f"transformer_layer_0/{name}"] for name in ("mlp_up", "output"))
    expected = gelu(x @ dense.kernel + dense.bias + up(x))
    np.testing.assert_allclose(block._feedforward_intermediate_dense(x), expected, atol=1e-6)
    adapted = block._self_attention_layer._output_dense
    np.testing.assert_allclose(adapted(heads), output(heads) + out(x), atol=1e-6)
    adapter.remove()
    assert block._feedforward_intermediate_dense is dense
    assert np.array_equal(dense(x), plain)


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
        (OwnBackbone, {"targets": {"up": "mlp up"}}, "names of attributes; got 'mlp up'"),
    ],
)
def test_a_family_is_described_rightly(backbone, names, message):
    described = {"attention": "attend", "query": "q", "key": "k", "value": "v", **names}
    with pytest.raises(TypeError, match=message):
        register_family(backbone, **described)


def test_a_family_needs_no_more_than_one_projection():
    with pytest.raises(ValueError, match="OwnBackbone is described without a projection"):
        register_family(OwnBackbone, blocks="stages")
    register_family(OwnBackbone, blocks="stages", targets={"expand": "mlp.wide", "all": "mlp"})
    model = OwnBackbone(16)
    model.build((None, 5))
    assert len(insert(model, StandIn, "expand").sublayers) == 3
    with pytest.raises(ValueError, match="unknown target 'query'; it is 'expand' or 'all'"):
        attach(OwnBackbone(16), Lora(1))
