"""Adapter files."""

from __future__ import annotations

import json

import h5py
import keras
import keras_hub
import numpy as np
import pytest
from qslc_runtime.insertion import adapter_file, insert, load_adapter

from tests.insertion.small_gpt2 import StandIn, excite, logits, make_model, tokens

pytestmark = pytest.mark.slow


@keras.saving.register_keras_serializable(package="qslc.111111111111")
class Other(StandIn):
    DIGEST = "sha256:" + "1" * 64


@pytest.fixture
def saved(model, tmp_path):
    """A model with an excited adapter, and its file."""
    adapter = insert(model, StandIn, blocks=[1])
    excite(adapter)
    adapter.save(tmp_path / "adapter.h5")
    return model, tmp_path / "adapter.h5"


def test_a_file_holds_the_weights_by_path_and_the_record(saved):
    _, path = saved
    with h5py.File(path) as file:
        assert file["transformer_layer_1/query/theta"].shape == (4,)
        assert file["transformer_layer_1/value/up"].shape == (4, 16)
        assert "transformer_layer_0" not in file
        assert json.loads(file.attrs["qslc_adapter"]) == {
            "format": 1,
            "layer": "qslc.000000000000>StandIn",
            "digest": StandIn.DIGEST,
            "targets": ["query", "value"],
            "blocks": [1],
            "seed": 0,
            "options": {},
        }


def test_loading_gives_the_same_bits(saved):
    model, path = saved
    other = make_model()
    insert(other, StandIn, blocks=[1]).load(path)
    assert np.array_equal(logits(other, tokens()), logits(model, tokens()))


def test_load_adapter_inserts_as_the_file_says(saved):
    model, path = saved
    other = make_model()
    adapter = load_adapter(other, path, StandIn)
    assert adapter.insertion.blocks == (1,)
    assert np.array_equal(logits(other, tokens()), logits(model, tokens()))


def test_saving_is_the_same_bytes_and_replaces_the_file(saved):
    _, path = saved
    before = path.read_bytes()
    load_adapter(make_model(), path, StandIn).save(path)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_failed_save_keeps_the_old_file(saved, monkeypatch):
    _, path = saved
    before = path.read_bytes()
    monkeypatch.setattr(adapter_file, "_bytes", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        load_adapter(make_model(), path, StandIn).save(path)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


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
    ],
    ids=["spec", "place", "width"],
)
def test_what_differs_is_listed_and_nothing_is_loaded(saved, sizes, layer, arguments, differences):
    _, path = saved
    adapter = insert(make_model(**sizes), layer, **arguments)
    before = {key: keras.ops.convert_to_numpy(v) for key, v in adapter.weights.items()}
    with pytest.raises(ValueError) as error:
        adapter.load(path)
    assert str(error.value).splitlines() == [
        f"the adapter '{path}' does not fit:",
        *(f"  {line}" for line in differences),
    ]
    for key, weight in adapter.weights.items():
        assert np.array_equal(before[key], keras.ops.convert_to_numpy(weight))


def test_load_adapter_leaves_a_model_that_does_not_fit_as_it_was(saved):
    _, path = saved
    other = make_model()
    with pytest.raises(ValueError, match="digest"):
        load_adapter(other, path, Other)
    assert type(other.backbone) is keras_hub.models.GPT2Backbone
    assert all(v.trainable for v in other.weights)


def test_what_is_no_adapter_file_is_refused(saved, tmp_path):
    _, path = saved
    other = make_model()
    with pytest.raises(FileNotFoundError, match="there is no adapter file"):
        load_adapter(other, tmp_path / "none.h5", StandIn)
    (tmp_path / "text.h5").write_text("hello")
    (tmp_path / "cut.h5").write_bytes(path.read_bytes()[:700])
    h5py.File(tmp_path / "plain.h5", "w").close()
    for name in ("text.h5", "cut.h5", "plain.h5"):
        with pytest.raises(ValueError, match=f"{name}' is not an adapter file"):
            load_adapter(other, tmp_path / name, StandIn)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ('{"format": 2}', "its format is not 1"),
        ('{"format": 1, "seed": 0}', "its record lacks blocks, digest, layer, options, targets"),
        ("[]", "is not an adapter file"),
        ("{", "is not an adapter file"),
    ],
)
def test_a_wrong_record_is_refused(saved, record, message):
    _, path = saved
    with h5py.File(path, "a") as file:
        file.attrs["qslc_adapter"] = record
    with pytest.raises(ValueError, match=message):
        load_adapter(make_model(), path, StandIn)


def test_the_file_has_the_permissions_of_any_new_file(saved, tmp_path):
    _, path = saved
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    assert path.stat().st_mode == ordinary.stat().st_mode
