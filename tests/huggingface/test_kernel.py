"""The compiled kernel on PyTorch: values, gradients and types as of the ``keras.ops`` code."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import qslc_runtime
import torch
from keras import ops
from qslc_runtime.compiled.program import write_program
from qslc_runtime.compiled.torch import _compute_gradients, _compute_outputs
from qslc_runtime.engines.native import NativeEngine

import qslc

pytestmark = pytest.mark.slow

BASE = qslc.sublayer("small", qubits=4)
SPECS = {
    "amplitude": BASE.amplitude(features=12).layers(2).measure("z"),
    "complex": BASE.amplitude(features=16).layers(2, rotations=["rx", "rz"]).measure("X0*Y1", "Z2"),
    "angle": BASE.angle(rotation="rx").layers(1).measure("zz"),
    "iqp": BASE.iqp(repeats=2).layers(1).measure("z"),
}


@pytest.fixture(scope="module", params=SPECS)
def layer(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    qslc.compile(SPECS[request.param]).save(folder)
    return qslc_runtime.load(folder)


def evaluate(layer, kernel, dtype=torch.float32, up=None, threads=None):
    """Return the outputs and the gradients of inputs, angles and map."""
    engine = NativeEngine(layer, kernel=kernel, threads=threads)
    torch.manual_seed(0)
    x = torch.randn(37, layer.FEATURES).to(dtype).requires_grad_()
    theta = torch.randn(len(layer.WEIGHTS), requires_grad=True)
    parts = [x, theta]
    if up is not None:
        up = torch.randn(len(layer.OBSERVABLES), up, requires_grad=True)
        parts.append(up)
    outputs = engine.outputs(x, theta, up, str(dtype)[6:])
    upstream = torch.randn(outputs.shape).to(dtype)
    slopes = torch.autograd.grad(outputs, parts, upstream)
    assert outputs.dtype == x.dtype and [s.dtype for s in slopes] == [p.dtype for p in parts]
    return [part.detach().float().numpy() for part in (outputs, *slopes)]


@pytest.mark.parametrize("up", [None, 5])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_values_and_gradients_are_those_of_the_keras_code(layer, dtype, up):
    bound = {torch.float32: 2e-6, torch.bfloat16: 8e-3, torch.float16: 1e-3}[dtype]
    found = (evaluate(layer, kernel, dtype, up) for kernel in ("compiled", "keras"))
    for one, other in zip(*found, strict=True):
        assert abs(one - other).max() <= bound * max(abs(other).max(), 1)


def test_any_number_of_threads_gives_the_same_bits(layer):
    one, two = (evaluate(layer, "compiled", up=3, threads=threads) for threads in (1, 2))
    assert all(map(np.array_equal, one, two))


def test_second_derivatives_are_refused(layer):
    x = torch.randn(2, layer.FEATURES, requires_grad=True)
    theta = torch.randn(len(layer.WEIGHTS), requires_grad=True)
    values = NativeEngine(layer, kernel="compiled").expectations(x, theta)
    (slope,) = torch.autograd.grad(values.sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="build the layer with engine_options="):
        slope.sum().backward()


def test_strides_empty_batches_and_nan(layer):
    made = layer(engine_options={"kernel": "compiled"})
    rows = torch.randn(3, 2 * layer.FEATURES)
    assert torch.equal(made(rows[:, ::2]), made(rows[:, ::2].contiguous()))
    assert made(rows[:0, ::2]).shape == (0, len(layer.OBSERVABLES))
    rows[1, 0] = float("nan")
    values = made(rows[:, ::2])
    assert values[1].isnan().all() and values[[0, 2]].isfinite().all()


def test_other_threads_run_meanwhile(tmp_path):
    qslc.compile(qslc.sublayer("wide", qubits=10).angle().layers(4)).save(tmp_path)
    layer = qslc_runtime.load(tmp_path)
    engine = NativeEngine(layer, kernel="compiled", threads=1)
    x, theta = torch.randn(20000, layer.FEATURES), torch.randn(len(layer.WEIGHTS))
    engine.expectations(x[:1], theta)
    turns = 0
    with ThreadPoolExecutor(1) as pool:
        called = pool.submit(engine.expectations, x, theta)
        while not called.done():
            turns += 1
            time.sleep(1e-4)
    assert turns > 20


def test_operations_are_what_pytorch_asks_of_them(layer):
    """Schemas, derivatives, shapes without numbers, and graphs of ``torch.compile``."""
    width = len(layer.OBSERVABLES)
    x = torch.randn(5, layer.FEATURES, requires_grad=True)
    theta = torch.randn(len(layer.WEIGHTS), requires_grad=True)
    up = torch.randn(width, 3, requires_grad=True)
    program = torch.from_numpy(write_program(layer))
    torch.library.opcheck(_compute_outputs, (x, theta, up, program, 0, 3, torch.float32))
    down = (x.detach(), theta.detach(), torch.zeros(0, 0), torch.randn(5, width), program, 1)
    torch.library.opcheck(_compute_gradients, down)


def test_a_folded_layer(layer):
    made = layer(units=3)
    rows = torch.randn(2, layer.FEATURES)
    made(rows)
    made.up.assign(ops.ones(made.up.shape))
    if layer.ENCODER == "iqp":
        with pytest.raises(ValueError, match="fold"):
            made.fold()
        return
    folded = made.fold()
    assert folded._binding is not None
    found = []
    for each in (made, folded):
        x = rows.clone().requires_grad_()
        outputs = each(x)
        found.append((outputs, *torch.autograd.grad((outputs * outputs).sum(), x)))
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, atol=1e-5)
