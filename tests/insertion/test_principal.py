"""Principal axes of hidden states: set, not trained, saved with the adapter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import qslc_runtime
from qslc_runtime.preparation import find_principal_axes

from tests.insertion.small_gpt2 import make_model, tokens
from tests.layer.layer_programs import load, make_spec

pytestmark = pytest.mark.slow


def load_class(path: Path, project: str = "principal") -> Any:
    encoder = {"kind": "amplitude", "features": 6, "project": project}
    return load(path, make_spec(encoder=encoder))


def test_a_layer_starts_with_orthogonal_axes_and_takes_principal_ones(tmp_path: Path) -> None:
    layer = load_class(tmp_path)(units=5)
    x = np.random.default_rng(0).normal(size=(4, 10, 16)) * np.geomspace(1, 20, 16)
    layer(x)
    down = keras.ops.convert_to_numpy(layer.down)
    np.testing.assert_allclose(down.T @ down, np.eye(6), atol=1e-6)
    assert all(weight is not layer.down for weight in layer.trainable_weights)
    qslc_runtime.set_principal_axes(layer, x)
    wanted = find_principal_axes(x.reshape(-1, 16), 6)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer.down), wanted, atol=1e-6)
    assert np.abs(down - wanted).max() > 0.1


def test_an_adapter_takes_those_of_what_each_sublayer_sees(tmp_path: Path) -> None:
    cls, model, data = load_class(tmp_path), make_model(), tokens()
    adapter = qslc_runtime.insert(model, cls)
    seen: dict[str, Any] = {}
    for path, layer in adapter.sublayers.items():
        block, call = layer, layer.call
        block.call = lambda x, training=None, path=path, call=call: (
            seen.__setitem__(path, np.asarray(x)),
            call(x, training=training),
        )[1]
    model(data)
    for layer in adapter.sublayers.values():
        del layer.__dict__["call"]
    qslc_runtime.set_principal_axes(adapter, data)
    mask = data["padding_mask"].astype(bool)
    downs = {}
    for path, layer in adapter.sublayers.items():
        wanted = find_principal_axes(seen[path][mask], 6)
        downs[path] = keras.ops.convert_to_numpy(layer.down)
        np.testing.assert_allclose(downs[path], wanted, atol=1e-5)
        assert "call" not in layer.__dict__
    adapter.save(tmp_path / "adapter.safetensors")
    other = qslc_runtime.load_adapter(make_model(), tmp_path / "adapter.safetensors", cls)
    for path, layer in other.sublayers.items():
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(layer.down), downs[path])


def test_hidden_states_may_be_given_by_path(tmp_path: Path) -> None:
    adapter = qslc_runtime.insert(make_model(), load_class(tmp_path), blocks=[0])
    rng = np.random.default_rng(0)
    states = {path: rng.normal(size=(30, 16)) for path in adapter.sublayers}
    qslc_runtime.set_principal_axes(adapter, states)
    for path, layer in adapter.sublayers.items():
        wanted = find_principal_axes(states[path], 6)
        np.testing.assert_allclose(keras.ops.convert_to_numpy(layer.down), wanted, atol=1e-6)


@pytest.mark.parametrize(
    ("states", "message"),
    [
        (np.zeros((3, 8)), r"sees hidden states \(\.\.\., 16\), not \(3, 8\)"),
        (np.zeros((0, 16)), "not"),
        (np.full((3, 16), np.nan), "finite"),
    ],
)
def test_wrong_states_change_nothing(tmp_path: Path, states: Any, message: str) -> None:
    layer = load_class(tmp_path)(units=5)
    layer.build((None, 16))
    before = keras.ops.convert_to_numpy(layer.down)
    with pytest.raises(ValueError, match=message):
        qslc_runtime.set_principal_axes(layer, states)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(layer.down), before)


def test_other_projections_and_unbuilt_layers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"has the projection orthogonal; set encoder\.project"):
        layer = load_class(tmp_path / "a", "orthogonal")(units=5)
        layer.build((None, 16))
        qslc_runtime.set_principal_axes(layer, np.ones((3, 16)))
    with pytest.raises(ValueError, match="is not built"):
        qslc_runtime.set_principal_axes(load_class(tmp_path / "b")(units=5), np.ones((3, 16)))
    with pytest.raises(TypeError, match="expected a layer or an adapter, not 5"):
        qslc_runtime.set_principal_axes(5, np.ones((3, 16)))  # type: ignore[arg-type]
