"""The compiled kernel against the ``keras.ops`` code: values and all gradients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import sympy
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qslc_runtime.engines.native import NativeEngine

from qslc.ir.program import Operation, PauliString, Program
from tests.layer.layer_programs import (
    INPUTS,
    WEIGHTS,
    ansatz,
    differentiate,
    draw,
    load,
    make_spec,
    programs,
    simulate,
)

pytestmark = pytest.mark.slow

LAYERS: dict[str, dict[str, Any]] = {
    "amplitude": {"encoder": {"kind": "amplitude", "features": 6}},
    "angle": {"encoder": {"kind": "angle", "features": 3}},
    "iqp": {"encoder": {"kind": "iqp", "repeats": 2}},
}
COMPLEX = ansatz(2, "rx", "ry", "rz", gate="crz")
OBSERVABLES = ("z", "zz", "X0*Z2", "Y0*Y1", "Y0")


def gradients(layer: Any, x: Any, theta: Any, kernel: str, **options: Any) -> list[np.ndarray]:
    """Values, and the gradients of the sum of their squares for x and theta."""

    def loss(values: Any) -> Any:
        finite = keras.ops.where(keras.ops.isfinite(values), values, 0.0)
        return keras.ops.square(finite)

    return differentiate(layer, x, theta, kernel, loss, **options)


def assert_same(layer: Any, x: Any, theta: Any, **options: Any) -> None:
    ours = gradients(layer, x, theta, "compiled", **options)
    for one, other in zip(ours, gradients(layer, x, theta, "keras"), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5 * (1 + np.sqrt(len(x))))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(program=programs(max_qubits=6), tokens=st.sampled_from([1, 15, 17]))
def test_random_program(program: Program, tokens: int, tmp_path: Path) -> None:
    features = len(INPUTS) if program.inputs else 2**program.qubits - 1
    kind = "angle" if program.inputs else "amplitude"
    encoder = {"kind": kind, "features": features}
    layer = load(tmp_path, make_spec(qubits=program.qubits, encoder=encoder), program)
    assert_same(layer, *draw(layer, tokens))


def test_blocks_with_nothing_between_them_keep_all_gates(tmp_path: Path) -> None:
    """A rotation by 0 leaves nothing between the gates H before and behind it."""
    turn = Operation("ryy", (0, 1), sympy.Integer(0))
    program = Program(2, (turn,), (PauliString(((1, "X"),)),), WEIGHTS, start="any")
    layer = load(
        tmp_path, make_spec(qubits=2, encoder={"kind": "amplitude", "features": 4}), program
    )
    assert_same(layer, *draw(layer, 2))


@pytest.mark.parametrize("tokens", [0, 1, 15, 16, 17, 100])
@pytest.mark.parametrize("name", LAYERS)
def test_number_of_tokens(name: str, tokens: int, tmp_path: Path) -> None:
    layer = load(tmp_path, make_spec(**LAYERS[name], ansatz=COMPLEX, measure=OBSERVABLES))
    assert_same(layer, *draw(layer, tokens))


@pytest.mark.parametrize("qubits", range(1, 11))
@pytest.mark.parametrize("rotations", [["ry"], ["rx", "ry", "rz"]])
def test_number_of_qubits(qubits: int, rotations: list[str], tmp_path: Path) -> None:
    """From states smaller than the kernel's least to several groups of qubits."""
    entangler = [{"cnot": {"on": "ring"}}] if qubits > 1 else []
    turns = [{gate: {"on": "all", "angle": "theta"}} for gate in rotations]
    spec = make_spec(
        qubits=qubits,
        encoder={"kind": "amplitude", "features": 2**qubits},
        ansatz={"repeat": 3, "block": [*turns, *entangler]},
    )
    layer = load(tmp_path, spec)
    assert_same(layer, *draw(layer, 33))


def test_a_state_larger_than_the_blocks_of_the_caches(tmp_path: Path) -> None:
    spec = make_spec(qubits=15, encoder={"kind": "angle"}, ansatz=COMPLEX)
    layer = load(tmp_path, spec)
    assert_same(layer, *draw(layer, 3))


ROUNDING = {"float32": 0.0, "bfloat16": 2.0**-8, "float16": 2.0**-11}
TYPES = [("float32", "bfloat16"), ("bfloat16", "bfloat16"), ("float16", "float16")]


@pytest.mark.parametrize(("tokens", "units"), [(33, None), (17, 37), (1, 1)])
@pytest.mark.parametrize(("own", "result"), TYPES)
@pytest.mark.parametrize("name", LAYERS)
def test_types_of_tokens_and_outputs(
    name: str, own: str, result: str, tokens: int, units: int | None, tmp_path: Path
) -> None:
    """Only what is stored is rounded: outputs, and the gradients for the tokens."""
    layer = load(tmp_path, make_spec(**LAYERS[name], measure=OBSERVABLES))
    x, theta = draw(layer, tokens)
    width = len(layer.OBSERVABLES)
    up = None if units is None else np.random.default_rng(units).normal(size=(width, units))
    upstream = np.random.default_rng(3).choice([-1.0, -0.5, 0.5, 1.0], (tokens, units or width))
    ours = differentiate_map(layer, "compiled", x, theta, up, upstream, own, result)
    exact = differentiate_map(layer, "keras", ours[0], theta, up, upstream, "float32", "float32")
    types = (own, result, own, "float32", "float32")
    for one, other, kind in zip(ours, exact, types, strict=False):
        assert one.dtype == kind
        bound = ROUNDING[kind] * np.abs(other) + 1e-5 * (1 + np.sqrt(tokens * (units or 1)))
        assert (np.abs(one.astype(np.float64) - other) <= bound).all()


def differentiate_map(
    layer: Any,
    kernel: str,
    x: Any,
    theta: Any,
    up: Any,
    upstream: Any,
    own: str,
    result: str,
    **options: Any,
) -> list[Any]:
    """Tokens, outputs, and the gradients for tokens, angles and the linear map, if there is one."""
    x = tf.cast(x, own)
    sources = [x, tf.constant(theta), *([] if up is None else [tf.constant(up, tf.float32)])]
    with tf.GradientTape() as tape:
        tape.watch(sources)
        _, angles, *rest = sources
        values = NativeEngine(layer, kernel=kernel, **options).outputs(
            x, angles, *(rest or [None]), result
        )
    slopes = tape.gradient(values, sources, tf.cast(upstream, result))
    return [tensor.numpy() for tensor in (x, values, *slopes)]


DEEP: dict[str, dict[str, Any]] = {
    "real": {"encoder": {"kind": "amplitude", "features": 6}, "ansatz": ansatz(9, "ry")},
    "complex": {"encoder": {"kind": "amplitude", "features": 6}, "ansatz": COMPLEX},
    "bias": {"encoder": {"kind": "amplitude", "features": 6, "pad": "bias"}, "ansatz": COMPLEX},
    "reference": {
        "encoder": {"kind": "amplitude", "features": 3, "pad": "reference"},
        "ansatz": ansatz(9, "ry"),
    },
    "wide": {
        "qubits": 6,
        "encoder": {"kind": "amplitude", "features": 32, "pad": "reference"},
        "ansatz": ansatz(9, "ry"),
    },
}
"""Circuits that cost less as a matrix, for more than a few tokens."""


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", DEEP)
def test_a_circuit_as_a_matrix(name: str, threads: int, tmp_path: Path) -> None:
    """As gate by gate, which four tokens alone are, and the same numbers each time."""
    layer = load(tmp_path, make_spec(measure=OBSERVABLES, **DEEP[name]))
    x, theta = draw(layer, 4001)
    x = x[:, : layer.REFERENCE or None]
    x[5], x[7] = 0, np.nan
    generator = np.random.default_rng(1)
    up = generator.normal(size=(len(layer.OBSERVABLES), 19))
    upstream = generator.normal(size=(4001, 19))

    def run(kernel: str, rows: Any, **options: Any) -> list[np.ndarray]:
        parts = (x[rows], theta, up, upstream[rows], "float32", "float32")
        return differentiate_map(layer, kernel, *parts, **options)[1:]

    values, by_x, *rest = run("compiled", slice(None), threads=threads)
    assert np.isnan(values[7]).all()
    assert not by_x[7].any()
    good, few = np.delete(np.arange(4001), 7), slice(4, 8)
    exact = run("keras", good)
    for one, other in zip((values[good], by_x[good], *rest), exact, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)
    by_gates = run("compiled", few, threads=threads)
    for one, other in zip(by_gates, (values[few], by_x[few]), strict=False):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert not np.array_equal(by_gates[0], values[few], equal_nan=True)
    again = run("compiled", slice(None), threads=threads)
    for one, other in zip(again, (values, by_x, *rest), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("units", [None, 5])
@pytest.mark.parametrize("name", LAYERS)
def test_a_token_that_is_not_finite_spoils_itself_alone(
    name: str, units: int | None, tmp_path: Path
) -> None:
    layer = load(tmp_path, make_spec(**LAYERS[name]))
    x, theta = draw(layer, 20)
    broken, good = x.copy(), np.delete(np.arange(20), [3, 17])
    broken[3, 0], broken[17, 1] = np.nan, np.inf
    up, upstream = None if units is None else np.ones((3, units)), np.ones((20, units or 3))
    types = ("bfloat16", "float16")
    _, values, by_x, *rest = differentiate_map(
        layer, "compiled", broken, theta, up, upstream, *types
    )
    assert np.isnan(values[[3, 17]]).all()
    assert not by_x[[3, 17]].any()
    alone = differentiate_map(layer, "compiled", x[good], theta, up, upstream[good], *types)
    np.testing.assert_array_equal(values[good], alone[1])
    single = (by_x[good].astype(np.float32), alone[2].astype(np.float32))
    np.testing.assert_allclose(*single, rtol=2 * ROUNDING["bfloat16"], atol=1e-4)
    for one, other in zip(rest, alone[3:], strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("name", LAYERS)
def test_threads_agree(name: str, tmp_path: Path) -> None:
    spec = make_spec(qubits=9, measure=("z", "X0*Z8"), **LAYERS[name])
    layer = load(tmp_path, spec)
    x, theta = draw(layer, 500)
    one = gradients(layer, x, theta, "compiled", threads=1)
    two = gradients(layer, x, theta, "compiled", threads=2)
    for single, several in zip(one, two, strict=True):
        np.testing.assert_allclose(single, several, rtol=1e-5, atol=1e-5)


def test_angles_of_many_turns(tmp_path: Path) -> None:
    """Also those that are too large for the short reduction of the sines."""
    layer = load(tmp_path, make_spec(**LAYERS["angle"]))
    x, theta = draw(layer, 4)
    theta[:] = 0
    x += np.array([[50], [1000], [3000], [0]]) * 4 * np.pi
    reduced = x.astype(np.float64) % (4 * np.pi)
    np.testing.assert_allclose(
        simulate(layer, x, theta), simulate(layer, reduced, theta), atol=5e-6
    )


def test_under_xla_the_keras_code_runs(tmp_path: Path) -> None:
    layer = load(tmp_path, make_spec())
    x, theta = draw(layer, 5)
    expectations = NativeEngine(layer, kernel="compiled").expectations
    inside = tf.function(expectations, jit_compile=True)(tf.constant(x), tf.constant(theta))
    np.testing.assert_allclose(inside, expectations(x, theta), atol=2e-6)


def test_a_saved_model_computes_the_same(tmp_path: Path) -> None:
    """As a .keras file, and as a SavedModel, which does without the kernel."""
    layer = load(tmp_path, make_spec())
    model = keras.Sequential([keras.Input((6,)), layer(units=3, engine_options={"threads": 1})])
    x, _ = draw(layer, 3)
    model.layers[0].up.assign(np.ones((3, 3)))
    expected = model(x)
    model.save(tmp_path / "model.keras")
    np.testing.assert_allclose(keras.models.load_model(tmp_path / "model.keras")(x), expected)
    model.export(tmp_path / "exported", verbose=False)
    exported = tf.saved_model.load(tmp_path / "exported")
    np.testing.assert_allclose(exported.serve(x), expected, rtol=0, atol=2e-6)
