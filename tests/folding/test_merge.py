"""Adapters merged: folded ones into one, LoRA into the kernels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from qslc_runtime import FoldedSublayer, get_adapter, insert, load_adapter, merge, set_active
from qslc_runtime.methods import (
    KerasLora,
    Lora,
    LoraXs,
    Quadratic,
    QuantumPeft,
    Quic,
    Vera,
    attach,
)

from tests.insertion.small_families import make_family
from tests.insertion.small_gpt2 import StandIn, excite, logits, make_model, tokens
from tests.insertion.values import copy_values, find_changed
from tests.layer.layer_programs import load, make_spec

pytestmark = pytest.mark.slow

PRODUCT = {"encoder": {"kind": "amplitude", "features": 16}}
ANGLES = {"encoder": {"kind": "angle", "project": "orthogonal"}}
LEARNED = {"encoder": {"kind": "amplitude", "features": 8, "project": "learned"}}


def make_two(folder: Path, **parts: Any) -> Any:
    """Make a GPT-2 with two adapters of one class beside the same projections."""
    model, layer = make_model(), load(folder / "layer", make_spec(qubits=4, **parts))
    for seed, name in enumerate(("tone", "facts")):
        adapter = insert(model, layer, ("query", "value"), name=name, seed=seed)
        rng = np.random.default_rng(seed)
        for weight in adapter.weights.values():
            if weight.trainable:
                weight.assign(weight + rng.standard_normal(weight.shape))
    return model


def query_of(model: Any) -> Any:
    x = np.random.default_rng(3).standard_normal((2, 5, 16)).astype("float32")
    return np.asarray(model.backbone.transformer_layers[0]._self_attention_layer._query_dense(x))


@pytest.mark.parametrize("parts", [PRODUCT, ANGLES], ids=["product", "angles"])
def test_a_merged_adapter_is_their_sum(parts: Any, tmp_path: Path) -> None:
    model = make_two(tmp_path, **parts)
    weights = {"tone": 0.5, "facts": -2.0}
    set_active(model, [*weights], weights)
    expected, query = logits(model, tokens()), query_of(model)
    both = merge(model, ["tone", "facts"], weights, name="both")
    np.testing.assert_allclose(query_of(model), query, atol=1e-6 * np.abs(query).max())
    np.testing.assert_allclose(logits(model, tokens()), expected, atol=2e-5)
    assert repr(both).startswith(f"<adapter 'both' of {model.name}: FoldedSublayer beside query, ")
    both.save(tmp_path / "both.safetensors")
    again = make_model()
    load_adapter(again, tmp_path / "both.safetensors", FoldedSublayer, name="both")
    assert np.array_equal(logits(again, tokens()), logits(model, tokens()))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert np.array_equal(logits(loaded, tokens()), logits(model, tokens()))


def test_each_is_folded_by_itself(tmp_path: Path) -> None:
    model = make_two(tmp_path, **PRODUCT)
    tone, facts = (get_adapter(model, name) for name in ("tone", "facts"))
    set_active(model, ["tone", "facts"])
    expected = logits(model, tokens())
    before = copy_values(tone.weights)
    tone.fold()
    assert facts.trainable_parameters == sum(
        int(np.prod(w.shape)) for weights in facts.groups.values() for w in weights
    )
    np.testing.assert_allclose(logits(model, tokens()), expected, atol=1e-5)
    facts.fold()
    np.testing.assert_allclose(logits(model, tokens()), expected, atol=2e-5)
    tone.unfold()
    facts.unfold()
    assert np.array_equal(logits(model, tokens()), expected)
    assert not find_changed(tone.weights, before)


def test_what_cannot_be_merged_is_said(tmp_path: Path) -> None:
    model = make_model()
    amplitude = load(tmp_path / "one", make_spec(qubits=4, **PRODUCT))
    angle = load(tmp_path / "two", make_spec(qubits=4, **ANGLES))
    insert(model, amplitude, "query", name="tone")
    insert(model, angle, "query", name="facts")
    insert(model, amplitude, "value", name="value")
    attach(model, Lora(1), name="lora", targets="query")
    attach(model, Quadratic(1), name="quadratic", targets="query")
    for names, message in (
        (["tone", "facts"], "encode tokens differently: encoder 'amplitude' and 'angle'"),
        (["tone", "value"], "'tone' and 'value' stand beside different projections"),
        (["tone", "lora"], "LoraUpdate has no circuit to fold; it is linear: merge_into_base"),
        (["tone", "quadratic"], "QuadraticUpdate has no circuit to fold$"),
        (["tone", "none"], "holds no adapter 'none'; it holds 'tone', "),
        ([], "no adapters are named"),
    ):
        with pytest.raises(ValueError, match=message):
            merge(model, names, name="both")
    with pytest.raises(ValueError, match="already holds an adapter 'facts'"):
        merge(model, ["tone", "value"], name="facts")
    with pytest.raises(ValueError, match=r"different projections of a token .* set_active sums"):
        merge(make_two(tmp_path, **LEARNED), ["tone", "facts"], name="both")


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("GPT2", Lora(2)),
        ("Gemma", Lora(2, alpha=3.0)),
        ("SmolLM3", LoraXs(2)),
        ("Falcon", Vera(3)),
        ("GPT2", QuantumPeft(2)),
        ("Llama", Quic(2)),
    ],
)
def test_linear_adapters_go_into_the_kernels(name: str, method: Any) -> None:
    model = make_family(name)
    targets = ("query", "key", "value", "output", "mlp_up", "mlp_down")
    lora = attach(model, method, targets=targets, name="lora")
    excite(lora, scale=0.3)
    tone = insert(model, StandIn, ("query", "output"), name="tone")
    excite(tone)
    set_active(model, ["lora", "tone"], {"lora": 0.5})
    expected = logits(model, tokens())
    lora.merge_into_base()
    np.testing.assert_allclose(logits(model, tokens()), expected, rtol=1e-5, atol=3e-5)
    assert repr(lora) == f"<adapter 'lora' of {model.name}: removed>"
    with pytest.raises(ValueError, match="StandIn is not linear in the hidden state"):
        tone.merge_into_base()
    set_active(model, [])
    with pytest.raises(ValueError, match="does not act"):
        tone.merge_into_base()


def test_the_lora_of_keras_goes_into_the_kernels() -> None:
    model = make_model()
    lora = attach(model, KerasLora(2), targets=("query", "mlp_up"))
    rng = np.random.default_rng(0)
    for weight in lora.weights.values():
        weight.assign(rng.standard_normal(weight.shape))
    expected = logits(model, tokens())
    lora.merge_into_base()
    assert not any("lora" in weight.path for weight in model.weights)
    np.testing.assert_allclose(logits(model, tokens()), expected, atol=1e-5)
