"""Engine noisy against density matrices and against its own differences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cirq
import keras
import numpy as np
import pytest
import qslc_runtime
import tensorflow as tf
from qslc_runtime.engines.noisy import NoisyEngine
from qslc_runtime.engines.qsim import QsimEngine
from qslc_runtime.engines.states import parse_qubit
from qslc_runtime.engines.transfer import compute_transfer_matrix

import qslc
from tests.engines.density import expectations
from tests.engines.folders import layer
from tests.engines.test_engine_noise import CHANNELS, QUBITS, angle_case, artifact
from tests.processes import run_python

pytestmark = pytest.mark.slow

NOISE = (
    "{depolarizing: {1q: 0.002, 2q: 0.02}, amplitude_damping: 0.01, "
    "readout: {p01: 0.01, p10: 0.04}}"
)
ENCODERS = {
    "amplitude": "{kind: amplitude, features: 9}",
    "bias": "{kind: amplitude, features: 9, pad: bias}",
    "reference": "{kind: amplitude, features: 8, pad: reference}",
    "angle": "{kind: angle}",
    "iqp": "{kind: iqp, repeats: 1}",
    "none": "{kind: none}",
}


def load(
    folder: Path,
    encoder: str,
    device: str = "{grid: [2, 4]}",
    noise: str = NOISE,
    qubits: int = 4,
) -> Any:
    text = f"""qslc: 1
name: noisy
qubits: {qubits}
encoder: {encoder}
ansatz: {{depth: 2, rotations: [ry, rz], entangler: {{gate: cnot, pattern: star}}}}
measure: [z, "X0*Y1", "Z0*Z1*Z2*Z3"]
device: {device}
noise: {noise}
"""
    qslc.compile_to(qslc.parse(text), folder)
    return qslc_runtime.load(folder)


def draw(cls: Any, tokens: int = 5) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(tokens, cls.FEATURES)).astype(np.float32)
    return features, rng.uniform(-2, 2, len(cls.WEIGHTS)).astype(np.float32)


@pytest.mark.parametrize("channels", CHANNELS)
def test_expectations_are_those_of_density_matrices(tmp_path: Path, channels: str) -> None:
    of, x, theta, exact = angle_case(tmp_path, **CHANNELS[channels])
    values = NoisyEngine(of, layer(of)).expectations(x, theta)
    np.testing.assert_allclose(values[0], exact, atol=2e-6)


def test_expectations_of_amplitudes(tmp_path: Path) -> None:
    of = artifact(tmp_path, {"kind": "amplitude", "features": 8}, **CHANNELS["everything"])
    x = np.array([[0.9, 0.2, -0.3, 0.4, 0.1, -0.6, 0.2, 0.7]], np.float32)
    theta = np.linspace(-0.5, 0.6, len(of.weights)).astype(np.float32)
    vector = x[0] / np.linalg.norm(x[0])
    start = vector.reshape((2,) * QUBITS).transpose().reshape(-1).astype(np.complex128)
    exact = expectations(of, dict(zip(of.weights, theta.tolist(), strict=True)), start)
    values = NoisyEngine(of, layer(of)).expectations(x, theta)
    np.testing.assert_allclose(values[0], exact, atol=2e-6)


@pytest.mark.parametrize(("qubits", "encoder"), [(4, "iqp"), (6, "angle"), (8, "amplitude")])
def test_a_calibrated_chip_on_density_matrices(tmp_path: Path, qubits: int, encoder: str) -> None:
    """All errors of Willow's calibration, dephasing and coherent ones too."""
    kinds = {"amplitude": f"{{kind: amplitude, features: {2**qubits}}}", "iqp": ENCODERS["iqp"]}
    cls = load(tmp_path, kinds.get(encoder, ENCODERS["angle"]), "willow", "device", qubits)
    of = qslc_runtime.Artifact.read(tmp_path)
    assert {effect.name for effect in of.noise.rates} >= {"dephasing", "coherent", "readout"}
    x, theta = draw(cls, 2)
    angles = dict(zip(of.weights, theta.tolist(), strict=True))
    values = np.asarray(qslc_runtime.engines.create("noisy", cls, {}).expectations(x, theta))
    for features, found in zip(x, values, strict=True):
        start: Any = 0
        if of.taken.amplitudes:
            used = sorted(of.start, key=lambda label: parse_qubit(label))
            assert len(used) == len({*of.physical_circuit.all_qubits()}), "no other qubits"
            vector = (features / np.linalg.norm(features)).reshape((2,) * qubits)
            order = [[*of.start].index(label) for label in used]
            start = vector.transpose(order).reshape(-1).astype(np.complex128)
        own = dict(zip(of.inputs, features.tolist(), strict=True)) if of.inputs else {}
        np.testing.assert_allclose(found, expectations(of, angles | own, start), atol=1e-5)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_trajectories_average_to_it(tmp_path: Path, encoder: str) -> None:
    cls = load(tmp_path, ENCODERS[encoder])
    x, theta = draw(cls, 3)
    noisy, qsim, ideal = (
        np.asarray(qslc_runtime.engines.create(name, cls, options).expectations(x, theta))
        for name, options in (
            ("noisy", {}),
            ("qsim", {"trajectories": 2000}),
            ("qsim", {"noise": False}),
        )
    )
    assert np.max(np.abs(noisy - qsim)) < 0.03
    assert np.max(np.abs(noisy - ideal)) > 0.06, "the test has no power"


@pytest.mark.parametrize("encoder", ["bias", "angle", "iqp"])
def test_gradients_are_differences(tmp_path: Path, encoder: str) -> None:
    cls = load(tmp_path, ENCODERS[encoder])
    engine = qslc_runtime.engines.create("noisy", cls, {})
    x, theta = map(tf.constant, draw(cls))
    weights = np.random.default_rng(1).normal(size=(len(x), len(cls.OBSERVABLES)))

    def compute(x: Any, theta: Any) -> Any:
        return tf.reduce_sum(engine.expectations(x, theta) * weights.astype(np.float32))

    with tf.GradientTape() as tape:
        tape.watch((x, theta))
        loss = compute(x, theta)
    for variable, gradient, shift in zip(
        (x, theta),
        tape.gradient(loss, (x, theta)),
        (lambda d: (d, 0), lambda d: (0, d)),
        strict=True,
    ):
        direction = np.random.default_rng(2).normal(size=variable.shape).astype(np.float32)
        direction /= np.linalg.norm(direction)
        ahead, behind = (
            compute(x + a, theta + b) for a, b in map(shift, (5e-3 * direction, -5e-3 * direction))
        )
        slope = np.sum(gradient * direction)
        np.testing.assert_allclose((ahead - behind) / 1e-2, slope, atol=2e-3, rtol=2e-3)


def test_what_a_gradient_does_not_keep_is_computed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cls = load(tmp_path, ENCODERS["amplitude"])
    x, theta = map(tf.constant, draw(cls))

    def differentiate() -> Any:
        engine = qslc_runtime.engines.create("noisy", cls, {})
        with tf.GradientTape() as tape:
            tape.watch((x, theta))
            loss = tf.reduce_sum(engine.expectations(x, theta) ** 2)
        return tape.gradient(loss, (x, theta))

    kept = differentiate()
    monkeypatch.setattr("qslc_runtime.engines.transfer._KEPT", 1)
    for a, b in zip(kept, differentiate(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


@pytest.mark.parametrize("jit", [False, True])
def test_a_layer_trains_on_it_and_is_saved(tmp_path: Path, jit: bool) -> None:
    cls = load(tmp_path, ENCODERS["angle"], "weber", "device")
    x, _ = draw(cls)
    model = keras.Sequential([keras.Input((cls.FEATURES,)), cls(2, engine="noisy")])
    model.compile(keras.optimizers.Adam(0.05), "mse", jit_compile=jit)
    losses = model.fit(x, np.ones((len(x), 2)), epochs=5, verbose=0).history["loss"]
    assert losses[-1] < 0.9 * losses[0]
    model.save(tmp_path / "noisy.keras")
    np.testing.assert_array_equal(
        keras.models.load_model(tmp_path / "noisy.keras")(x), np.asarray(model(x))
    )
    with pytest.raises(ValueError, match="noisy"):
        model.layers[0].fold()


READ = """
import sys
import numpy as np, tensorflow as tf

model = tf.saved_model.load(sys.argv[1])
np.save(sys.argv[3], model.serve(np.load(sys.argv[2])).numpy())
assert not any(name.startswith("qslc") for name in sys.modules)
"""


@pytest.mark.parametrize("encoder", ["amplitude", "iqp"])
def test_it_is_exported_and_called_in_graphs(tmp_path: Path, encoder: str) -> None:
    cls = load(tmp_path / "layer", ENCODERS[encoder])
    x, _ = draw(cls)
    x[1, 0] = np.nan
    model = keras.Sequential([keras.Input((cls.FEATURES,)), cls(engine="noisy")])
    values = np.asarray(model(x))
    for jit in (False, True):
        traced = tf.function(model, jit_compile=jit)(tf.constant(x))
        np.testing.assert_allclose(traced, values, atol=2e-6)
    model.export(tmp_path / "model", verbose=False)
    np.save(tmp_path / "x.npy", x)
    run_python(READ, tmp_path / "model", tmp_path / "x.npy", tmp_path / "values.npy")
    np.testing.assert_allclose(np.load(tmp_path / "values.npy"), values, atol=2e-6)
    assert np.isnan(values[1]).all()


JAX = """
import sys
import jax, keras, numpy as np, qslc_runtime
from tests.engines.test_engine_noisy import draw

for folder in sys.argv[2:]:
    cls = qslc_runtime.load(folder)
    x, theta = draw(cls)
    engine = qslc_runtime.engines.create("noisy", cls, {})
    values = np.asarray(jax.jit(engine.expectations)(x, theta))
    np.testing.assert_allclose(values, np.load(f"{folder}/values.npy"), atol=2e-6)
    loss = lambda x, t: (engine.expectations(x, t) ** 2).sum()
    slopes = jax.jit(jax.grad(loss, (0, 1)))(x, theta)
    for slope, name in zip(slopes, ("by_x", "by_theta")):
        np.testing.assert_allclose(slope, np.load(f"{folder}/{name}.npy"), atol=2e-5)
    model = keras.Sequential([keras.Input((cls.FEATURES,)), cls(2, engine="noisy")])
    model.compile(keras.optimizers.Adam(0.05), "mse")
    losses = model.fit(x, np.ones((len(x), 2)), epochs=5, verbose=0).history["loss"]
    assert losses[-1] < 0.9 * losses[0], losses
"""


def test_jax_agrees_and_trains(tmp_path: Path) -> None:
    folders = [tmp_path / encoder for encoder in ("amplitude", "iqp")]
    for folder in folders:
        cls = load(folder, ENCODERS[folder.name])
        x, theta = map(tf.constant, draw(cls))
        engine = qslc_runtime.engines.create("noisy", cls, {})
        with tf.GradientTape() as tape:
            tape.watch((x, theta))
            values = engine.expectations(x, theta)
            loss = tf.reduce_sum(values**2)
        slopes = tape.gradient(loss, (x, theta))
        for name, array in zip(("values", "by_x", "by_theta"), (values, *slopes), strict=True):
            np.save(folder / f"{name}.npy", array)
    run_python(JAX, "folders", *folders, KERAS_BACKEND="jax")


def test_tokens_that_hold_no_vector(tmp_path: Path) -> None:
    cls = load(tmp_path, ENCODERS["amplitude"])
    x, theta = draw(cls, 3)
    engine = qslc_runtime.engines.create("noisy", cls, {})
    alone = np.asarray(engine.expectations(x[2:], theta))
    x[0], x[1, 3] = 0, np.nan
    values = np.asarray(engine.expectations(x, theta))
    assert not values[0].any()
    assert np.isnan(values[1]).all()
    np.testing.assert_allclose(values[2:], alone, atol=1e-6)


def test_it_needs_noise_and_a_small_circuit(tmp_path: Path) -> None:
    cls = load(tmp_path / "ideal", ENCODERS["angle"], noise="none")
    with pytest.raises(ValueError, match="has no noise; set `noise:`"):
        cls(engine="noisy")
    text = (
        "qslc: 1\nname: wide\nqubits: 11\nencoder: {kind: angle}\n"
        "ansatz: {depth: 1, entangler: {gate: cnot, pattern: linear}}\n"
        f"device: line\nnoise: {NOISE}\n"
    )
    qslc.compile_to(qslc.parse(text), tmp_path / "wide")
    with pytest.raises(ValueError, match="at most 10 device qubits, but the circuit uses 11"):
        qslc_runtime.load(tmp_path / "wide")(engine="noisy")


@pytest.mark.parametrize(
    "gate", [cirq.H, cirq.CZ, cirq.depolarize(0.1, 2), cirq.amplitude_damp(0.3)], ids=str
)
def test_transfer_matrices_act_on_pauli_coefficients(gate: cirq.Gate) -> None:
    qubits = cirq.LineQubit.range(cirq.num_qubits(gate))
    rho = cirq.testing.random_density_matrix(2 ** len(qubits), random_state=1)
    simulator = cirq.DensityMatrixSimulator(dtype=np.complex128)
    after = simulator.simulate(cirq.Circuit(gate.on(*qubits)), initial_state=rho)
    letters = [cirq.unitary(p) for p in (cirq.I, cirq.X, cirq.Y, cirq.Z)]
    paulis = letters if len(qubits) == 1 else [np.kron(a, b) for a in letters for b in letters]
    before, expected = (
        np.array([np.trace(p @ state).real for p in paulis])
        for state in (rho, after.final_density_matrix)
    )
    np.testing.assert_allclose(compute_transfer_matrix(gate) @ before, expected, atol=1e-7)


def test_without_noise_it_is_qsim(tmp_path: Path) -> None:
    perfect = "{depolarizing: {1q: 0, 2q: 0}}"
    cls = load(tmp_path, ENCODERS["angle"], noise=perfect)
    x, theta = draw(cls)
    values = qslc_runtime.engines.create("noisy", cls, {}).expectations(x, theta)
    exact = QsimEngine.expectations(qslc_runtime.engines.create("qsim", cls, {}), x, theta)
    np.testing.assert_allclose(values, exact, atol=2e-6)
