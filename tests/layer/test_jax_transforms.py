"""JAX's transformations of a layer: derivatives of every mode, batches on several devices."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.layer.layer_programs import ansatz, make_spec, write_layer
from tests.layer.other_backends import run

pytestmark = pytest.mark.slow

KERAS = """
import pathlib, sys, numpy, jax, qslc_runtime
from jax import numpy as jnp
from qslc_runtime.engines.native import NativeEngine

def same(one, other):
    jax.tree.map(lambda a, b: numpy.testing.assert_allclose(a, b, atol=2e-5), one, other)

for folder in map(pathlib.Path, sys.argv[1:]):
    layer = qslc_runtime.load(folder)
    layer.CHUNK = 4
    random = numpy.random.default_rng(0)
    x = random.normal(size=(6, layer.FEATURES)).astype("float32")
    theta = random.normal(size=len(layer.WEIGHTS)).astype("float32")
    values = NativeEngine(layer, kernel="keras").expectations
    compiled = NativeEngine(layer, kernel="compiled").expectations
    def loss(x, theta):
        return jnp.sin(values(x, theta)).sum()
    def compiled_loss(x, theta):
        return jnp.sin(compiled(x, theta)).sum()
    by_x, by_theta = jax.jit(jax.jacrev(compiled, (0, 1)))(x, theta)
    same(jax.jit(jax.jacrev(values, (0, 1)))(x, theta), (by_x, by_theta))
    same(jax.jit(jax.jacfwd(values, (0, 1)))(x, theta), (by_x, by_theta))
    tangent = jnp.einsum("tmsf,sf->tm", by_x, x) + by_theta @ theta
    same(jax.jit(lambda *at: jax.jvp(values, at, at)[1])(x, theta), tangent)
    same(jax.jit(lambda *at: jax.linearize(values, *at)[1](*at))(x, theta), tangent)
    slopes = jax.jit(jax.grad(compiled_loss, 1))
    steps = 1e-2 * numpy.eye(len(theta), dtype="float32")
    second = jnp.stack([(slopes(x, theta + d) - slopes(x, theta - d)) / 2e-2 for d in steps])
    for hessian in (
        jax.hessian(loss, 1),
        jax.jacrev(jax.jacrev(loss, 1), 1),
        jax.jacrev(jax.jacfwd(loss, 1), 1),
    ):
        numpy.testing.assert_allclose(jax.jit(hessian)(x, theta), second, atol=5e-3)
    rows = jax.vmap(lambda row: jax.jacfwd(lambda t: values(row[None], t)[0])(theta))
    same(jax.jit(rows)(x), by_theta)
"""

COMPILED = """
import pathlib, sys, numpy, jax, qslc_runtime
from jax import numpy as jnp
from qslc_runtime.engines.native import NativeEngine

layer = qslc_runtime.load(pathlib.Path(sys.argv[1]))
random = numpy.random.default_rng(0)
x = random.normal(size=(6, layer.FEATURES)).astype("float32")
theta = random.normal(size=len(layer.WEIGHTS)).astype("float32")
values = NativeEngine(layer, kernel="compiled").expectations

def loss(x, theta):
    return jnp.sin(values(x, theta)).sum()

def same(one, other):
    jax.tree.map(lambda a, b: numpy.testing.assert_allclose(a, b, atol=2e-5), one, other)

for f in (
    jax.jacfwd(values, 1),
    jax.jit(jax.jacfwd(values)),
    jax.hessian(loss, 1),
    jax.jit(jax.jacrev(jax.jacrev(loss, 1), 1)),
    lambda x, theta: jax.jvp(values, (x, theta), (x, theta)),
):
    try:
        f(x, theta)
    except TypeError as error:
        assert 'engine_options={"kernel": "keras"}' in str(error), error
    else:
        raise AssertionError(f)

slopes = jax.grad(loss, (0, 1))(x, theta)
parts = x.reshape(3, 2, -1)
def mapped_loss(x, theta):
    return jnp.sin(jax.vmap(values, (0, None))(x, theta)).sum()
mapped = jax.grad(mapped_loss, (0, 1))(parts, theta)
same((mapped[0].reshape(x.shape), mapped[1]), slopes)
each = jax.vmap(jax.grad(loss, 1), (0, None))(parts, theta)
same(each.sum(0), slopes[1])
twice = jax.vmap(jax.vmap(jax.grad(loss, 1), (0, None)), (None, 0))
twice = twice(parts, jnp.stack([theta, -theta]))
same(twice[0], each)
same(jax.grad(jax.checkpoint(loss), (0, 1))(x, theta), slopes)
same(jax.grad(lambda t: (loss(x, t), t.sum())[1])(theta), numpy.ones_like(theta))
def step(total, part):
    return total + loss(part, theta), None
same(jax.jit(jax.grad(lambda x: jax.lax.scan(step, 0.0, x)[0]))(parts).reshape(x.shape), slopes[0])
"""

DEVICES = """
import pathlib, sys, numpy, jax, keras, qslc_runtime
from jax import numpy as jnp
from jax.experimental.shard_map import shard_map
from jax.sharding import Mesh, NamedSharding, PartitionSpec as P
from qslc_runtime.engines.native import NativeEngine

layer = qslc_runtime.load(pathlib.Path(sys.argv[1]))
layer.CHUNK = 64
random = numpy.random.default_rng(0)

def drawn(*shape):
    return random.normal(size=shape).astype("float32")

theta, up = drawn(len(layer.WEIGHTS)), drawn(len(layer.OBSERVABLES), 16)
devices = numpy.array(jax.devices())
by_data = Mesh(devices[:2], ("data",))
by_both = Mesh(devices.reshape(2, 2), ("data", "model"))

def same(one, other):
    jax.tree.map(lambda a, b: numpy.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-3), one, other)

for kernel in ("compiled", "keras"):
    def outputs(x, theta, up):
        return NativeEngine(layer, kernel=kernel).outputs(x, theta, up, "float32")
    def loss(x, theta, up):
        return jnp.sin(outputs(x, theta, up)).sum()
    step = jax.value_and_grad(loss, (0, 1, 2))
    x = drawn(512, layer.FEATURES)
    expected = jax.jit(step)(x, theta, up)
    for mesh, axes, own in (
        (by_data, "data", 256),
        (by_both, "data", 256),
        (by_both, ("data", "model"), 128),
    ):
        divided = jax.device_put(x, NamedSharding(mesh, P(axes)))
        rest = [jax.device_put(part, NamedSharding(mesh, P())) for part in (theta, up)]
        compiled = jax.jit(step).lower(divided, *rest).compile()
        text = compiled.as_text()
        assert "all-gather" not in text, (kernel, axes)
        assert f"f32[{own},16]" in text and "f32[512,16]" not in text, (kernel, axes)
        same(compiled(divided, *rest), expected)
    same(step(divided, *rest), expected)
    for mesh, spec in ((by_data, P()), (by_both, P(None, "model"))):
        same(jax.jit(step)(jax.device_put(x, NamedSharding(mesh, spec)), theta, up), expected)
    @jax.jit
    def constrained(x):
        x = jax.lax.with_sharding_constraint(x, NamedSharding(by_data, P("data")))
        return step(x, theta, up)
    same(constrained(x[:7]), jax.jit(step)(x[:7], theta, up))
    parts = jax.device_put(x.reshape(4, 128, -1), NamedSharding(by_data, P("data")))
    mapped = jax.jit(jax.vmap(outputs, (0, None, None)))(parts, theta, up)
    same(mapped.reshape(512, 16), outputs(x, theta, up))
    mapped = jax.pmap(outputs, in_axes=(0, None, None))(x.reshape(4, 128, -1), theta, up)
    same(mapped.reshape(512, 16), outputs(x, theta, up))
    if kernel == "compiled":
        own = shard_map(outputs, by_data, in_specs=(P("data"), P(), P()), out_specs=P("data"))
        same(jax.jit(own)(x, theta, up), outputs(x, theta, up))
        slopes = jax.jit(jax.grad(lambda *parts: jnp.sin(own(*parts)).sum(), (0, 1, 2)))
        same(slopes(x, theta, up), expected[1])

data = drawn(64, 3, layer.FEATURES)

def trained(distribution):
    keras.distribution.set_distribution(distribution)
    model = keras.Sequential([keras.Input(data.shape[1:]), layer(units=5, seed=1)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.fit(data, data[..., :5], batch_size=16, epochs=2, shuffle=False, verbose=0)
    return [numpy.asarray(weight) for weight in model.get_weights()]

alone = trained(None)
same(trained(keras.distribution.DataParallel(devices=keras.distribution.list_devices())), alone)
"""

SMALL = ansatz(1, "ry", pattern="linear")
SPECS = {
    "real": make_spec(),
    "iqp": make_spec(
        qubits=2, encoder={"kind": "iqp", "repeats": 2}, ansatz=SMALL, measure=("z", "Y0*Y1")
    ),
    "none": make_spec(encoder={"kind": "none"}, ansatz=SMALL),
}


def test_all_derivatives_of_the_keras_code(tmp_path: Path) -> None:
    folders = [write_layer(tmp_path / name, spec) for name, spec in SPECS.items()]
    assert run("jax", KERAS, *folders) == ""


def test_the_compiled_kernel_has_first_derivatives_in_reverse_mode(tmp_path: Path) -> None:
    assert run("jax", COMPILED, write_layer(tmp_path, SPECS["real"])) == ""


@pytest.mark.parametrize("partitioner", ["false", "true"], ids=["gspmd", "shardy"])
def test_each_device_computes_its_own_tokens(
    partitioner: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Values and gradients, in what XLA compiles and in what it returns."""
    flags = os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=4"
    monkeypatch.setenv("XLA_FLAGS", flags)
    monkeypatch.setenv("JAX_USE_SHARDY_PARTITIONER", partitioner)
    assert run("jax", DEVICES, write_layer(tmp_path, make_spec())) == ""
