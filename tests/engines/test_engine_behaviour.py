"""Refusals of engines, and their behavior inside TensorFlow and Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import qslc_runtime
import tensorflow as tf
from qslc_runtime import engines
from qslc_runtime.artifact import Artifact, ArtifactError
from qslc_runtime.engines import states
from qslc_runtime.engines.qsim import QsimEngine
from qslc_runtime.engines.tfq import TfqEngine

import qslc
from tests.engines.folders import folder, layer, spec

pytestmark = pytest.mark.slow

AMPLITUDE = {"kind": "amplitude", "features": 4}
BIAS = {"kind": "amplitude", "features": 4, "pad": "bias"}
ANGLE = {"kind": "angle"}
ANSATZ = {"depth": 1, "entangler": {"gate": "cnot", "pattern": "ring"}}
THETA = np.array([0.3, -0.8, 1.2], np.float32)


def artifact(path: Path, encoder: Any, qubits: int = 3) -> Artifact:
    return Artifact.read(folder(path, spec(encoder, ANSATZ, ["z", "X0*Y1"], qubits)))


@pytest.mark.parametrize("engine", [TfqEngine, QsimEngine])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("encoder", [AMPLITUDE, BIAS, ANGLE])
def test_a_token_that_is_not_finite_stays_alone(
    tmp_path: Path, engine: Any, bad: float, encoder: Any
) -> None:
    of = artifact(tmp_path, encoder)
    good = np.full((1, encoder.get("features", 3)), 0.4, np.float32)
    broken = good.copy()
    broken[0, 1] = bad
    values = np.asarray(engine(of, layer(of)).expectations(np.vstack([broken, good]), THETA))
    alone = np.asarray(engine(of, layer(of)).expectations(good, THETA))
    assert np.isnan(values[0]).all()
    np.testing.assert_allclose(values[1:], alone, atol=1e-6)


@pytest.mark.parametrize("engine", [TfqEngine, QsimEngine])
def test_zeros_encode_no_state_and_large_values_do_not_overflow(
    tmp_path: Path, engine: Any
) -> None:
    of = artifact(tmp_path, AMPLITUDE)
    ones = np.ones((1, 4), np.float32)
    x = np.vstack([0 * ones, 3e38 * ones, ones])
    values = np.asarray(engine(of, layer(of)).expectations(x, THETA))
    np.testing.assert_array_equal(values[0], 0)
    np.testing.assert_allclose(values[1], values[2], atol=1e-6)
    assert np.abs(values[2]).max() > 0.1


@pytest.mark.parametrize("qubits", [3, 4, 5])
@pytest.mark.parametrize("encoder", [AMPLITUDE, ANGLE, {"kind": "iqp"}, {"kind": "none"}])
def test_tokens_together_and_one_by_one_are_the_same(
    tmp_path: Path, encoder: Any, qubits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A state of 5 qubits holds 4, 2 or 1 tokens; of 16, all."""
    of = artifact(tmp_path, encoder, qubits)
    theta = np.random.default_rng(1).normal(size=qubits).astype(np.float32)
    x = np.random.default_rng(0).normal(size=(7, encoder.get("features", qubits)))
    expected = QsimEngine(of, layer(of)).expectations(x.astype(np.float32), theta)
    monkeypatch.setattr(states, "QUBITS", 5)
    values = QsimEngine(of, layer(of)).expectations(x.astype(np.float32), theta)
    np.testing.assert_allclose(values, expected, atol=1e-6)


@pytest.mark.parametrize("engine", [TfqEngine, QsimEngine])
@pytest.mark.parametrize("encoder", [AMPLITUDE, ANGLE, {"kind": "none"}])
def test_graphs_take_any_number_of_tokens(tmp_path: Path, engine: Any, encoder: Any) -> None:
    of = artifact(tmp_path, encoder)
    features = 0 if encoder["kind"] == "none" else encoder.get("features", 3)
    built = engine(of, layer(of))
    signature = [tf.TensorSpec([None, features]), tf.TensorSpec([3])]
    graph = tf.function(built.expectations, input_signature=signature)
    for tokens in (2, 5, 0):
        x = np.random.default_rng(0).normal(size=(tokens, features)).astype(np.float32)
        values = graph(x, THETA)
        assert values.shape == (tokens, 4)
        np.testing.assert_allclose(values, built.expectations(x, THETA), atol=1e-6)


@pytest.mark.parametrize("encoder", [BIAS, ANGLE])
def test_a_model_trains_on_tfq_and_is_scored_on_qsim(tmp_path: Path, encoder: Any) -> None:
    qslc.compile_to(spec(encoder, ANSATZ, "z", 3), tmp_path)
    sublayer = qslc_runtime.load(tmp_path)
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (40, encoder.get("features", 3))).astype(np.float32)
    y = sublayer(engine="native", seed=1)(x)
    model = keras.Sequential([keras.Input(x.shape[1:]), sublayer(engine="tfq", seed=2)])
    model.compile(keras.optimizers.Adam(0.1), "mse")
    losses = model.fit(x, y, batch_size=16, epochs=12, verbose=0).history["loss"]
    assert losses[-1] < 0.2 * losses[0]
    scorer = keras.Sequential([keras.Input(x.shape[1:]), sublayer(engine="qsim")])
    scorer.set_weights(model.get_weights())
    np.testing.assert_allclose(scorer.predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-5)


@pytest.mark.parametrize("graph", [False, True])
def test_qsim_names_the_engines_that_train(tmp_path: Path, graph: bool) -> None:
    of = artifact(tmp_path, ANGLE)
    engine = QsimEngine(of, layer(of))

    def slope(x: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(x)
            values = engine.expectations(x, tf.constant(THETA))
        return tape.gradient(values, x)

    with pytest.raises(RuntimeError, match='"qsim" has no gradient; train with engine="native"'):
        (tf.function(slope) if graph else slope)(tf.zeros((1, 3)))


def test_tfq_without_tensorflow_names_native(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ValueError, match='runs on jax; use engine="native"'):
        engines.create("tfq", type("Layer", (), {}), {})


@pytest.mark.parametrize(
    ("engine", "encoder", "qubits", "message"),
    [
        (TfqEngine, ANGLE, 21, 'one state per token of at most 20 qubits.*engine="qsim"'),
        (TfqEngine, AMPLITUDE, 12, 'matrix of a circuit of at most 11 qubits.*engine="native"'),
        (QsimEngine, ANGLE, 27, "at most 26 device qubits.*no engine simulates"),
    ],
)
def test_too_many_qubits_name_another_engine(
    tmp_path: Path, engine: Any, encoder: Any, qubits: int, message: str
) -> None:
    of = artifact(tmp_path, encoder, qubits)
    with pytest.raises(ValueError, match=message):
        engine(of, layer(of))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"noise": True}, "the spec in .* has no noise"),
        ({"noise": "device"}, 'noise is True, False or "auto"'),
        ({"shots": 0}, "shots is a whole number, at least 1, not 0"),
        ({"shots": 2.5}, "shots is a whole number, at least 1, not 2.5"),
        ({"trajectories": -1}, "trajectories is a whole number, at least 1, not -1"),
        ({"threads": 0}, "threads is a whole number, at least 1, not 0"),
        ({"seed": -1}, "seed is a whole number from 0"),
    ],
)
def test_qsim_refuses_options_out_of_range(tmp_path: Path, options: Any, message: str) -> None:
    of = artifact(tmp_path, ANGLE)
    with pytest.raises(ValueError, match=message):
        QsimEngine(of, layer(of), **options)


@pytest.mark.parametrize(
    ("engine", "options", "message"),
    [
        ("native", {"shots": 10}, """'native' has no option 'shots'; use engine='qsim'"""),
        ("tfq", {"noise": True, "seed": 1}, "no option 'noise', 'seed'; use engine='qsim'"),
        ("native", {"speed": 1}, "'native' has no option 'speed'; it takes kernel, threads"),
        ("qsim", {"shot": 1}, "it takes noise, seed, shots, threads, trajectories"),
    ],
)
def test_an_option_names_the_engine_that_has_it(engine: str, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        engines.create(engine, type("Layer", (), {}), options)


@pytest.mark.parametrize("engine", [TfqEngine, QsimEngine])
def test_under_jit_compile_the_engine_that_can_is_named(tmp_path: Path, engine: Any) -> None:
    of = artifact(tmp_path, ANGLE)
    compiled = tf.function(engine(of, layer(of)).expectations, jit_compile=True)
    with pytest.raises(RuntimeError, match='jit_compile=True; use engine="native"'):
        compiled(tf.zeros((1, 3)), tf.constant(THETA))


@pytest.mark.parametrize("engine", [TfqEngine, QsimEngine])
def test_a_layer_of_another_compile_is_refused(tmp_path: Path, engine: Any) -> None:
    of = artifact(tmp_path, ANGLE)
    with pytest.raises(ArtifactError, match="another spec"):
        engine(of, type("Other", (), {"DIGEST": "sha256:0"}))
