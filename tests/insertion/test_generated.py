"""A generated layer in GPT-2: what the stand-in of the other tests cannot show."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import qslc_runtime
from qslc_runtime.adapters import get_adapter, insert, load_adapter

from tests.insertion.small_gpt2 import excite, logits, make_model, tokens
from tests.insertion.test_training import fit
from tests.processes import run_python

pytestmark = pytest.mark.slow

SPEC = """\
qslc: 1
name: {name}
qubits: 4
encoder: {{kind: amplitude, features: 16}}
ansatz:
  depth: {depth}
  rotations: [ry]
  entangler: {{gate: cnot, pattern: ring}}
measure: z
device: {{grid: [2, 2]}}
"""
FRESH = """
import sys, keras, numpy as np
folder = sys.argv[1]
{load}
model = keras.saving.load_model(sys.argv[2], safe_mode=True)
from tests.insertion import small_gpt2
np.save(sys.argv[3], small_gpt2.logits(model, small_gpt2.tokens()))
"""


def compiled(folder: Path, **values):
    """Return the layer class of a freshly compiled spec."""
    spec = folder.with_suffix(".yaml")
    spec.write_text(SPEC.format(**values))
    qslc = Path(sys.executable).with_name("qslc")
    subprocess.run([qslc, "compile", spec, "-o", folder], check=True, capture_output=True)
    return qslc_runtime.load(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("compiled") / "ring"


@pytest.fixture(scope="module")
def layer(folder):
    return compiled(folder, name="ring", depth=2)


@pytest.mark.parametrize(("kernel", "under_xla"), [("compiled", False), ("keras", True)])
def test_it_starts_as_the_base_model_and_trains(layer, kernel, under_xla):
    """Train under XLA where the kernel allows it."""
    model = make_model(jit_compile=True)
    before = logits(model, tokens())
    adapter = insert(model, layer, engine_options={"kernel": kernel})
    assert np.array_equal(logits(model, tokens()), before)
    assert adapter.trainable_parameters == 4 * (8 + 4 * 16)
    assert model.jit_compile == under_xla
    losses = fit(model)
    assert losses[-1] < losses[0] - 0.01
    with adapter.disabled():
        assert np.array_equal(logits(model, tokens()), before)


@pytest.mark.parametrize(
    "load",
    [
        "import qslc_runtime; qslc_runtime.load(folder)",
        "sys.path.insert(0, folder); from layer import Ring",
    ],
)
def test_a_saved_model_predicts_the_same_bits_in_a_fresh_process(
    model, layer, folder, tmp_path, load
):
    excite(insert(model, layer, up_projection="fixed", blocks=[0]))
    model.save(tmp_path / "model.keras")
    paths = (tmp_path / "model.keras", tmp_path / "logits.npy")
    run_python(FRESH.format(load=load), folder, *paths)
    assert np.array_equal(np.load(tmp_path / "logits.npy"), logits(model, tokens()))
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert get_adapter(loaded).insertion == get_adapter(model).insertion


def test_the_same_adapter_on_tfq_gives_the_same_loss_and_trains(model, layer, tmp_path):
    adapter = insert(model, layer)
    excite(adapter)
    adapter.save(tmp_path / "adapter.safetensors")
    native = fit(model, epochs=2)
    other = make_model()
    load_adapter(other, tmp_path / "adapter.safetensors", layer, engine="tfq")
    assert not other.jit_compile
    np.testing.assert_allclose(fit(other, epochs=2), native, rtol=1e-4)
