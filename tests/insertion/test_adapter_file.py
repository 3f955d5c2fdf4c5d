"""Adapter files: what they hold, and what is checked before a model changes."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import keras_hub
import numpy as np
import pytest
from qslc_runtime.adapters import adapter_file, insert, load_adapter
from qslc_runtime.methods import KerasLora, Lora, Prefix, Vera, attach
from safetensors import safe_open

from tests.insertion.small_gpt2 import StandIn, excite, logits, make_model, tokens
from tests.insertion.values import copy_values, find_changed
from tests.layer.layer_programs import load, make_spec

pytestmark = pytest.mark.slow


@keras.saving.register_keras_serializable(package="qslc.111111111111")
class Other(StandIn):
    DIGEST = "sha256:" + "1" * 64


@pytest.fixture
def saved(model, tmp_path):
    """Make a model with an excited adapter, and its file."""
    adapter = insert(model, StandIn, blocks=[1])
    excite(adapter)
    adapter.save(tmp_path / "adapter.safetensors")
    return model, tmp_path / "adapter.safetensors"


def assert_refused(adapter, path, *differences):
    """Check that the file is refused for these differences alone, and changes nothing."""
    before = copy_values(adapter.weights)
    with pytest.raises(ValueError) as error:
        adapter.load(path)
    first, *listed = str(error.value).splitlines()
    assert first == f"the adapter {str(path)!r} does not fit:"
    assert listed == [f"  {line}" for line in differences]
    assert not find_changed(adapter.weights, before)


def test_a_file_holds_the_weights_by_path_and_the_record(saved):
    _, path = saved
    with safe_open(path, "np") as file:
        shapes = {key: file.get_slice(key).get_shape() for key in file.keys()}  # noqa: SIM118
        record = json.loads(file.metadata()["qslc_adapter"])
    assert shapes == {
        "transformer_layer_1/query/theta": [4],
        "transformer_layer_1/query/up": [4, 16],
        "transformer_layer_1/value/theta": [4],
        "transformer_layer_1/value/up": [4, 16],
    }
    assert len(record.pop("sha256")) == 64
    assert record.pop("qslc")
    assert record == {
        "format": 2,
        "layer": "qslc.000000000000>StandIn",
        "digest": StandIn.DIGEST,
        "targets": ["query", "value"],
        "blocks": [1],
        "seed": 0,
        "options": {},
        "settings": {"trainable_up": True},
    }


def test_load_adapter_inserts_as_the_file_says(saved):
    model, path = saved
    other = make_model()
    adapter = load_adapter(other, path, StandIn)
    assert adapter.insertion.blocks == (1,)
    assert np.array_equal(logits(other, tokens()), logits(model, tokens()))


def test_the_name_of_a_file_says_nothing_of_its_format(saved):
    model, path = saved
    adapter = insert(make_model(), StandIn, blocks=[1])
    adapter.load(path.rename(path.with_name("adapter")))
    with pytest.warns(UserWarning, match=r"is a safetensors file.*name it \.safetensors"):
        adapter.save(path.with_name("adapter.h5"))
    adapter.load(path.with_name("adapter.h5"))
    assert np.array_equal(logits(adapter.model, tokens()), logits(model, tokens()))


def test_saving_is_the_same_bytes_and_replaces_the_file(saved):
    _, path = saved
    before = path.read_bytes()
    load_adapter(make_model(), path, StandIn).save(path)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_failed_save_keeps_the_old_file(saved, monkeypatch):
    _, path = saved
    before = path.read_bytes()
    adapter = load_adapter(make_model(), path, StandIn)
    monkeypatch.setattr("os.fsync", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        adapter.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_not_saved(saved, number):
    _, path = saved
    before = path.read_bytes()
    adapter = load_adapter(make_model(), path, StandIn)
    adapter.weights["transformer_layer_1/value/theta"].assign([0.0, 0.0, number, 0.0])
    with pytest.raises(ValueError, match=r"not saved: transformer_layer_1/value/theta holds numb"):
        adapter.save(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("sizes", "layer", "arguments", "differences"),
    [
        (
            {},
            Other,
            {"blocks": [1]},
            [
                "layer: 'qslc.000000000000>StandIn' in the file, "
                "'qslc.111111111111>Other' in the model",
                f"digest: '{StandIn.DIGEST}' in the file, '{Other.DIGEST}' in the model",
            ],
        ),
        (
            {},
            StandIn,
            {"blocks": [0], "targets": "query"},
            [
                "targets: ['query', 'value'] in the file, ['query'] in the model",
                "blocks: [1] in the file, [0] in the model",
                "transformer_layer_0/query/theta: absent in the file, (4,) in the model",
                "transformer_layer_0/query/up: absent in the file, (4, 16) in the model",
                "transformer_layer_1/query/theta: (4,) in the file, absent in the model",
                "transformer_layer_1/query/up: (4, 16) in the file, absent in the model",
                "transformer_layer_1/value/theta: (4,) in the file, absent in the model",
                "transformer_layer_1/value/up: (4, 16) in the file, absent in the model",
            ],
        ),
        (
            {"hidden_dim": 32},
            StandIn,
            {"blocks": [1]},
            [
                "transformer_layer_1/query/up: (4, 16) in the file, (4, 32) in the model",
                "transformer_layer_1/value/up: (4, 16) in the file, (4, 32) in the model",
            ],
        ),
        (
            {},
            StandIn,
            {"blocks": [1], "trainable_up": False},
            ["option trainable_up: True in the file, False in the model"],
        ),
    ],
    ids=["spec", "place", "width", "unknown option"],
)
def test_what_differs_is_listed_and_nothing_is_loaded(saved, sizes, layer, arguments, differences):
    _, path = saved
    assert_refused(insert(make_model(**sizes), layer, **arguments), path, *differences)


@pytest.mark.parametrize(
    ("method", "other", "difference"),
    [
        (Lora(2, alpha=16), Lora(2), "option alpha: 16 in the file, 2 in the model"),
        (Lora(2), Lora(2, alpha=16), "option alpha: 2 in the file, 16 in the model"),
        (KerasLora(2, alpha=8), KerasLora(2), "option alpha: 8 in the file, 2 in the model"),
        (Prefix(2), Prefix(2, deviation=0.5), None),
        (Lora(2), Lora(2, alpha=2), None),
        (KerasLora(2), KerasLora(2, alpha=2.0), None),
        (Vera(3), Vera(3, start=0.7), None),
    ],
    ids=str,
)
def test_options_that_say_what_the_weights_mean_must_agree(method, other, difference, tmp_path):
    adapter = attach(make_model(), method, blocks=[1])
    excite(adapter)
    adapter.save(tmp_path / "a.safetensors")
    here = attach(make_model(), other, blocks=[1])
    if difference:
        assert_refused(here, tmp_path / "a.safetensors", difference)
        return
    here.load(tmp_path / "a.safetensors")
    assert np.array_equal(logits(here.model, tokens()), logits(adapter.model, tokens()))


def test_options_of_a_generated_layer(tmp_path):
    layer = load(
        tmp_path / "layer", make_spec(qubits=4, encoder={"kind": "amplitude", "features": 16})
    )
    path = tmp_path / "a.safetensors"
    insert(make_model(), layer, targets="query", blocks=[1], scale=1).save(path)
    here = insert(make_model(), layer, targets="query", blocks=[1])
    assert_refused(here, path, "option scale: 1 in the file, 4.0 in the model")
    here.remove()
    free = {"angle_deviation": 0.5, "engine_options": {"kernel": "keras"}, "dtype": "float32"}
    adapter = insert(here.model, layer, targets="query", blocks=[1], scale=1.0, **free)
    adapter.load(path)
    adapter.remove()
    adapter = insert(
        here.model, layer, targets="query", blocks=[1], up_projection="low_rank", rank=4
    )
    with pytest.raises(ValueError) as error:
        adapter.load(path)
    assert "option rank: None in the file, 4 in the model" in str(error.value)
    assert "option up_projection: 'dense' in the file, 'low_rank' in the model" in str(error.value)
    assert load_adapter(make_model(), path, layer, engine_options={"kernel": "keras"})


def test_load_adapter_leaves_a_model_that_does_not_fit_as_it_was(saved):
    _, path = saved
    other = make_model()
    with pytest.raises(ValueError, match="digest"):
        load_adapter(other, path, Other)
    with pytest.raises(ValueError, match="up: "):
        load_adapter(make_model(hidden_dim=32), path, StandIn)
    assert type(other.backbone) is keras_hub.models.GPT2Backbone
    assert all(v.trainable for v in other.weights)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"form": {}}, "option form: {} in the file; LoraUpdate has none of that name"),
        ({"rank": 10**13}, "option rank: 10000000000000 in the file, which holds 64 numbers"),
        ({"rank": 10**400}, "option rank: 1000"),
        ({"rank": "2"}, "LoraUpdate cannot have its options"),
        ({"rank": None}, "LoraUpdate cannot have its options"),
        ({"alpha": [1]}, "LoraUpdate cannot have its options|option alpha"),
        ({"units": 3}, "LoraUpdate has none of that name"),
        ({"dtype": {"class_name": "x"}}, "which is no name of a dtype"),
        ({"activity_regularizer": {"class_name": "x"}}, "has none of that name"),
    ],
    ids=str,
)
def test_options_of_a_file_are_checked_before_a_layer_is_made(tmp_path, options, message):
    from dataclasses import replace

    from qslc_runtime.methods.lora import LoraUpdate

    path = tmp_path / "a.safetensors"
    adapter = attach(make_model(), Lora(2), targets="query", blocks=[1])
    adapter.save(path)
    header = adapter_file.read_header(path)
    weights = adapter_file.read_weights(path, header)
    record = replace(header.record, options={**header.record.options, **options})
    adapter_file.write(path, record, weights)
    with pytest.raises(ValueError, match=message):
        load_adapter(make_model(), path, LoraUpdate)


def test_flags_that_every_keras_layer_takes_are_options_too(tmp_path):
    path = tmp_path / "a.safetensors"
    adapter = insert(make_model(), StandIn, blocks=[1], trainable=False)
    adapter.save(path)
    adapter.load(path)
    assert not load_adapter(make_model(), path, StandIn).trainable_parameters


@pytest.mark.parametrize(
    "change",
    [{"features": 30}, {"features": 10**7}, {"squares": 2**31}, {"squares": "8"}, {"a": 1}],
)
def test_the_form_of_a_folded_sublayer_is_checked_before_it_is_made(change):
    from qslc_runtime.adapters.record import Header, Record
    from qslc_runtime.folding import FoldedSublayer

    form = {
        "encoder": "angle",
        "features": 2,
        "reference": 0,
        "bias": False,
        "project": "learned",
        "squares": 8,
        "observables": 3,
        "factors": 0,
    }
    layer = "qslc_runtime>FoldedSublayer"
    record = Record(layer, None, ("query",), (0,), 0, {"form": {**form, **change}})
    path = Path("not read")
    with pytest.raises(ValueError, match="does not fit"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(adapter_file, "read_header", lambda _: Header(2, record, {}))
        load_adapter(make_model(), path, FoldedSublayer)


def test_the_file_has_the_permissions_of_any_new_file(saved, tmp_path):
    _, path = saved
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    assert path.stat().st_mode == ordinary.stat().st_mode
