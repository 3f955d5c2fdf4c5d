"""Several adapters of one model: named, switched, combined, saved and removed."""

from __future__ import annotations

from itertools import pairwise

import keras
import numpy as np
import pytest
import qslc_runtime
import tensorflow as tf
from qslc_runtime import get_active, get_adapter, insert, list_adapters, load_adapter, set_active
from qslc_runtime.methods import Full, KerasLora, Lora, Prefix, attach, grouped_adamw

from tests.insertion.small_gpt2 import StandIn, excite, logits, make_model, tokens
from tests.insertion.test_training import fit, generate, without_cache
from tests.insertion.values import copy_values, find_changed

pytestmark = pytest.mark.slow


@pytest.fixture
def two(model):
    """A model with two adapters that share a projection; what they add alone is beside them."""
    base = logits(model, tokens())
    tone = insert(model, StandIn, ("query", "mlp_up"), name="tone", seed=1)
    excite(tone)
    facts = insert(model, StandIn, ("query", "value"), blocks=[1], name="facts", seed=2)
    excite(facts, scale=1.0)
    return model, tone, facts, base


def outputs_of(path):
    """Return what one projection gives, as a function of the model."""
    block, attribute = path
    x = np.random.default_rng(2).standard_normal((2, 5, 16)).astype("float32")

    def compute(model):
        attention = model.backbone.transformer_layers[block]._self_attention_layer
        return np.asarray(getattr(attention, attribute)(x))

    return compute


def test_the_last_one_acts_and_set_active_chooses(two):
    model, tone, facts, base = two
    assert list_adapters(model) == ["tone", "facts"]
    assert get_active(model) == {"facts": 1.0}
    query = outputs_of((1, "_query_dense"))
    with_facts = query(model)
    set_active(model, "tone")
    with_tone = query(model)
    set_active(model, [])
    assert get_active(model) == {}
    assert np.array_equal(logits(model, tokens()), base)
    plain = query(model)
    assert np.abs(with_tone - plain).max() > 0.1 < np.abs(with_facts - plain).max()
    set_active(model, ("facts", "tone"), weights={"tone": -0.5})
    assert (tone.weight, facts.weight) == (-0.5, 1.0)
    expected = with_facts - 0.5 * (with_tone - plain)
    np.testing.assert_allclose(query(model), expected, atol=1e-5)
    with tone.disabled():
        assert np.array_equal(logits(model, tokens()), base)


def test_compiled_functions_and_generate_follow(two):
    model, *_ = two
    predict = lambda: model.predict(tokens(), verbose=0)  # noqa: E731
    seen, traced = [predict()], tf.function(model)
    traced(tokens())
    prompt = tokens(batch=2, length=4)["token_ids"]
    for names, weights in (("tone", None), (["tone", "facts"], {"facts": 0.25})):
        set_active(model, names, weights)
        seen.append(predict())
        np.testing.assert_allclose(seen[-1], logits(model, tokens()), atol=1e-5)
        np.testing.assert_allclose(traced(tokens()), logits(model, tokens()), atol=1e-5)
        assert np.array_equal(generate(model, prompt, 10), without_cache(model, prompt, 10))
    assert all(np.abs(one - other).max() > 1e-2 for one, other in pairwise(seen))


def test_those_that_act_train(two):
    model, tone, facts, _ = two
    before = copy_values(tone.weights), copy_values(facts.weights), copy_values(model.weights)
    set_active(model, "tone")
    assert tone.trainable_parameters == sum(w.shape.num_elements() for w in tone.weights.values())
    fit(model, epochs=1)
    assert find_changed(tone.weights, before[0]) == set(tone.weights)
    assert not find_changed(facts.weights, before[1])
    set_active(model, ["facts", "tone"], {"facts": 0.5})
    fit(model, epochs=1)
    assert find_changed(facts.weights, before[1]) == set(facts.weights)
    model.trainable = False
    model.trainable = True
    set_active(model, "facts")
    assert {id(w) for w in model.trainable_weights} == {id(w) for w in facts.weights.values()}
    model.trainable = True
    assert {id(w) for w in model.trainable_weights} == {id(w) for w in facts.weights.values()}


def test_each_is_saved_and_loaded_by_itself(two, tmp_path):
    model, tone, facts, _ = two
    set_active(model, ["tone", "facts"], {"tone": 0.5})
    expected = logits(model, tokens())
    alone = make_model()
    excite(insert(alone, StandIn, ("query", "mlp_up"), seed=1))
    get_adapter(alone).save(tmp_path / "alone.safetensors")
    for adapter in (tone, facts):
        adapter.save(tmp_path / f"{adapter.name}.safetensors")
    files = [(tmp_path / f"{name}.safetensors").read_bytes() for name in ("alone", "tone")]
    assert files[0] == files[1], "a file does not know the name"
    again = make_model()
    for name in ("facts", "tone"):
        load_adapter(again, tmp_path / f"{name}.safetensors", StandIn, name=name)
    set_active(again, ["tone", "facts"], {"tone": 0.5})
    np.testing.assert_allclose(logits(again, tokens()), expected, atol=1e-5)
    with pytest.raises(ValueError, match="does not fit"):
        get_adapter(again, "tone").load(tmp_path / "facts.safetensors")


def test_a_keras_file_and_copies_keep_all(two, tmp_path):
    model, tone, *_ = two
    set_active(model, ["tone", "facts"], {"tone": 0.5})
    expected = logits(model, tokens())
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert np.array_equal(logits(loaded, tokens()), expected)
    assert get_active(loaded) == {"tone": 0.5, "facts": 1.0}
    set_active(loaded, "tone")
    set_active(model, "tone")
    assert np.array_equal(logits(loaded, tokens()), logits(model, tokens()))
    tone.remove()
    model.save(tmp_path / "model.keras")
    rest = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert list_adapters(rest) == ["facts"]
    assert get_active(rest) == {}


@pytest.mark.parametrize("first", ["tone", "facts"])
def test_one_is_removed_and_the_others_stay(two, first):
    model, tone, facts, base = two
    held = {"tone": tone, "facts": facts}
    gone, stays = held.pop(first), *held.values()
    set_active(model, stays.name)
    expected, weights = logits(model, tokens()), copy_values(stays.weights)
    gone.remove()
    assert np.array_equal(logits(model, tokens()), expected)
    assert not find_changed(stays.weights, weights)
    assert repr(gone) == f"<adapter {first!r} of {model.name}: removed>"
    with pytest.raises(ValueError, match=f"no adapter '{first}'.*but '{stays.name}'"):
        gone.save("nowhere")
    again = insert(model, StandIn, "query", name=first)
    set_active(model, stays.name)
    again.remove()
    stays.remove()
    assert np.array_equal(logits(model, tokens()), base)
    assert all(weight.trainable for weight in model.weights)
    assert list_adapters(model) == []


def test_names_are_told(two):
    model, tone, facts, _ = two
    set_active(model, "tone", {"tone": 0.5})
    assert repr(tone).startswith(
        f"<adapter 'tone' of {model.name}: StandIn beside query, mlp_up of 2 blocks; weight 0.5, "
    )
    assert "beside query, value of 1 block; inactive, " in repr(facts)
    for call, message in (
        (lambda: insert(model, StandIn, name="tone"), "already holds an adapter 'tone'"),
        (lambda: insert(model, StandIn, name="a/b"), "the name of an adapter has letters"),
        (lambda: get_adapter(model), "several adapters: name one of 'tone', 'facts'"),
        (lambda: get_adapter(model, "tones"), "no adapter 'tones'; it holds 'tone', 'facts'"),
        (lambda: set_active(model, "tones"), "no adapter 'tones'; it holds 'tone', 'facts'"),
        (lambda: set_active(model, "tone", {"facts": 2.0}), "'facts' has a weight, and is not"),
        (lambda: set_active(model, "tone", {"tone": 0.0}), "a finite number other than 0; got 0.0"),
        (lambda: set_active(make_model(), "tone"), "it holds none"),
        (lambda: attach(model, Full()), "remove\\(\\) the adapters of this one"),
        (lambda: attach(model, Lora(1), name=""), "the name of an adapter has letters"),
    ):
        with pytest.raises(ValueError, match=message):
            call()


def test_a_prefix_beside_sublayers_is_switched_too(model):
    base = logits(model, tokens())
    attach(model, Prefix(2), name="prefix")
    with_prefix = logits(model, tokens())
    excite(insert(model, StandIn, name="tone"))
    set_active(model, ["prefix", "tone"])
    both = logits(model, tokens())
    assert np.abs(both - with_prefix).max() > 1e-3
    set_active(model, "prefix")
    assert np.array_equal(logits(model, tokens()), with_prefix)
    with pytest.raises(ValueError, match="is a prefix: it acts or not"):
        set_active(model, "prefix", {"prefix": 0.5})
    with pytest.raises(ValueError, match="holds a prefix; remove\\(\\) its adapter"):
        attach(model, Prefix(3), name="other")
    get_adapter(model, "prefix").remove()
    set_active(model, [])
    assert np.array_equal(logits(model, tokens()), base)


@pytest.mark.parametrize("first", ["lora"])
def test_lora_of_keras_beside_a_sublayer(model, first):
    base = copy_values(model.weights)
    before = logits(model, tokens())
    if first == "lora":
        lora, tone = attach(model, KerasLora(2)), insert(model, StandIn, name="tone")
    else:
        tone, lora = insert(model, StandIn, name="tone"), attach(model, KerasLora(2))
    ours = {id(w) for w in (*lora.weights.values(), *tone.weights.values())}
    assert {id(w) for w in model.trainable_weights} == ours
    fit(model, epochs=2)
    kept = [weight for weight in model.weights if id(weight) not in ours]
    assert not find_changed(kept, {w.path: base[w.path] for w in kept})
    tone.remove() if first == "lora" else lora.remove()
    left = lora if first == "lora" else tone
    assert {id(w) for w in model.trainable_weights} == {id(w) for w in left.weights.values()}
    left.remove()
    assert all(weight.trainable for weight in model.weights)
    assert np.array_equal(logits(model, tokens()), before)


def test_lora_and_a_sublayer_train_together(model, tmp_path):
    tone = insert(model, StandIn, name="tone")
    lora = attach(model, Lora(2), name="lora", targets=("query", "mlp_down"))
    set_active(model, ["tone", "lora"])
    rates = {"angles": 0.05, "up": 0.05, "lora": 0.02}
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=grouped_adamw([tone, lora], rates), loss=loss)
    before = copy_values(tone.weights), copy_values(lora.weights)
    losses = fit(model, epochs=6)
    assert losses[-1] < losses[0] - 0.01
    assert find_changed(tone.weights, before[0]) == set(tone.weights)
    assert find_changed(lora.weights, before[1]) == set(lora.weights)
    assert tone.trainable_parameters == sum(
        int(np.prod(w.shape)) for w in (*tone.weights.values(), *lora.weights.values())
    )
    lora.save(tmp_path / "lora.safetensors")
    tone.save(tmp_path / "tone.safetensors")
    again = make_model()
    from qslc_runtime.methods.lora import LoraUpdate

    load_adapter(again, tmp_path / "tone.safetensors", StandIn, name="tone")
    load_adapter(again, tmp_path / "lora.safetensors", LoraUpdate, name="lora")
    set_active(again, ["tone", "lora"])
    np.testing.assert_allclose(logits(again, tokens()), logits(model, tokens()), atol=1e-5)
    assert qslc_runtime.get_adapter(again, "lora").trainable_parameters == (
        lora.trainable_parameters
    )
