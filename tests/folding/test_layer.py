"""The folded layer as a Keras layer: saved, loaded, frozen; and what cannot be folded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import sympy

from qslc.ir.program import Operation, PauliString, Program
from tests.folding.test_values import vary
from tests.layer.layer_programs import load, make_spec
from tests.layer.other_backends import run

pytestmark = pytest.mark.slow

FRESH = """
import sys, numpy, keras
from qslc_runtime import FoldedSublayer
model = keras.saving.load_model(sys.argv[1], safe_mode=True)
assert isinstance(model.layers[-1], FoldedSublayer)
x = numpy.load(sys.argv[2])
numpy.save(sys.argv[3], keras.ops.convert_to_numpy(model(x)))
"""


def make_model(layer: Any, width: int) -> Any:
    inputs = keras.Input((None, width))
    return keras.Model(inputs, layer(inputs))


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
@pytest.mark.parametrize("project", ["none", "learned", {"slice": [2, 8]}])
def test_it_is_loaded_without_the_generated_class(
    project: Any, backend: str, tmp_path: Path
) -> None:
    encoder = {"kind": "amplitude", "features": 6, "pad": "zero", "project": project}
    layer = load(tmp_path / "layer", make_spec(encoder=encoder))(units=4)
    x = np.random.default_rng(0).normal(size=(2, 3, 6 if project == "none" else 9))
    make_model(layer, x.shape[-1])
    layer.up.assign(np.random.default_rng(1).normal(size=(3, 4)))
    model = make_model(layer.fold(), x.shape[-1])
    paths = [tmp_path / name for name in ("model.keras", "x.npy", "y.npy")]
    model.save(paths[0])
    np.save(paths[1], x.astype(np.float32))
    assert run(backend, FRESH, *paths) == ""
    np.testing.assert_allclose(np.load(paths[2]), model(x.astype(np.float32)), atol=1e-6)


def test_it_trains_nothing_and_keeps_name_seed_and_policy(tmp_path: Path) -> None:
    layer = vary(load(tmp_path, make_spec()), seed=3, name="qsl", dtype="mixed_bfloat16")
    folded = layer.fold()
    assert not folded.trainable_weights
    assert (folded.name, folded.seed) == ("qsl", 3)
    assert folded.dtype_policy == layer.dtype_policy


def test_later_changes_of_the_layer_do_not_reach_it(tmp_path: Path) -> None:
    layer = vary(load(tmp_path, make_spec()))
    x = np.ones((1, 6), np.float32)
    folded = layer.fold()
    before = np.asarray(folded(x))
    layer.theta.assign(layer.theta + 1)
    np.testing.assert_array_equal(folded(x), before)


def test_iqp_encoding_cannot_be_folded(tmp_path: Path) -> None:
    layer = vary(load(tmp_path, make_spec(encoder={"kind": "iqp", "repeats": 2})))
    with pytest.raises(ValueError, match="its iqp encoder multiplies features, or uses one more"):
        layer.fold()


def test_features_used_twice_cannot_be_folded(tmp_path: Path) -> None:
    turns = [Operation("ry", (qubit,), sympy.Symbol("x0")) for qubit in (0, 1)]
    operations = (turns[0], Operation("cnot", (0, 1)), turns[1])
    observables = (PauliString(((0, "Z"),)),)
    program = Program(2, operations, observables, inputs=("x0", "x1"), start="zero")
    layer = vary(load(tmp_path, make_spec(qubits=2, encoder={"kind": "angle"}), program))
    with pytest.raises(ValueError, match="or uses one more than once"):
        layer.fold()


def test_a_layer_without_weights_cannot_be_folded(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no weights yet: call it once"):
        load(tmp_path, make_spec())().fold()


def test_a_matrix_too_large(tmp_path: Path) -> None:
    layer = load(tmp_path, make_spec(qubits=13, encoder={"kind": "angle"}))()
    layer.build((None, 13))
    with pytest.raises(ValueError, match="13 qubits and 8,192 encoded numbers"):
        layer.fold()


def test_an_engine_with_noise_cannot_be_folded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = vary(load(tmp_path, make_spec()))
    monkeypatch.setattr(layer, "engine", "qsim")
    with pytest.raises(ValueError, match='runs on engine "qsim", as a device would'):
        layer.fold()
