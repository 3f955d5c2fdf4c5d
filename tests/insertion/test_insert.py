"""Inserting, disabling and removing."""

from __future__ import annotations

import keras
import keras_hub
import numpy as np
import pytest
from qslc_runtime.adapters import get_adapter, insert

from tests.insertion.small_gpt2 import StandIn, excite, logits, make_model, tokens
from tests.insertion.values import copy_values, find_changed

pytestmark = pytest.mark.slow

TARGETS = "'query', 'key', 'value', 'output', 'mlp_up' or 'mlp_down'"
HAS = f"it has {TARGETS}".replace(" or ", " and ")


def test_the_sum_is_the_projection_plus_the_reshaped_sublayer(model):
    adapter = insert(model, StandIn, targets="key", blocks=[1])
    excite(adapter)
    (sublayer,) = adapter.sublayers.values()
    wrapped = model.backbone.transformer_layers[1]._self_attention_layer.key_dense
    x = np.random.default_rng(2).standard_normal((2, 5, 16)).astype("float32")
    expected = wrapped.base(x) + keras.ops.reshape(sublayer(x), (2, 5, 2, 8))
    np.testing.assert_array_equal(wrapped(x), expected)


@pytest.mark.parametrize(
    ("targets", "blocks", "paths"),
    [
        (("value", "query"), "all", "0/query 0/value 1/query 1/value"),
        ("key", [1], "1/key"),
        (["query"], (1, 0), "0/query 1/query"),
    ],
)
def test_sublayers_are_where_they_were_asked_for(model, targets, blocks, paths):
    adapter = insert(model, StandIn, targets, blocks)
    assert list(adapter.sublayers) == [f"transformer_layer_{path}" for path in paths.split()]
    assert [w for w in adapter.weights if w.endswith("theta")] == [
        f"transformer_layer_{path}/theta" for path in paths.split()
    ]


def test_a_quantized_base_takes_an_adapter():
    model = make_model()
    model.backbone.quantize("int8")
    base = logits(model, tokens())
    adapter = insert(model, StandIn)
    assert np.array_equal(logits(model, tokens()), base)
    excite(adapter)
    assert not np.array_equal(logits(model, tokens()), base)


def test_only_the_sublayers_train(model):
    adapter = insert(model, StandIn, trainable_up=False)
    thetas = [sublayer.theta for sublayer in adapter.sublayers.values()]
    assert {id(v) for v in model.trainable_variables} == {id(v) for v in thetas}
    assert adapter.trainable_parameters == 4 * 4


def test_weights_are_tracked_once(model):
    base = {id(weight) for weight in model.weights}
    adapter = insert(model, StandIn)
    ids = [id(weight) for weight in model.weights]
    assert len(ids) == len(set(ids))
    assert set(ids) == base | {id(weight) for weight in adapter.weights.values()}


def test_a_model_frozen_before_trains_its_sublayers(model):
    model.backbone.trainable = False
    adapter = insert(model, StandIn)
    assert adapter.trainable_parameters == 4 * (4 + 4 * 16)
    adapter.remove()
    assert not model.trainable_weights
    assert not model.backbone.transformer_layers[0].trainable


def test_parameters_are_printed_as_peft_does(model, capsys):
    total = model.count_params()
    insert(model, StandIn, blocks=[0], targets=["query"]).print_trainable_parameters()
    assert capsys.readouterr().out == (
        f"trainable params: 68 || all params: {total + 68:,} "
        f"|| trainable%: {100 * 68 / (total + 68):.4f}\n"
    )


def test_an_adapter_says_in_a_line_what_it_is(model):
    adapter = insert(model, StandIn, targets=("query", "value"))
    assert repr(adapter) == (
        f"<adapter of {model.name}: StandIn beside query, value of 2 blocks, "
        f"{adapter.trainable_parameters:,} of {adapter.total_parameters:,} weights train>"
    )
    adapter.remove()
    assert repr(adapter) == f"<adapter of {model.name}: removed>"


def test_seeds_differ_by_place_and_do_not_depend_on_the_other_places():
    both = copy_values(insert(make_model(), StandIn, seed=5).weights)
    alone = insert(make_model(), StandIn, targets="value", blocks=[1], seed=5).weights
    other = insert(make_model(), StandIn, seed=6).weights
    thetas = [tuple(value) for path, value in both.items() if path.endswith("theta")]
    assert len(set(thetas)) == len(thetas)
    assert not find_changed(alone, {path: both[path] for path in alone})
    assert "transformer_layer_1/value/theta" in find_changed(other, both)


def test_disabled_is_the_base_model_bit_for_bit(model):
    before = logits(model, tokens()), model.predict(tokens(), verbose=0)
    adapter = insert(model, StandIn)
    excite(adapter)
    changed = model.predict(tokens(), verbose=0)
    with adapter.disabled():
        assert np.array_equal(logits(model, tokens()), before[0])
        assert np.array_equal(model.predict(tokens(), verbose=0), before[1])
        with adapter.disabled():
            pass
        assert np.array_equal(model.predict(tokens(), verbose=0), before[1])
    assert np.array_equal(model.predict(tokens(), verbose=0), changed)
    assert not np.array_equal(changed, before[1])


def test_disabled_ends_with_an_exception(model):
    adapter = insert(model, StandIn)
    excite(adapter)
    changed = logits(model, tokens())
    with pytest.raises(KeyError), adapter.disabled():
        raise KeyError
    assert np.array_equal(logits(model, tokens()), changed)


def test_remove_gives_the_base_model_back(model):
    model.backbone.token_embedding.trainable = False
    weights, layers = list(model.weights), list(model._flatten_layers())
    flags = [(layer.trainable, *(v.trainable for v in layer.weights)) for layer in layers]
    before = model.predict(tokens(), verbose=0)
    adapter = insert(model, StandIn)
    excite(adapter)
    model.predict(tokens(), verbose=0)
    adapter.remove()
    assert [id(v) for v in model.weights] == [id(v) for v in weights]
    assert list(model._flatten_layers()) == layers
    assert [(la.trainable, *(v.trainable for v in la.weights)) for la in layers] == flags
    assert type(model.backbone) is keras_hub.models.GPT2Backbone
    assert "insertion" not in model.backbone.get_config()
    assert np.array_equal(model.predict(tokens(), verbose=0), before)
    insert(model, StandIn)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"targets": ["qeury"]}, "unknown target 'qeury'; did you mean 'query'?"),
        ({"targets": ["out_proj"]}, f"unknown target 'out_proj'; it is {TARGETS}"),
        ({"targets": ["mlp_gate"]}, f"GPT2 has no target 'mlp_gate': its MLP has no gate; {HAS}"),
        ({"targets": []}, f"no targets given; they are {TARGETS}"),
        ({"blocks": [2]}, "block 2 is not in the model, whose blocks are 0 to 1"),
        ({"blocks": [-1]}, "block -1 is not in the model, whose blocks are 0 to 1"),
        ({"blocks": [0, 0]}, "blocks must name each block once; got [0, 0]"),
        ({"blocks": []}, "blocks must name each block once; got []"),
        ({"blocks": "some"}, "blocks must be 'all' or a list of integers; got 'some'"),
        ({"blocks": 0}, "blocks must be 'all' or a list of integers; got 0"),
        ({"blocks": None}, "blocks must be 'all' or a list of integers; got None"),
        ({"targets": None}, f"targets are {TARGETS}; got None"),
        ({"blocks": [True]}, "a block is an integer; got True"),
        ({"seed": -1}, "seed must be a non-negative integer; got -1"),
        (
            {"trainable_up": object},
            "layer options must be plain JSON: Object of type type is not JSON serializable",
        ),
    ],
)
def test_wrong_arguments_are_explained_and_change_nothing(model, arguments, message):
    flags = [v.trainable for v in model.weights]
    with pytest.raises(ValueError) as error:
        insert(model, StandIn, **arguments)
    assert str(error.value) == message
    assert type(model.backbone) is keras_hub.models.GPT2Backbone
    assert [v.trainable for v in model.weights] == flags


def test_a_removed_adapter_says_so(model):
    adapter = insert(model, StandIn)
    adapter.remove()
    with pytest.raises(ValueError, match="holds no adapter"):
        adapter.remove()
    with pytest.raises(ValueError, match="holds no adapter"):
        get_adapter(model)


def test_a_layer_that_fails_to_build_leaves_the_model_alone():
    model = make_model(hidden_dim=2)
    with pytest.raises(ValueError, match="needs 4 features"):
        insert(model, StandIn)
    assert type(model.backbone) is keras_hub.models.GPT2Backbone
    assert all(v.trainable for v in model.weights)
