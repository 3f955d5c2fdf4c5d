"""The same layers on JAX: one process for all checks, values and gradients as TensorFlow's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.layer.layer_programs import ansatz, make_spec, write_layer
from tests.layer.other_backends import run, write_layers

pytestmark = pytest.mark.slow

JAX = """
import pathlib, sys, numpy, jax, keras, qslc_runtime
from qslc_runtime.engines.native import NativeEngine
assert keras.backend.backend() == "jax"

def run(layer, x):
    layer.build(x.shape)
    return numpy.asarray(jax.jit(layer)(x))

for folder in map(pathlib.Path, sys.argv[1:]):
    layer = qslc_runtime.load(folder)
    data = numpy.load(folder / "data.npz")
    for kernel in ("compiled", "keras"):
        simulate = NativeEngine(layer, kernel=kernel).expectations
        def loss(x, theta):
            return (simulate(x, theta) * data["upstream"]).sum()
        values = jax.jit(simulate)(data["x"], data["theta"])
        dx, dtheta = jax.jit(jax.grad(loss, (0, 1)))(data["x"], data["theta"])
        numpy.testing.assert_allclose(values, data["values"], atol=2e-6)
        numpy.testing.assert_allclose(dx, data["dx"], atol=2e-5)
        numpy.testing.assert_allclose(dtheta, data["dtheta"], atol=2e-5)
        single = jax.vmap(lambda token, theta: simulate(token[None], theta)[0], (0, None))
        numpy.testing.assert_allclose(jax.jit(single)(data["x"], data["theta"]), values, atol=2e-6)
    def outputs(kernel, dtype, *arguments):
        return NativeEngine(layer, kernel=kernel).outputs(*arguments, dtype)
    exactly = jax.jit(lambda *arguments: outputs("keras", "float32", *arguments))
    for own, eps in (("bfloat16", 2.0**-8), ("float16", 2.0**-11)):
        x, up = jax.numpy.asarray(data["x"], own), numpy.ones((values.shape[1], 5), "float32")
        y, pull = jax.vjp(lambda *a: outputs("compiled", own, *a), x, data["theta"], up)
        y32, pull32 = jax.vjp(exactly, x.astype("float32"), data["theta"], up)
        ours, exact = (y, *pull(y)), (y32, *pull32(y.astype("float32")))
        assert [part.dtype for part in ours] == [own, own, "float32", "float32"]
        for one, other, rounding in zip(ours, exact, (eps, eps, 0, 0)):
            one, other = numpy.asarray(one, "float64"), numpy.asarray(other, "float64")
            assert (abs(one - other) <= rounding * abs(other) + 1e-4).all()
    small = type("Chunked", (layer,), {"CHUNK": 3})
    chunked = NativeEngine(small, kernel="keras").expectations
    def chunked_loss(x, theta):
        return (chunked(x, theta) * data["upstream"]).sum()
    numpy.testing.assert_allclose(chunked(data["x"], data["theta"]), values, atol=2e-6)
    for slope, whole in zip(
        jax.jit(jax.grad(chunked_loss, (0, 1)))(data["x"], data["theta"]), (dx, dtheta)
    ):
        numpy.testing.assert_allclose(slope, whole, atol=2e-6)
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


DEEP = """
import pathlib, sys, jax, numpy, qslc_runtime
from qslc_runtime.engines.native import NativeEngine

layer = qslc_runtime.load(pathlib.Path(sys.argv[1]))
layer.CHUNK = 8
def loss(x, theta):
    return NativeEngine(layer, kernel="keras").expectations(x, theta).sum()
shapes = (jax.ShapeDtypeStruct((1024, 6), "float32"), jax.ShapeDtypeStruct((48,), "float32"))
compiled = jax.jit(jax.grad(loss, (0, 1))).lower(*shapes).compile()
state = 1024 * 8 * 4
assert compiled.memory_analysis().temp_size_in_bytes < 6 * state
"""


def test_jax_agrees_with_tensorflow_and_fits(tmp_path: Path) -> None:
    assert run("jax", JAX, *write_layers(tmp_path)) == ""


def test_a_training_step_keeps_no_states(tmp_path: Path) -> None:
    """Sixteen layers take less than the memory of six states of all tokens."""
    layer = write_layer(tmp_path, make_spec(ansatz=ansatz(16, "ry")))
    assert run("jax", DEEP, layer) == ""
