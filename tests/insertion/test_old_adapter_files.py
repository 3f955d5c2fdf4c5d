"""Adapter files of format 1 that an earlier version wrote, which were HDF5."""

from __future__ import annotations

import importlib
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
import qslc_runtime
from qslc_runtime import FoldedSublayer
from qslc_runtime.adapters import insert, load_adapter
from qslc_runtime.methods import KerasLora, LoraXs, attach

from tests.insertion.small_gpt2 import StandIn, make_model

pytestmark = pytest.mark.slow

OLD = Path(__file__).parents[1] / "golden" / "adapters"
PLACE = {"targets": "query", "blocks": [1], "seed": 3}


def assert_holds(adapter, path):
    """Check that the adapter has all numbers of the file, and no others."""
    with h5py.File(path) as file:
        assert adapter.weights
        for key, weight in adapter.weights.items():
            assert np.array_equal(keras.ops.convert_to_numpy(weight), file[key][()])


def test_a_layer(tmp_path):
    adapter = load_adapter(make_model(), OLD / "standin.h5", StandIn)
    assert_holds(adapter, OLD / "standin.h5")
    assert adapter.insertion.seed == 3
    adapter.save(tmp_path / "new.safetensors")
    again = load_adapter(make_model(), tmp_path / "new.safetensors", StandIn)
    assert_holds(again, OLD / "standin.h5")


def test_a_layer_with_another_option_is_refused():
    adapter = insert(make_model(), StandIn, **PLACE, trainable_up=False)
    with pytest.raises(ValueError, match="option trainable_up: True in the file, False in the mo"):
        adapter.load(OLD / "standin.h5")


def test_fixed_matrices_come_from_the_file():
    adapter = attach(make_model(), LoraXs(2), **PLACE)
    adapter.load(OLD / "lora_xs.h5")
    assert_holds(adapter, OLD / "lora_xs.h5")
    with pytest.raises(ValueError, match="option rank: 2 in the file, 3 in the model"):
        attach(make_model(), LoraXs(3), **PLACE).load(OLD / "lora_xs.h5")


def test_lora_of_keras():
    adapter = attach(make_model(), KerasLora(2), **PLACE)
    adapter.load(OLD / "keras_lora.h5")
    assert_holds(adapter, OLD / "keras_lora.h5")
    with pytest.raises(ValueError, match="option alpha: 2 in the file, 8 in the model"):
        attach(make_model(), KerasLora(2, alpha=8), **PLACE).load(OLD / "keras_lora.h5")


def test_folded_sublayers():
    adapter = load_adapter(make_model(), OLD / "folded.h5", FoldedSublayer)
    assert_holds(adapter, OLD / "folded.h5")


@pytest.mark.parametrize(
    ("module", "name", "new"),
    [
        ("qslc_runtime", "adapter_of", "get_adapter"),
        ("qslc_runtime.methods", "Attached", "Adapter"),
        ("qslc_runtime.insertion", "adapter_of", "get_adapter"),
        *(
            ("qslc_runtime.insertion", name, name)
            for name in ("Adapter", "insert", "load_adapter", "register_family")
        ),
    ],
)
def test_former_names_still_work(module, name, new):
    with pytest.warns(DeprecationWarning, match=f"{module}.{name} is now qslc_runtime.{new}; "):
        assert getattr(importlib.import_module(module), name) is getattr(qslc_runtime, new)
