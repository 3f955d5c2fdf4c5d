"""Fixed matrices of a sublayer from the kernel of the projection that it stands beside."""

from __future__ import annotations

import numpy as np
import pytest
import qslc_runtime
from qslc_runtime.adapters import insert

import qslc
from qslc.spec.model import Spec
from tests.insertion.small_families import make_family
from tests.insertion.small_gpt2 import make_model

pytestmark = pytest.mark.slow

SPEC = {
    "qslc": 1,
    "name": "beside",
    "qubits": 4,
    "encoder": {"kind": "amplitude", "features": 8, "pad": "reference", "project": "orthogonal"},
    "ansatz": {"depth": 2, "entangler": {"gate": "cnot", "pattern": "ring"}},
    "measure": "interference",
}


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("beside")
    qslc.compile_to(Spec.model_validate(SPEC), folder)
    return qslc_runtime.load(folder)


def aligned(adapter, path, kernel):
    """Tell whether the fixed matrices are the leading singular vectors of the kernel."""
    sublayer = adapter.sublayers[path]
    values = np.linalg.svd(kernel, compute_uv=False)
    found = np.asarray(sublayer.down).T @ kernel @ np.asarray(sublayer.up).T
    size = min(len(values), 8)
    return np.allclose(found[:size, :size], np.diag(values[:size]), atol=1e-4)


def kernel_of(model, path):
    block, target = int(path[18]), path.rsplit("/", 1)[1]
    attention = model.backbone.transformer_layers[block]._self_attention_layer
    return np.asarray(getattr(attention, f"_{target}_dense").kernel).reshape(16, -1)


def test_every_sublayer_has_the_directions_of_its_own_projection(layer):
    model = make_model()
    places = [(block, target) for block in (0, 1) for target in ("query", "value")]
    paths = [f"transformer_layer_{block}/{target}" for block, target in places]
    kernels = {path: kernel_of(model, path) for path in paths}
    adapter = insert(model, layer)
    assert all(aligned(adapter, path, kernel) for path, kernel in kernels.items())
    assert not aligned(adapter, "transformer_layer_0/query", kernels["transformer_layer_1/query"])
    random = insert(make_model(), layer, basis="random")
    assert not any(aligned(random, path, kernel) for path, kernel in kernels.items())


def test_a_quantized_projection(layer):
    model = make_model()
    kernel = kernel_of(model, "transformer_layer_0/query")
    model.backbone.quantize("int8")
    sublayer = insert(model, layer).sublayers["transformer_layer_0/query"]
    found = np.asarray(sublayer.down).T @ kernel @ np.asarray(sublayer.up).T
    values = np.linalg.svd(kernel, compute_uv=False)[:8]
    np.testing.assert_allclose(found, np.diag(values), atol=0.05 * values[0])


@pytest.mark.parametrize("name", ["Llama", "Gemma"])
def test_grouped_heads_have_narrow_kernels(layer, name):
    adapter = insert(make_family(name), layer, targets=["value"])
    for sublayer in adapter.sublayers.values():
        up = np.asarray(sublayer.up)
        assert up.shape == (8, sublayer.units)
        np.testing.assert_allclose(up @ up.T, np.eye(8), atol=1e-5)


def test_a_hidden_state_narrower_than_the_features_keeps_its_random_directions(tmp_path):
    encoder = {**SPEC["encoder"], "features": 32}
    spec = Spec.model_validate({**SPEC, "qubits": 6, "encoder": encoder})
    qslc.compile_to(spec, tmp_path / "wide")
    wide = qslc_runtime.load(tmp_path / "wide")
    sublayers = insert(make_model(), wide).sublayers, insert(make_model(), wide).sublayers
    for path, sublayer in sublayers[0].items():
        down = np.asarray(sublayer.down)
        np.testing.assert_allclose(down @ down.T, np.eye(16), atol=1e-6)
        assert np.array_equal(down, sublayers[1][path].down)
