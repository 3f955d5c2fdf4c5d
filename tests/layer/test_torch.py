"""The same layers on PyTorch, where it is installed: values and gradients as TensorFlow's."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.layer.other_backends import run, write_layers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed"),
]

TORCH = """
import pathlib, sys, keras, numpy, torch, qslc_runtime
from keras import ops
from qslc_runtime.engines.native import NativeEngine
assert keras.backend.backend() == "torch"

def values_and_gradients(layer, data, kernel):
    x, theta = (ops.convert_to_tensor(data[name]).requires_grad_() for name in ("x", "theta"))
    values = NativeEngine(layer, kernel=kernel).expectations(x, theta)
    (values * ops.convert_to_tensor(data["upstream"])).sum().backward()
    slopes = (torch.zeros_like(part) if part.grad is None else part.grad for part in (x, theta))
    return [ops.convert_to_numpy(part.detach()) for part in (values, *slopes)]

for folder in map(pathlib.Path, sys.argv[1:]):
    layer = qslc_runtime.load(folder)
    data = numpy.load(folder / "data.npz")
    chunked = type("Chunked", (layer,), {"CHUNK": 3})
    for own, kernel in ((layer, "compiled"), (layer, "keras"), (chunked, "keras")):
        for part, name in zip(values_and_gradients(own, data, kernel), ("values", "dx", "dtheta")):
            numpy.testing.assert_allclose(part, data[name], atol=2e-5, err_msg=name)
    x = numpy.random.default_rng(0).normal(size=(32, max(layer.FEATURES, 2))).astype("float32")
    if folder.name in {"real", "iqp"}:
        target = layer(seed=9)
        y = ops.convert_to_numpy(target(x)) @ numpy.eye(len(layer.OBSERVABLES), 4)
        model = keras.Sequential([layer(units=4)])
        model.compile(keras.optimizers.Adam(0.1), "mse")
        losses = model.fit(x, y, batch_size=16, epochs=6, verbose=0).history["loss"]
        assert losses[-1] < 0.7 * losses[0], losses
    x[1], x[2, 0] = 0, numpy.nan
    values = ops.convert_to_numpy(layer()(x))
    assert numpy.isnan(values[2]).all() == (layer.ENCODER != "none")
    assert layer.ENCODER != "amplitude" or not values[1].any()
"""


def test_torch_agrees_with_tensorflow_and_fits(tmp_path: Path) -> None:
    assert run("torch", TORCH, *write_layers(tmp_path)) == ""
