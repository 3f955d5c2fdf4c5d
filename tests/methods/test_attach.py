"""Every method through the one call, and the one handle that it returns."""

from __future__ import annotations

import keras
import keras_hub
import numpy as np
import pytest
import qslc_runtime
from keras import ops
from qslc_runtime import Adapter
from qslc_runtime.adapters import load_adapter
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
    grouped_adamw,
)

from tests.insertion.small_gpt2 import StandIn, excite, logits, make_model, tokens
from tests.insertion.test_training import fit
from tests.insertion.values import copy_values, find_changed

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
    # the width is 16: 4 qubits, of modes the largest n with n + n (n - 1) / 2 <= 16 is 5
    "quantum_peft": (
        QuantumPeft(3, layers=2),
        PLACES * (2 * (5 * 4 - 4) + 3),
        PLACES * (2 * (5 * 4 - 4) + 3),
        {"angles", "diagonal"},
    ),
    "quic": (Quic(), PLACES * 10, PLACES * (10 + D * D), {"skew"}),
    "vera": (Vera(32), PLACES * (32 + D), PLACES * (32 + D), {"scales"}),
}


@pytest.fixture(params=METHODS, ids=str)
def case(request):
    return METHODS[request.param]


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
    assert isinstance(attached, Adapter)
    assert f"{trainable:,} of {BASE + added:,} weights train>" in repr(attached)
    assert set(attached.record) == {"layer", "digest", "targets", "blocks", "seed", "options"}
    grouped = [id(weight) for weights in attached.groups.values() for weight in weights]
    assert sorted(grouped) == sorted(id(weight) for weight in model.trainable_weights)


@pytest.fixture(scope="module", params=METHODS, ids=str)
def trained(request):
    """Return a method, its adapter after some steps, losses, and each weight with its old value."""
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
    first = copy_values(attach(make_model(), method, seed=5).weights)
    assert not find_changed(attach(make_model(), method, seed=5).weights, first)
    if not isinstance(method, Full | LoraXs | Quic | Vera):
        assert find_changed(attach(make_model(), method, seed=6).weights, first)


@pytest.mark.parametrize(
    "name", ["lora", "lora_xs", "keras_lora", "quadratic", "vera", "quic", "sublayer"]
)
def test_places(model, name):
    attached = attach(model, METHODS[name][0], targets="key", blocks=[1])
    assert {path.rsplit("/", 1)[0] for path in attached.weights} == {"transformer_layer_1/key"}


@pytest.mark.parametrize("name", ["lora", "prefix", "vera", "quadratic", "quantum_peft", "quic"])
def test_what_is_saved_is_an_adapter_file_and_a_keras_model(model, name, tmp_path):
    method = METHODS[name][0]
    attached = attach(model, method)
    excite(attached, scale=1.0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert np.array_equal(logits(loaded, tokens()), logits(model, tokens()))
    if name != "prefix":
        attached.save(tmp_path / "adapter.safetensors")
        layer = attached.insertion.layer
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


def test_a_model_that_holds_an_adapter_is_refused(model):
    attach(model, Lora(1))
    with pytest.raises(ValueError, match=r"already holds an adapter \(LoraUpdate\); remove\(\) it"):
        attach(model, Lora(1))
    with pytest.raises(ValueError, match=r"Full trains the base model: remove\(\) the adapters"):
        attach(model, Full())
    for method in (KerasLora(1), Full()):
        with pytest.raises(ValueError, match=f"{type(method).__name__} has no name"):
            attach(make_model(), method, name="own")


def test_lora_twice_is_refused_and_changes_nothing(model):
    attached = attach(model, KerasLora(1))
    with pytest.raises(ValueError, match="remove"):
        attach(model, KerasLora(2))
    assert attached.trainable_parameters == 4 * (2 * D + 8)


def test_both_calls_return_the_same_handle():
    inserted = qslc_runtime.insert(make_model(), StandIn, "key", [1], 3)
    attached = attach(make_model(), Sublayer(StandIn), targets="key", blocks=[1], seed=3)
    assert type(inserted) is type(attached) is Adapter
    assert inserted.record == attached.record
    assert inserted.insertion == attached.insertion
    assert set(attached.sublayers) == {"transformer_layer_1/key"}


def test_what_a_method_cannot_do_says_so(model):
    full, lora = attach(model, Full()), attach(make_model(), KerasLora(2))
    for act, message in (
        (full.disabled, "changes the base model itself"),
        (full.remove, "changes the base model itself"),
        (full.fold, "nothing to fold"),
        (full.unfold, "nothing to unfold"),
        (lambda: full.insertion, "no sublayers"),
        (lora.disabled, "attach Lora of this package instead"),
        (lora.fold, "no circuit to fold"),
        (lora.unfold, "no circuit to unfold"),
        (lambda: lora.insertion, "``record`` says what it did"),
        (attach(make_model(), Lora(2)).fold, "LoraUpdate has no circuit to fold"),
    ):
        with pytest.raises(ValueError, match=message):
            act()
