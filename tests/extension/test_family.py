"""A family of models from outside: one entry of ``FAMILIES`` goes the whole way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import keras_hub
import numpy as np
import pytest
import qslc_runtime
from qslc_runtime.adapters.adapted import find_adapted
from qslc_runtime.families import FAMILIES, Family

import qslc
from tests.extension.stages import check_fields

pytestmark = pytest.mark.slow

YAML = """qslc: 1
name: for_toys
qubits: 2
encoder: {kind: amplitude, features: 4}
ansatz: {depth: 1, entangler: {gate: cnot, pattern: linear}}
"""
TOY = Family("ToyDecoder", __name__, "attend", "q", "k", "v", blocks="stages")
TOKENS = {
    "token_ids": np.arange(6).reshape(2, 3).astype("int32"),
    "padding_mask": np.ones((2, 3), "int32"),
}


@keras.saving.register_keras_serializable(package="test_family")
class ToyDecoderBackbone(keras_hub.models.GPT2Backbone):
    """GPT-2 under other names."""

    def __init__(self, **sizes: Any) -> None:
        super().__init__(**sizes)
        self.stages = self.transformer_layers
        for block in self.stages:
            block.attend = block._self_attention_layer
            block.attend.q = block.attend._query_dense
            block.attend.k = block.attend._key_dense
            block.attend.v = block.attend._value_dense


def make_model() -> Any:
    return ToyDecoderBackbone(
        vocabulary_size=9, num_layers=2, num_heads=2, hidden_dim=4, intermediate_dim=8, dropout=0.0
    )


@pytest.fixture(autouse=True)
def _known() -> Iterator[None]:
    if TOY.name in FAMILIES:  # adapted classes stay registered with Keras: once for all tests
        yield
        return
    with FAMILIES.temporarily(TOY):
        yield


def test_a_model_is_adapted_trained_saved_and_folded(tmp_path: Path) -> None:
    qslc.compile_to(qslc.parse(YAML), tmp_path)
    model = make_model()
    adapter = qslc_runtime.insert(model, qslc_runtime.load(tmp_path), targets=("query", "value"))
    for weight in model.trainable_weights:
        weight.assign(weight + 0.1)
    adapter.save(tmp_path / "adapter.h5")
    model.save(tmp_path / "toy.keras")
    values = np.asarray(model(TOKENS))
    again = keras.models.load_model(tmp_path / "toy.keras")
    np.testing.assert_array_equal(again(TOKENS), values)
    qslc_runtime.get_adapter(again).fold()
    np.testing.assert_allclose(again(TOKENS), values, atol=1e-5)


def test_messages_name_it() -> None:
    assert find_adapted(make_model()).__name__ == "AdaptedToyDecoderBackbone"
    with pytest.raises(
        ValueError, match=r"supported backbones: GPT2Backbone, .*ToyDecoderBackbone"
    ):
        find_adapted(keras.Sequential())


def test_what_it_leaves_out_is_named() -> None:
    check_fields(FAMILIES, TOY)
    with pytest.raises(TypeError, match="does not define blocks"):
        FAMILIES.add(replace(TOY, name="Other", blocks=""))


def test_without_a_class_it_is_named() -> None:
    with (
        FAMILIES.temporarily(replace(TOY, name="Lost")),
        pytest.raises(ImportError, match=r"the family 'Lost': .* has no class LostBackbone"),
    ):
        find_adapted(keras.Sequential())


def test_prefixes_need_the_field() -> None:
    from qslc_runtime.methods import Prefix, attach

    with pytest.raises(ValueError, match="takes no prefix"):
        attach(make_model(), Prefix(2))
