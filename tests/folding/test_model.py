"""A whole adapted model, folded in place."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.layer.layer_programs import generated, spec_of

pytestmark = pytest.mark.slow

FRESH = """
import sys, keras, numpy as np
import qslc_runtime.insertion
from tests.insertion import small_gpt2
model = keras.saving.load_model(sys.argv[1], safe_mode=True)
np.save(sys.argv[2], small_gpt2.logits(model, small_gpt2.tokens()))
"""


@pytest.fixture
def adapted(tmp_path: Path) -> tuple[Any, Any]:
    """A GPT-2 with sublayers that change what it says, and their adapter."""
    from qslc_runtime import insert

    from tests.insertion.small_gpt2 import excite, make_model

    spec = spec_of(qubits=4, encoder={"kind": "amplitude", "features": 16})
    model = make_model()
    adapter = insert(model, generated(tmp_path / "layer", spec))
    excite(adapter, scale=2.0)
    return model, adapter


def test_logits_and_texts_are_the_same(adapted: tuple[Any, Any]) -> None:
    from tests.insertion.small_gpt2 import logits, tokens
    from tests.insertion.test_training import generate

    model, adapter = adapted
    prompt = tokens(batch=2, length=4)["token_ids"]
    with adapter.disabled():
        base = logits(model, tokens())
    before, written = logits(model, tokens()), generate(model, prompt, 10)
    assert np.abs(before - base).max() > 1e-2
    adapter.fold()
    np.testing.assert_allclose(logits(model, tokens()), before, atol=1e-5)
    np.testing.assert_array_equal(generate(model, prompt, 10), written)
    assert adapter.trainable_parameters == 0
    with adapter.disabled():
        np.testing.assert_array_equal(logits(model, tokens()), base)
    adapter.remove()
    np.testing.assert_array_equal(logits(model, tokens()), base)


def test_a_folded_model_needs_no_generated_layer(adapted: tuple[Any, Any], tmp_path: Path) -> None:
    from tests.insertion.small_gpt2 import logits, tokens

    model, adapter = adapted
    adapter.fold()
    saved, values = tmp_path / "model.keras", tmp_path / "logits.npy"
    model.save(saved)
    root = str(Path(__file__).parents[2])
    subprocess.run(
        [sys.executable, "-c", FRESH, saved, values],
        env={**os.environ, "PYTHONPATH": root},
        check=True,
    )
    np.testing.assert_allclose(np.load(values), logits(model, tokens()), atol=1e-6)


def test_an_adapter_file_of_folded_sublayers(adapted: tuple[Any, Any], tmp_path: Path) -> None:
    from qslc_runtime import FoldedSublayer, load_adapter

    from tests.insertion.small_gpt2 import logits, make_model, tokens

    model, adapter = adapted
    adapter.fold()
    adapter.save(tmp_path / "folded.h5")
    other = make_model()
    load_adapter(other, tmp_path / "folded.h5", FoldedSublayer)
    np.testing.assert_array_equal(logits(other, tokens()), logits(model, tokens()))


def test_a_method_without_a_circuit_cannot_be_folded() -> None:
    from qslc_runtime import adapter_of
    from qslc_runtime.methods import Quadratic, attach

    from tests.insertion.small_gpt2 import make_model

    model = make_model()
    attach(model, Quadratic(rank=2))
    with pytest.raises(ValueError, match="QuadraticUpdate has no circuit to fold"):
        adapter_of(model).fold()
