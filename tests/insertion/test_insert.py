"""Inserting, disabling and removing."""

from __future__ import annotations

import keras
import keras_hub
import numpy as np
import pytest
from qslc_runtime.adapters import adapter_of, insert

from tests.insertion.small_gpt2 import StandIn, excite, logits, make_backbone, make_model, tokens

pytestmark = pytest.mark.slow


def values(variables):
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def equal(left, right):
    return len(left) == len(right) and all(map(np.array_equal, left, right))


def test_a_new_adapter_does_not_change_the_model(model):
    before = logits(model, tokens())
    insert(model, StandIn)
    assert np.array_equal(logits(model, tokens()), before)


def test_the_sublayers_add_to_the_projections(model):
    before = logits(model, tokens())
    excite(insert(model, StandIn))
    assert np.abs(logits(model, tokens()) - before).max() > 1e-3


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


@pytest.mark.parametrize(
    ("argument", "value"), [("blocks", 0), ("blocks", None), ("targets", None)]
)
def test_arguments_that_are_no_list(model, argument, value):
    with pytest.raises(ValueError, match=f"{argument} .*got {value}"):
        insert(model, StandIn, **{argument: value})


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


def test_seeds_differ_by_place_and_do_not_depend_on_the_other_places():
    both = insert(make_model(), StandIn, seed=5).weights
    alone = insert(make_model(), StandIn, targets="value", blocks=[1], seed=5).weights
    thetas = [value for path, value in both.items() if path.endswith("theta")]
    assert len({tuple(values([theta])[0]) for theta in thetas}) == len(thetas)
    path = "transformer_layer_1/value/theta"
    assert equal(values([both[path]]), values([alone[path]]))
    other = insert(make_model(), StandIn, seed=6).weights
    assert not equal(values([both[path]]), values([other[path]]))


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


def test_a_backbone_alone():
    backbone = make_backbone()
    before = logits(backbone, tokens())
    adapter = insert(backbone, StandIn)
    assert type(backbone).__name__ == "AdaptedGPT2Backbone"
    excite(adapter)
    assert not np.array_equal(logits(backbone, tokens()), before)
    adapter.remove()
    assert np.array_equal(logits(backbone, tokens()), before)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"targets": ["qeury"]}, "unknown target 'qeury'; did you mean 'query'?"),
        ({"targets": ["output"]}, "unknown target 'output'; it is 'query', 'key' or 'value'"),
        ({"targets": []}, "no targets given; they are 'query', 'key' or 'value'"),
        ({"blocks": [2]}, "block 2 is not in the model, whose blocks are 0 to 1"),
        ({"blocks": [-1]}, "block -1 is not in the model, whose blocks are 0 to 1"),
        ({"blocks": [0, 0]}, "blocks must name each block once; got [0, 0]"),
        ({"blocks": []}, "blocks must name each block once; got []"),
        ({"blocks": "some"}, "blocks must be 'all' or a list of integers; got 'some'"),
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


def test_inserting_twice_is_an_error(model):
    insert(model, StandIn)
    with pytest.raises(ValueError, match=r"already holds an adapter \(StandIn\); remove\(\) it"):
        insert(model, StandIn)


def test_a_removed_adapter_says_so(model):
    adapter = insert(model, StandIn)
    adapter.remove()
    with pytest.raises(ValueError, match="holds no adapter"):
        adapter.remove()
    with pytest.raises(ValueError, match="holds no adapter"):
        adapter_of(model)


def test_an_unsupported_model_is_an_error():
    with pytest.raises(
        ValueError, match="cannot insert into Sequential; supported backbones: GPT2B"
    ):
        insert(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]), StandIn)


def test_a_thing_that_is_no_layer_class_is_an_error(model):
    with pytest.raises(
        TypeError, match=r"class that qslc_runtime\.load returned, or its folder; got 3"
    ):
        insert(model, 3)


def test_a_layer_that_fails_to_build_leaves_the_model_alone():
    model = make_model(hidden_dim=2)
    with pytest.raises(ValueError, match="needs 4 features"):
        insert(model, StandIn)
    assert type(model.backbone) is keras_hub.models.GPT2Backbone
    assert all(v.trainable for v in model.weights)
