"""A whole adapted model, folded in place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from qslc_runtime import FoldedSublayer, get_adapter, insert, load_adapter
from qslc_runtime.methods import Quadratic, attach

from tests.insertion.small_gpt2 import excite, logits, make_model, tokens
from tests.insertion.test_training import fit, generate
from tests.layer.layer_programs import load, make_spec
from tests.layer.other_backends import run

pytestmark = pytest.mark.slow

FRESH = """
import sys, keras, numpy as np
import qslc_runtime.adapters
from tests.insertion import small_gpt2
model = keras.saving.load_model(sys.argv[1], safe_mode=True)
np.save(sys.argv[2], small_gpt2.logits(model, small_gpt2.tokens()))
"""


@pytest.fixture
def adapted(tmp_path: Path) -> tuple[Any, Any]:
    """A GPT-2 with sublayers that change what it says, and their adapter."""
    spec = make_spec(qubits=4, encoder={"kind": "amplitude", "features": 16})
    model = make_model()
    adapter = insert(model, load(tmp_path / "layer", spec))
    excite(adapter, scale=2.0)
    return model, adapter


def test_logits_and_texts_are_the_same(adapted: tuple[Any, Any]) -> None:
    model, adapter = adapted
    prompt = tokens(batch=2, length=4)["token_ids"]
    with adapter.disabled():
        base = logits(model, tokens())
    before, write_layers = logits(model, tokens()), generate(model, prompt, 10)
    assert np.abs(before - base).max() > 1e-2
    adapter.fold()
    np.testing.assert_allclose(logits(model, tokens()), before, atol=1e-5)
    np.testing.assert_array_equal(generate(model, prompt, 10), write_layers)
    assert adapter.trainable_parameters == 0
    with adapter.disabled():
        np.testing.assert_array_equal(logits(model, tokens()), base)
    adapter.remove()
    np.testing.assert_array_equal(logits(model, tokens()), base)


def test_a_folded_model_needs_no_generated_layer(adapted: tuple[Any, Any], tmp_path: Path) -> None:
    model, adapter = adapted
    adapter.fold()
    saved, values = tmp_path / "model.keras", tmp_path / "logits.npy"
    model.save(saved)
    assert run("tensorflow", FRESH, saved, values) == ""
    np.testing.assert_allclose(np.load(values), logits(model, tokens()), atol=1e-6)


def copy_weights(adapter: Any) -> dict[str, Any]:
    return {key: np.array(weight) for key, weight in adapter.weights.items()}


def test_unfolding_gives_the_trained_sublayers_back(adapted: tuple[Any, Any]) -> None:
    model, adapter = adapted
    before, output = copy_weights(adapter), logits(model, tokens())
    insertion, trainable = adapter.insertion, adapter.trainable_parameters
    adapter.fold()
    assert adapter.trainable_parameters == 0
    adapter.unfold()
    assert adapter.insertion == insertion
    assert adapter.trainable_parameters == trainable
    after = copy_weights(adapter)
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[key], after[key]) for key in before)
    np.testing.assert_array_equal(logits(model, tokens()), output)
    fit(model, epochs=1)
    assert any(
        not np.array_equal(before[key], value) for key, value in copy_weights(adapter).items()
    )
    adapter.fold()
    adapter.unfold()


def test_folding_and_unfolding_twice_is_refused(adapted: tuple[Any, Any]) -> None:
    _, adapter = adapted
    with pytest.raises(ValueError, match="are not folded"):
        adapter.unfold()
    adapter.fold()
    with pytest.raises(ValueError, match="are folded already"):
        adapter.fold()
    adapter.remove()
    for act in (adapter.fold, adapter.unfold):
        with pytest.raises(ValueError, match="holds no adapter"):
            act()


def test_what_is_saved_folded_is_what_was_trained(adapted: tuple[Any, Any], tmp_path: Path) -> None:
    model, adapter = adapted
    layer, output = adapter.insertion.layer, logits(model, tokens())
    adapter.save(tmp_path / "before.safetensors")
    adapter.fold()
    adapter.save(tmp_path / "folded.safetensors")
    files = [(tmp_path / f"{name}.safetensors").read_bytes() for name in ("before", "folded")]
    assert files[0] == files[1]
    other = make_model()
    again = load_adapter(other, tmp_path / "folded.safetensors", layer)
    np.testing.assert_array_equal(logits(other, tokens()), output)
    again.fold()
    np.testing.assert_array_equal(logits(other, tokens()), logits(model, tokens()))


def test_loading_into_folded_sublayers_folds_anew(adapted: tuple[Any, Any], tmp_path: Path) -> None:
    model, adapter = adapted
    adapter.save(tmp_path / "a.safetensors")
    output = logits(model, tokens())
    excite(adapter, scale=0.3)
    adapter.fold()
    assert np.abs(logits(model, tokens()) - output).max() > 1e-2
    adapter.load(tmp_path / "a.safetensors")
    assert adapter.trainable_parameters == 0
    np.testing.assert_allclose(logits(model, tokens()), output, atol=1e-5)
    adapter.unfold()
    np.testing.assert_array_equal(logits(model, tokens()), output)


def test_a_model_that_was_saved_folded(adapted: tuple[Any, Any], tmp_path: Path) -> None:
    model, adapter = adapted
    layer = adapter.insertion.layer
    adapter.fold()
    model.save(tmp_path / "model.keras")
    loaded = get_adapter(keras.saving.load_model(tmp_path / "model.keras"))
    with pytest.raises(ValueError, match=r"folded before the model was saved.*load_adapter"):
        loaded.unfold()
    loaded.save(tmp_path / "folded.safetensors")
    with pytest.raises(ValueError, match="layer: 'qslc_runtime>FoldedSublayer' in the file"):
        load_adapter(make_model(), tmp_path / "folded.safetensors", layer)
    other = make_model()
    load_adapter(other, tmp_path / "folded.safetensors", FoldedSublayer)
    np.testing.assert_array_equal(logits(other, tokens()), logits(model, tokens()))


FIT = """
import sys, warnings, keras, numpy as np
from pathlib import Path
from qslc_runtime import insert
from tests.insertion.small_gpt2 import excite, make_model, tokens
from tests.insertion.test_training import batch, fit
from tests.layer.layer_programs import load, make_spec

spec = make_spec(qubits=4, encoder={"kind": "amplitude", "features": 16})
model = make_model()
inputs = {name: keras.Input((12,), dtype="int32") for name in ("token_ids", "padding_mask")}
around = keras.Model(inputs, keras.layers.Dense(3)(model.backbone(inputs)))
around.compile("sgd", "mse")
adapter = insert(model, load(Path(sys.argv[1]), spec))
excite(adapter)

def fit_around():
    around.fit(tokens(), np.zeros((3, 12, 3)), epochs=1, verbose=0)

def warned(act):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        act()
    return any("folded and do not train; to train them call unfold()" in str(w.message)
               for w in caught)

fits = (lambda: fit(model, epochs=1), fit_around)
assert not any(map(warned, fits))
adapter.fold()
model.predict(batch()[0], verbose=0)
assert all(map(warned, fits))
adapter.unfold()
assert not any(map(warned, fits))
"""


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_fit_warns_that_folded_sublayers_do_not_train(backend: str, tmp_path: Path) -> None:
    assert run(backend, FIT, tmp_path) == ""


def test_a_method_without_a_circuit_cannot_be_folded() -> None:
    model = make_model()
    attach(model, Quadratic(rank=2))
    with pytest.raises(ValueError, match="QuadraticUpdate has no circuit to fold"):
        get_adapter(model).fold()
