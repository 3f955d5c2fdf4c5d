"""Whole models: .keras files and presets, in this process and in a fresh one."""

from __future__ import annotations

import keras
import keras_hub
import numpy as np
import pytest
from qslc_runtime.adapters import get_adapter, insert, load_adapter

from tests.insertion.small_gpt2 import StandIn, excite, logits, make_model, tokens
from tests.layer.layer_programs import load, make_spec
from tests.processes import run_python, try_python

pytestmark = pytest.mark.slow

LEARNED = {"kind": "amplitude", "features": 6, "project": "learned"}


@pytest.fixture
def trained(model):
    excite(insert(model, StandIn, targets=["query", "key"], blocks=[1], trainable_up=False))
    inputs = tokens(batch=4)
    model.fit(inputs, inputs["token_ids"], verbose=0)
    return model


def test_a_loaded_model_has_a_handle_and_trains_only_its_sublayers(trained, tmp_path):
    trained.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    adapter = get_adapter(loaded)
    assert adapter.insertion == get_adapter(trained).insertion
    assert adapter.trainable_parameters == 2 * 4
    adapter.remove()
    assert type(loaded.backbone) is keras_hub.models.GPT2Backbone


def test_each_weight_is_saved_once(trained, tmp_path):
    import h5py

    trained.save_weights(tmp_path / "model.weights.h5")
    sizes = []
    with h5py.File(tmp_path / "model.weights.h5") as file:
        file.visititems(
            lambda path, item: (
                sizes.append(item.size)
                if isinstance(item, h5py.Dataset) and not path.startswith("optimizer")
                else None
            )
        )
    assert sum(sizes) == trained.count_params()


IMPORTS = {
    "keras_first": "import keras, qslc_runtime",
    "keras_last": "import qslc_runtime, keras",
}
LOAD = """
import sys, numpy as np
model = keras.saving.load_model(sys.argv[1], safe_mode=True)
assert "qslc" not in str([m for m in sys.modules if m.startswith("qslc_layer")])
from tests.insertion import small_gpt2
np.save(sys.argv[2], small_gpt2.logits(model, small_gpt2.tokens()))
"""


@pytest.mark.parametrize("order", IMPORTS)
def test_importing_the_runtime_is_enough_for_a_folded_model(order, model, tmp_path):
    adapter = insert(model, load(tmp_path / "layer", make_spec(encoder=LEARNED)))
    excite(adapter)
    adapter.fold()
    model.save(tmp_path / "model.keras")
    run_python(IMPORTS[order] + LOAD, tmp_path / "model.keras", tmp_path / "logits.npy")
    assert np.array_equal(np.load(tmp_path / "logits.npy"), logits(model, tokens()))


@pytest.mark.parametrize("whole", [True, False], ids=["adapted", "alone"])
def test_importing_the_runtime_is_enough_to_be_told_what_to_load(whole, model, tmp_path):
    layer = load(tmp_path / "layer", make_spec(encoder=LEARNED))
    if whole:
        insert(model, layer)
    else:
        model = keras.Sequential([keras.Input((9,)), layer(units=2)])
    model.save(tmp_path / "model.keras")
    done = try_python(IMPORTS["keras_last"] + LOAD, tmp_path / "model.keras")
    *_, last = done.stderr.strip().splitlines()
    name = f"'qslc.{layer.DIGEST.removeprefix('sha256:')[:12]}>Small'"
    assert last.startswith(f"ValueError: the model holds the generated layer {name}")
    assert "call qslc_runtime.load on its folder first" in last
    assert len(last) < 200


def test_every_registered_class_is_known_before_it_is_imported():
    run_python(
        "import keras, qslc_runtime\n"
        "names = keras.saving.get_custom_objects\n"
        "before = {n for n in names() if n.startswith('qslc_runtime>')}\n"
        "import qslc_runtime.layer, qslc_runtime.methods\n"
        "after = {n for n in names() if n.startswith('qslc_runtime>')}\n"
        "assert before == after and len(after) > 20, before ^ after\n"
    )


def test_the_runtime_is_imported_without_keras():
    code = "import sys, qslc_runtime\nprint({'keras', 'numpy'} & set(sys.modules))"
    assert run_python(code).strip() == "set()"


def test_a_preset_of_an_adapted_model_is_refused(model, tmp_path):
    model.save_to_preset(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    adapter = insert(model, StandIn)
    for adapted in (model, model.backbone):
        with pytest.raises(ValueError, match=r"adapter.save\(...\).* and remove\(\) it"):
            adapted.save_to_preset(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    adapter.remove()
    model.save_to_preset(tmp_path)


def test_a_model_from_a_preset_takes_an_adapter(tmp_path):
    make_model().backbone.save_to_preset(tmp_path / "base")
    adapter_path = tmp_path / "adapter.safetensors"

    def from_preset():
        return keras_hub.models.GPT2CausalLM.from_preset(str(tmp_path / "base"), preprocessor=None)

    model = from_preset()
    before = logits(model, tokens())
    adapter = insert(model, StandIn)
    assert np.array_equal(logits(model, tokens()), before)
    excite(adapter)
    adapter.save(adapter_path)
    again = from_preset()
    load_adapter(again, adapter_path, StandIn)
    assert np.array_equal(logits(again, tokens()), logits(model, tokens()))
