"""A circuit of one's own as a layer: every engine against Cirq, sums of observables, gradients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cirq
import keras
import numpy as np
import pytest
import qslc_runtime
import sympy
import tensorflow as tf

import qslc
from tests.circuits.simulation import compute_of_cirq
from tests.engines import density
from tests.engines.exact import gradient
from tests.insertion.small_families import make_family

pytestmark = pytest.mark.slow

A, B, X, Y = sympy.symbols("theta[0] b x data-1")
Q = cirq.LineQubit.range(3)
CIRCUIT = cirq.Circuit(
    cirq.H.on_each(*Q),
    cirq.rx(X * A + B)(Q[0]),
    cirq.ISWAP(Q[0], Q[1]) ** B,
    cirq.CZ(Q[1], Q[2]) ** (Y * A / 2),
    cirq.PhasedXZGate(x_exponent=A, z_exponent=0.2, axis_phase_exponent=Y)(Q[2]),
    cirq.ry(X)(Q[1]),
    cirq.MatrixGate(cirq.testing.random_unitary(2, random_state=1))(Q[1]),
    cirq.CNOT(Q[0], Q[1]),
)
OBSERVABLES = [
    0.5 * cirq.X(Q[1]) * cirq.Z(Q[2]) - 2 * cirq.Y(Q[0]) + 0.25,
    cirq.Z(Q[0]),
    cirq.Z(Q[0]) - cirq.Z(Q[1]),
]
INPUTS = ("data-1", "x")
TOKENS = np.random.default_rng(0).normal(size=(4, 2))
THETA = np.array([0.7, -1.2])


def expect(tokens: Any, theta: Any) -> Any:
    rows = [
        {"data-1": y, "x": x, "b": theta[0], "theta[0]": theta[1]} for y, x in np.asarray(tokens)
    ]
    return np.array([compute_of_cirq(CIRCUIT, OBSERVABLES, row) for row in rows])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("own")
    spec = qslc.from_cirq(CIRCUIT, OBSERVABLES, INPUTS, device="weber", noise="device")
    qslc.compile_to(spec, path)
    return path


@pytest.fixture
def layer(folder: Path) -> Any:
    return qslc_runtime.load(folder)


def make(layer: Any, **options: Any) -> Any:
    made = layer(**options)
    made.build((None, 2))
    made.theta.assign(THETA)
    return made


def test_what_the_class_states(layer: Any) -> None:
    assert (layer.FEATURES, layer.WEIGHTS) == (2, ("b", "theta[0]"))
    assert layer.OBSERVABLES == ("-2*Y0 + 0.5*X1*Z2 + 0.25", "Z0", "Z0 - Z1")


def test_the_compile_as_a_value(folder: Path) -> None:
    """Sums on device qubits; and its OpenQASM, in which names are identifiers."""
    compiled = qslc.open(folder)
    values = dict(zip(("b", "theta[0]", "x0", "x1"), (*THETA, *TOKENS[0]), strict=True))
    circuit = compiled.device_circuit
    made = compute_of_cirq(circuit, compiled.observables, values, sorted(circuit.all_qubits()))
    np.testing.assert_allclose(made, expect(TOKENS[:1], THETA)[0], atol=1e-9)
    assert "input float[64] theta_0_;  // theta[0]" in compiled.qasm
    names = ["theta_0_", "b"]
    again = qslc.sublayer("again").circuit(folder / "physical.qasm", ["x0", "x1"], weights=names)
    assert again.measure("z").spec().qubits == len(circuit.all_qubits())
    assert "added up" in (folder / "report.md").read_text()


ENGINES: dict[str, dict[str, Any]] = {
    "compiled": {},
    "keras": {"engine_options": {"kernel": "keras"}},
    "tfq": {"engine": "tfq"},
}


@pytest.mark.parametrize("name", ENGINES)
def test_exact_engines_are_the_circuit(layer: Any, name: str) -> None:
    made = make(layer, **ENGINES[name])
    upstream = np.random.default_rng(1).normal(size=(4, 3))
    tokens = tf.constant(TOKENS, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(tokens)
        values = made(tokens)
        loss = tf.reduce_sum(values * tf.constant(upstream, tf.float32))
    slopes = tape.gradient(loss, (tokens, made.theta.value))
    np.testing.assert_allclose(values, expect(TOKENS, THETA), atol=1e-5)
    by_tokens = gradient(lambda x: np.sum(upstream * expect(x, THETA)), TOKENS)
    by_theta = gradient(lambda t: np.sum(upstream * expect(TOKENS, t)), THETA)
    np.testing.assert_allclose(slopes[0], by_tokens, atol=1e-3)
    np.testing.assert_allclose(slopes[1], by_theta, atol=1e-3)


def test_the_noisy_engine_is_a_density_matrix(layer: Any, folder: Path) -> None:
    artifact = qslc_runtime.Artifact.read(folder)
    noisy = make(layer, engine="noisy")(TOKENS.astype(np.float32))
    names = (*artifact.weights, *artifact.inputs)
    strings = [o.logical for o in artifact.observables]
    for values, token in zip(np.asarray(noisy), TOKENS, strict=True):
        point = dict(zip(names, [*THETA, *token], strict=True))
        means = dict(zip(strings, density.expectations(artifact, point), strict=True))
        wanted = [
            -2 * means["Y0"] + 0.5 * means["X1*Z2"] + 0.25,
            means["Z0"],
            means["Z0"] - means["Z1"],
        ]
        np.testing.assert_allclose(values, wanted, atol=2e-5)


def test_shots_follow_it_and_have_gradients(layer: Any) -> None:
    options = {"sampler": "simulator", "shots": 20_000, "gradient": "parameter_shift"}
    tokens = tf.constant(TOKENS[:2], tf.float32)
    slopes = []
    for made in (make(layer), make(layer, engine="sampler", engine_options=options)):
        with tf.GradientTape() as tape:
            tape.watch(tokens)
            values = made(tokens, training=True)
            loss = tf.reduce_sum(values**2)
        np.testing.assert_allclose(values, expect(TOKENS[:2], THETA), atol=0.1)
        by = tape.gradient(loss, (tokens, made.theta.value))
        slopes.append(np.concatenate([np.ravel(each) for each in by]))
    assert np.abs(slopes[0] - slopes[1]).max() < 0.5 < 1 < np.abs(slopes[0]).max()


def test_a_linear_map_behind_sums(layer: Any, tmp_path: Path) -> None:
    made = make(layer, units=5)
    up = np.random.default_rng(2).normal(size=(3, 5))
    assert made.up.shape == up.shape
    made.up.assign(up)
    tokens = TOKENS.astype(np.float32)
    np.testing.assert_allclose(made(tokens), expect(TOKENS, THETA) @ up, atol=2e-5)
    model = keras.Sequential([keras.Input((2,)), made])
    model.save(tmp_path / "own.keras")
    again = keras.saving.load_model(tmp_path / "own.keras")
    np.testing.assert_array_equal(again(tokens), model(tokens))


def test_it_is_folded_where_features_are_angles_once(tmp_path: Path) -> None:
    circuit = cirq.Circuit(
        cirq.rx(X)(Q[0]), cirq.ry(Y)(Q[1]), cirq.ISWAP(*Q[:2]) ** A, cirq.ry(B)(Q[1])
    )
    spec = qslc.from_cirq(circuit, OBSERVABLES[2] + 0.5, INPUTS)
    qslc.compile_to(spec, tmp_path)
    for units in (None, 3):
        made = make(qslc_runtime.load(tmp_path), units=units)
        if units:
            made.up.assign(np.ones((1, 3)))
        tokens = TOKENS.astype(np.float32)
        np.testing.assert_allclose(made.fold()(tokens), made(tokens), atol=1e-6)
        assert np.abs(made(tokens)).max() > 0.5


def test_it_is_inserted_into_a_model(tmp_path: Path) -> None:
    spec = qslc.from_cirq(CIRCUIT, OBSERVABLES, INPUTS, project="learned")
    qslc.compile_to(spec, tmp_path)
    model = make_family("GPT2")
    qslc_runtime.insert(model, qslc_runtime.load(tmp_path), targets=("query",))
    shapes = [tuple(weight.shape) for weight in model.trainable_variables]
    assert shapes.count((16, 2)) == shapes.count((2,)) == shapes.count((3, 16)) == 2
