"""The same layers on JAX: one process for all checks, values and gradients as TensorFlow's."""

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

OBSERVABLES = ("z", "X0*Z2", "Y0*Y1", "Y2")
RX_RZ = {
    "depth": 2,
    "rotations": ["rx", "rz"],
    "entangler": {"gate": "crz", "pattern": "ring"},
}
SPECS = {
    "real": spec_of(),
    "complex": spec_of(ansatz=RX_RZ, measure=OBSERVABLES),
    "angle": spec_of(encoder={"kind": "angle", "rotation": "rx"}, measure=OBSERVABLES),
    "iqp": spec_of(encoder={"kind": "iqp", "repeats": 2}, measure=OBSERVABLES),
    "none": spec_of(encoder={"kind": "none"}),
}

JAX = """
import pathlib, sys, numpy, jax, keras, qslc_runtime
assert keras.backend.backend() == "jax"

def run(layer, x):
    layer.build(x.shape)
    return numpy.asarray(jax.jit(layer)(x))

for folder in map(pathlib.Path, sys.argv[1:]):
    layer = qslc_runtime.load(folder)
    data = numpy.load(folder / "data.npz")
    def loss(x, theta):
        return (layer.expectations(x, theta) * data["upstream"]).sum()
    values = jax.jit(layer.expectations)(data["x"], data["theta"])
    dx, dtheta = jax.jit(jax.grad(loss, (0, 1)))(data["x"], data["theta"])
    numpy.testing.assert_allclose(values, data["values"], atol=2e-6)
    numpy.testing.assert_allclose(dx, data["dx"], atol=2e-5)
    numpy.testing.assert_allclose(dtheta, data["dtheta"], atol=2e-5)
    x = numpy.random.default_rng(0).normal(size=(32, max(layer.FEATURES, 2))).astype("float32")
    if folder.name in {"real", "iqp"}:
        mixing = numpy.random.default_rng(1).normal(size=(len(layer.OBSERVABLES), 4))
        y = run(layer(seed=9), x) @ mixing
        model = keras.Sequential([layer(units=4, dtype="mixed_bfloat16")])
        model.compile(keras.optimizers.Adam(0.1), "mse", jit_compile=True)
        losses = model.fit(x, y, batch_size=16, epochs=6, verbose=0).history["loss"]
        assert losses[-1] < 0.7 * losses[0], losses
    x[1] = 0
    x[2, 0] = numpy.nan
    values = run(layer(), x)
    assert numpy.isnan(values[2]).all() == (layer.ENCODER != "none")
    assert layer.ENCODER != "amplitude" or not values[1].any()
"""


def expected(layer: Any, x: np.ndarray, theta: np.ndarray, upstream: np.ndarray) -> dict[str, Any]:
    import tensorflow as tf

    inputs, weights = tf.constant(x), tf.constant(theta)
    with tf.GradientTape() as tape:
        tape.watch([inputs, weights])
        values = layer.expectations(inputs, weights)
        loss = tf.reduce_sum(values * upstream)
    none = tf.UnconnectedGradients.ZERO
    dx, dtheta = tape.gradient(loss, [inputs, weights], unconnected_gradients=none)
    return {"values": values.numpy(), "dx": dx.numpy(), "dtheta": dtheta.numpy()}


def test_jax_agrees_with_tensorflow_and_fits(tmp_path: Path) -> None:
    generator = np.random.default_rng(11)
    for name, spec in SPECS.items():
        layer = generated(tmp_path / name, spec)
        x = generator.normal(size=(4, layer.FEATURES)).astype(np.float32)
        theta = generator.normal(size=len(layer.WEIGHTS)).astype(np.float32)
        upstream = generator.normal(size=(4, len(layer.OBSERVABLES))).astype(np.float32)
        arrays = expected(layer, x, theta, upstream)
        np.savez(tmp_path / name / "data.npz", x=x, theta=theta, upstream=upstream, **arrays)
    done = subprocess.run(
        [sys.executable, "-c", JAX, *(str(tmp_path / name) for name in SPECS)],
        env=os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
