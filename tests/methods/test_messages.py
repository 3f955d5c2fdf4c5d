"""A thing in place of a layer, method or option works, or the error says what to write."""

from __future__ import annotations

import keras
import pytest
import qslc_runtime
from qslc_runtime.adapters import insert
from qslc_runtime.methods import (
    Full,
    KerasLora,
    Lora,
    LoraXs,
    Prefix,
    Quadratic,
    QuantumPeft,
    Quic,
    Sublayer,
    Vera,
    attach,
)

from tests.insertion.small_gpt2 import StandIn

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "qslc_runtime.layer.loading.load", lambda path: {str(tmp_path): StandIn}[path]
    )
    return tmp_path


def test_the_folder_of_a_layer_is_that_layer(model, folder):
    for put in (
        lambda: insert(model, folder),
        lambda: insert(model, str(folder)),
        lambda: attach(model, folder),
        lambda: attach(model, StandIn),
        lambda: attach(model, Sublayer(folder, {"trainable_up": False})),
    ):
        adapter = put()
        assert adapter.insertion.layer is StandIn
        adapter.remove()
    adapter = insert(model, StandIn)
    adapter.save(folder / "adapter.h5")
    adapter.remove()
    assert qslc_runtime.load_adapter(model, folder / "adapter.h5", folder).sublayers


def test_a_folder_without_a_layer_is_named(model, tmp_path):
    for put in (insert, attach):
        with pytest.raises(FileNotFoundError, match=r"none.layer.py does not exist; `qslc compile"):
            put(model, tmp_path / "none")


def test_a_name_is_no_model(tmp_path):
    with pytest.raises(ValueError, match="of KerasHub or PyTorch itself, not 'gpt2_base_en'"):
        insert("gpt2_base_en", tmp_path)


@pytest.mark.parametrize(
    ("put", "message"),
    [
        (lambda m: insert(m, StandIn, trianable_up=False), "did you mean 'trainable_up'"),
        (
            lambda m: insert(m, StandIn, target="query"),
            "no option 'target'; did you mean 'targets'",
        ),
        (lambda m: insert(m, StandIn, units=4), "units of StandIn follows from its place"),
        (lambda m: insert(m, StandIn(4)), "layer is a class, not an instance: write StandIn"),
        (lambda m: insert(m, keras.layers.Dense), "Dense is no sublayer: a sublayer is made with"),
        (lambda m: insert(m, None), "the layer_class of what qslc.compile returned, or a folder"),
        (lambda m: insert(m, Lora(2)), r"Lora is a method .*methods.attach\(model, Lora\("),
        (lambda m: insert(m, Lora), r"Lora is a method .*methods.attach\(model, Lora\("),
        (lambda m: attach(m, StandIn(4)), "layer is a class, not an instance: write StandIn"),
        (lambda m: attach(m, keras.layers.Dense), "Dense is no sublayer"),
        (lambda m: attach(m, Lora), r"Lora is a class: give attach an instance, Lora\("),
        (lambda m: attach(m, 3), "a method is one of Full, KerasLora, .* got 3"),
        (
            lambda m: attach(m, Sublayer(StandIn, {"trianable_up": 1})),
            "did you mean 'trainable_up'",
        ),
        (lambda m: attach(m, Sublayer(StandIn, {"seed": 1})), "seed of StandIn follows"),
        (lambda m: attach(m, Sublayer(StandIn, 3)), "options are a mapping .* got 3"),
    ],
)
def test_what_to_write_instead(model, put, message):
    with pytest.raises(TypeError, match=message):
        put(model)
    assert all(weight.trainable for weight in model.weights)


@pytest.mark.parametrize(
    ("method", "wrong", "right"),
    [
        (Lora, "rnak", "rank"),
        (LoraXs, "ranks", "rank"),
        (KerasLora, "alhpa", "alpha"),
        (Prefix, "lenght", "length"),
        (Quadratic, "trainable_dwon", "trainable_down"),
        (Vera, "strat", "start"),
        (Sublayer, "option", "options"),
    ],
)
def test_a_misspelled_argument_of_a_method(method, wrong, right):
    with pytest.raises(TypeError, match=f"no argument '{wrong}'; did you mean '{right}'"):
        method(**{wrong: 2})


def test_a_method_without_arguments_says_so():
    with pytest.raises(TypeError, match="Full has no argument 'rank'; it takes none"):
        Full(rank=2)


@pytest.mark.parametrize(
    ("method", "argument"),
    [
        (Lora, 0),
        (LoraXs, 0),
        (KerasLora, -1),
        (Vera, 1.5),
        (Quadratic, True),
        (Prefix, "2"),
        (Quic, 0),
    ],
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


@pytest.mark.parametrize("orders", [(), (0,), (4,), (1, 1), "12", 2, (True,)])
def test_orders_of_compounds_are_checked(orders):
    with pytest.raises(ValueError, match="orders are different numbers from 1 to 3"):
        Quic(2, orders)


@pytest.mark.parametrize(
    ("method", "message"),
    [
        (QuantumPeft(17), "rank 17 is above 16, the width"),
        (Quic(6), r"6 parts of orders \[1, 2\] do not fit a width of 16"),
        (Quic(16), r"16 parts of orders \[1, 2\] do not fit a width of 16"),
    ],
    ids=str,
)
def test_what_does_not_fit_the_width_is_named(model, method, message):
    with pytest.raises(ValueError, match=message):
        attach(model, method)
    assert all(weight.trainable for weight in model.weights)


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
