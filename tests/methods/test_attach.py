"""Every method through the one call."""

from __future__ import annotations

import keras
import keras_hub
import numpy as np
import pytest
from keras import ops
from qslc_runtime.adapters import load_adapter
from qslc_runtime.methods import (
    Full,
    KerasLora,
    Lora,
    LoraXs,
    Prefix,
    Quadratic,
    Sublayer,
    Vera,
    attach,
    grouped_adamw,
)

from tests.insertion.small_gpt2 import StandIn, excite, logits, make_backbone, make_model, tokens
from tests.insertion.test_training import fit

pytestmark = pytest.mark.slow

D, PLACES, BASE = 16, 4, 5312
METHODS = {
    "full": (Full(), BASE, 0, {"weights"}),
    "lora": (Lora(2), PLACES * 2 * (D + D), PLACES * 2 * (D + D), {"lora"}),
    "lora_xs": (LoraXs(3), PLACES * 9, PLACES * (9 + 3 * (D + D)), {"core"}),
    "keras_lora": (KerasLora(2), PLACES * 2 * (2 * D + 8), PLACES * 2 * (2 * D + 8), {"lora"}),
    "prefix": (Prefix(3), 2 * 2 * 3 * D, 2 * 2 * 3 * D, {"prefix"}),
    "sublayer": (Sublayer(StandIn), PLACES * 68, PLACES * 68, {"angles", "up"}),
    "quadratic": (Quadratic(2), PLACES * 2 * (D + D), PLACES * 2 * (D + D), {"down", "up"}),
    "fixed_quadratic": (
        Quadratic(2, trainable_down=False),
        PLACES * 2 * D,
        PLACES * 2 * (D + D),
        {"up"},
    ),
    "vera": (Vera(32), PLACES * (32 + D), PLACES * (32 + D), {"scales"}),
}


@pytest.fixture(params=METHODS, ids=str)
def case(request):
    return METHODS[request.param]


def copies(weights):
    return {path: ops.convert_to_numpy(weight) for path, weight in weights.items()}


def compiled(attached, rate=0.05):
    attached.model.compile(
        optimizer=grouped_adamw(attached, dict.fromkeys(attached.groups, rate)),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    return attached.model


def test_parameters_and_groups(model, case):
    method, trainable, added, groups = case
    attached = attach(model, method)
    assert attached.trainable_parameters == trainable
    assert attached.total_parameters == BASE + added == model.count_params()
    assert set(attached.groups) == groups
    grouped = [id(weight) for weights in attached.groups.values() for weight in weights]
    assert sorted(grouped) == sorted(id(weight) for weight in model.trainable_weights)


@pytest.fixture(scope="module", params=METHODS, ids=str)
def trained(request):
    """A method, its handle after a few steps, the losses, and every weight with its old value."""
    model = make_model()
    attached = attach(model, METHODS[request.param][0], seed=4)
    before = [(weight, ops.convert_to_numpy(weight)) for weight in model.weights]
    return METHODS[request.param][0], attached, fit(compiled(attached), epochs=3), before


def test_fit_changes_what_trains_and_nothing_else(trained):
    _, attached, losses, before = trained
    assert losses[-1] < losses[0]
    trains = {id(weight) for weight in attached.model.trainable_weights}
    for weight, value in before:
        same = np.array_equal(ops.convert_to_numpy(weight), value)
        assert same != (id(weight) in trains), weight.path


def test_saved_and_loaded(trained, tmp_path):
    method, attached, *_ = trained
    attached.save(tmp_path / "adapter.safetensors")
    again = make_model()
    attach(again, method, seed=4).load(tmp_path / "adapter.safetensors")
    assert np.array_equal(logits(again, tokens()), logits(attached.model, tokens()))


def test_removed(model, case):
    method, *_ = case
    model.backbone.token_embedding.trainable = False
    before = logits(model, tokens())
    flags = [weight.trainable for weight in model.weights]
    attached = attach(model, method)
    if isinstance(method, Full):
        with pytest.raises(ValueError, match="load that again"):
            attached.remove()
        return
    excite(attached, scale=1.0)
    assert not np.array_equal(logits(model, tokens()), before)
    attached.remove()
    assert np.array_equal(logits(model, tokens()), before)
    assert [weight.trainable for weight in model.weights] == flags
    assert type(model.backbone) is keras_hub.models.GPT2Backbone
    with pytest.raises(ValueError, match="holds no adapter"):
        attached.remove()
    attach(model, method)


def test_the_seed_gives_the_start(case):
    method, *_ = case
    first, same = (copies(attach(make_model(), method, seed=5).weights) for _ in range(2))
    assert all(np.array_equal(first[path], same[path]) for path in first)
    if not isinstance(method, Full | LoraXs | Vera):
        other = copies(attach(make_model(), method, seed=6).weights)
        assert any(not np.array_equal(first[path], other[path]) for path in first)


@pytest.mark.parametrize("name", ["lora", "lora_xs", "keras_lora", "quadratic", "vera", "sublayer"])
def test_places(model, name):
    attached = attach(model, METHODS[name][0], targets="key", blocks=[1])
    assert {path.rsplit("/", 1)[0] for path in attached.weights} == {"transformer_layer_1/key"}


@pytest.mark.parametrize("name", ["lora", "prefix", "vera", "quadratic"])
def test_what_is_saved_is_an_adapter_file_and_a_keras_model(model, name, tmp_path):
    method = METHODS[name][0]
    attached = attach(model, method)
    excite(attached, scale=1.0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert np.array_equal(logits(loaded, tokens()), logits(model, tokens()))
    if name != "prefix":
        attached.save(tmp_path / "adapter.safetensors")
        layer = type(model.backbone._attachment.sites[0].holder.sublayer)
        again = make_model()
        load_adapter(again, tmp_path / "adapter.safetensors", layer)
        assert np.array_equal(logits(again, tokens()), logits(model, tokens()))


def test_keras_merges_its_lora_into_the_kernels_that_it_saves(model, tmp_path):
    excite(attach(model, KerasLora(2)), scale=1.0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert loaded.count_params() == BASE
    np.testing.assert_allclose(logits(loaded, tokens()), logits(model, tokens()), atol=1e-5)


def test_a_file_of_another_method_is_refused(model, tmp_path):
    attach(model, Lora(2)).save(tmp_path / "adapter.safetensors")
    with pytest.raises(ValueError, match=r"lora_a: .16, 2. in the file, .16, 3. in the model"):
        attach(make_model(), Lora(3)).load(tmp_path / "adapter.safetensors")
    with pytest.raises(ValueError, match="layer: 'qslc_runtime>LoraUpdate' in the file"):
        attach(make_model(), KerasLora(2)).load(tmp_path / "adapter.safetensors")


@pytest.mark.parametrize("method", [Lora(1), KerasLora(1), Full()])
def test_a_model_that_holds_an_adapter_is_refused(model, method):
    attach(model, Lora(1))
    with pytest.raises(ValueError, match="already holds an adapter"):
        attach(model, method)


def test_lora_twice_is_refused_and_changes_nothing(model):
    attached = attach(model, KerasLora(1))
    with pytest.raises(ValueError, match="remove"):
        attach(model, KerasLora(2))
    assert attached.trainable_parameters == 4 * (2 * D + 8)


def test_a_backbone_alone():
    backbone = make_backbone()
    assert attach(backbone, Lora(1)).trainable_parameters == 4 * 2 * D


@pytest.mark.parametrize(
    ("method", "argument"),
    [(Lora, 0), (LoraXs, 0), (KerasLora, -1), (Vera, 1.5), (Quadratic, True), (Prefix, "2")],
)
def test_numbers_are_checked(method, argument):
    with pytest.raises(ValueError, match="is a positive whole number; got"):
        method(argument)


@pytest.mark.parametrize(
    ("method", "options"),
    [
        (Lora, {"alpha": "x"}),
        (Lora, {"alpha": float("nan")}),
        (KerasLora, {"alpha": True}),
        (Vera, {"start": float("inf")}),
    ],
)
def test_factors_are_checked(method, options):
    with pytest.raises(ValueError, match="is a finite number; got"):
        method(2, **options)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"targets": ["qeury"]}, "did you mean 'query'"),
        ({"blocks": [7]}, "block 7 is not in the model"),
        ({"seed": -1}, "seed must be a non-negative integer"),
    ],
)
@pytest.mark.parametrize("method", [Lora(1), KerasLora(1), Prefix(1)])
def test_places_are_checked_before_anything_changes(model, method, arguments, message):
    flags = [weight.trainable for weight in model.weights]
    with pytest.raises(ValueError, match=message):
        attach(model, method, **arguments)
    assert [weight.trainable for weight in model.weights] == flags
