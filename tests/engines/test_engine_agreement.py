"""Every engine against every other, and against exact simulation and its finite differences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import qslc_runtime
import tensorflow as tf

import qslc
from qslc.spec.encoders import ENCODERS as SPEC_ENCODERS
from qslc.spec.model import Spec
from qslc.spec.patterns import PATTERNS as ENTANGLING
from tests.engines.exact import expectations, gradient

pytestmark = pytest.mark.slow

ENCODERS: dict[str, Any] = {
    "amplitude": {"kind": "amplitude", "features": 8},
    "bias": {"kind": "amplitude", "features": 5, "pad": "bias"},
    "angle": {"kind": "angle", "rotation": "rx", "features": 2},
    "iqp": {"kind": "iqp", "repeats": 2},
    "none": {"kind": "none"},
}
IN_THE_ANSATZ = {"kind": "ansatz", "features": 2}
PATTERNS: dict[str, Any] = {name: name for name in ENTANGLING} | {"pairs": [[0, 2], [2, 1]]}
MEASURES: dict[str, Any] = {"keywords": ["z", "zz"], "strings": ["z", "X0", "Y0*Z2", "Y0*X1*Y2"]}
GATES = ("cnot", "cz", "swap", "crx", "cry", "crz", "rxx", "ryy", "rzz")


def compiled(folder: Path, encoder: Any, ansatz: Any, measure: Any) -> dict[str, Any]:
    """Return the engines of a layer compiled for a line of three qubits, by name."""
    spec = {"qslc": 1, "name": "test", "qubits": 3, "encoder": encoder, "ansatz": ansatz}
    spec |= {"measure": measure, "device": "line", "optimize": {"level": 3}}
    qslc.compile_to(Spec.model_validate(spec), folder)
    layer = qslc_runtime.load(folder)
    return {name: layer(engine=name)._engine for name in ("native", "tfq", "qsim")}


def check(folder: Path, engines: dict[str, Any]) -> None:
    artifact = qslc_runtime.Artifact.read(folder)
    rng = np.random.default_rng(0)
    features = artifact.encoder.get("features") or len(artifact.inputs)
    x = rng.uniform(-2, 2, (2, features)).astype(np.float32)
    theta = rng.uniform(-np.pi, np.pi, len(artifact.weights)).astype(np.float32)
    upstream = rng.uniform(-1, 1, (2, len(artifact.observables)))
    x64, theta64 = x.astype(np.float64), theta.astype(np.float64)
    exact = expectations(artifact, x64, theta64)
    by_x = gradient(lambda x: np.sum(upstream * expectations(artifact, x, theta64)), x64)
    by_theta = gradient(lambda t: np.sum(upstream * expectations(artifact, x64, t)), theta64)
    for name in ("native", "tfq"):
        values, slopes = _differentiated(engines[name], x, theta, upstream)
        np.testing.assert_allclose(values, exact, atol=1e-5, err_msg=name)
        np.testing.assert_allclose(slopes[0], by_x, atol=1e-3, err_msg=f"{name} by inputs")
        np.testing.assert_allclose(slopes[1], by_theta, atol=1e-3, err_msg=f"{name} by weights")
    scored = engines["qsim"].expectations(x, theta)
    np.testing.assert_allclose(scored, exact, atol=1e-5, err_msg="qsim")


def _differentiated(engine: Any, x: Any, theta: Any, upstream: Any) -> tuple[Any, Any]:
    variables = (tf.constant(x), tf.constant(theta))
    with tf.GradientTape() as tape:
        tape.watch(variables)
        values = engine.expectations(*variables)
        loss = tf.reduce_sum(values * tf.constant(upstream, tf.float32))
    slopes = tape.gradient(loss, variables, unconnected_gradients="zero")
    return values.numpy(), [tf.convert_to_tensor(slope).numpy() for slope in slopes]


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("encoder", ENCODERS)
def test_every_encoder_pattern_and_observable(
    tmp_path: Path, encoder: str, pattern: str, measure: str
) -> None:
    entangler = {"gate": "cnot", "pattern": PATTERNS[pattern]}
    ansatz = {"depth": 2, "rotations": ["ry", "rx"], "entangler": entangler}
    check(tmp_path, compiled(tmp_path, ENCODERS[encoder], ansatz, MEASURES[measure]))


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("encoder", ["bias", "iqp"])
def test_every_entangling_gate(tmp_path: Path, encoder: str, gate: str) -> None:
    entangler = {"gate": gate, "pattern": "ring"}
    ansatz = {"depth": 2, "rotations": ["rz", "ry"], "entangler": entangler}
    check(tmp_path, compiled(tmp_path, ENCODERS[encoder], ansatz, MEASURES["strings"]))


@pytest.mark.parametrize("encoder", ["bias", "angle", "none"])
def test_shared_symbols_powers_and_constants(tmp_path: Path, encoder: str) -> None:
    block = [
        {"h": {"on": "all"}},
        {"ry": {"on": "all", "angle": "theta"}},
        {"t": {"on": [0]}},
        {"crx": {"on": [[0, 1]], "angle": "2*phi*alpha + pi/4"}},
        {"s": {"on": [1]}},
        {"rzz": {"on": [[1, 2]], "angle": "phi**2 - theta"}},
        {"rx": {"on": [2], "angle": "pi/3"}},
        {"crz": {"on": [[2, 0]], "angle": "-pi/5"}},
    ]
    ansatz = {"repeat": 2, "block": block}
    check(tmp_path, compiled(tmp_path, ENCODERS[encoder], ansatz, MEASURES["strings"]))


@pytest.mark.parametrize("encoder", ["ansatz", "angle"])
def test_features_and_weights_in_one_angle(tmp_path: Path, encoder: str) -> None:
    """Data re-uploading, behind an encoder of its own too."""
    block = [
        {"h": {"on": "all"}},
        {"rz": {"on": "all", "angle": "x0*theta + phi"}},
        {"crx": {"on": [[0, 1]], "angle": "2*x1*alpha*x0 - pi/4"}},
        {"rzz": {"on": "ring", "angle": "theta*x1**2"}},
        {"ry": {"on": [0, 2], "angle": "x1 - alpha/2"}},
    ]
    options = {"kind": encoder, "features": 2}
    ansatz = {"repeat": 2, "block": block}
    check(tmp_path, compiled(tmp_path, options, ansatz, MEASURES["strings"]))


def test_a_reference_state_and_an_up_projection_of_a_circuit(tmp_path: Path) -> None:
    encoder = {"kind": "amplitude", "features": 3, "pad": "reference", "project": "orthogonal"}
    entangler = {"gate": "cnot", "pattern": "ring"}
    ansatz = {"depth": 2, "rotations": ["ry"], "entangler": entangler}
    spec = {"qslc": 1, "name": "test", "qubits": 3, "encoder": encoder, "ansatz": ansatz}
    spec |= {"measure": "interference", "device": "line"}
    qslc.compile_to(Spec.model_validate(spec), tmp_path)
    layer = qslc_runtime.load(tmp_path)
    x = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
    outputs = []
    for name in ("native", "tfq", "qsim"):
        sublayer = layer(units=5, up_projection="circuit", engine=name)
        sublayer.build(x.shape)
        sublayer.gain.assign([1.0, -2.0, 0.5, 3.0])
        outputs.append(np.asarray(sublayer(x)))
    assert np.abs(outputs[0]).max() > 0.1
    np.testing.assert_allclose(outputs[1], outputs[0], atol=1e-4, err_msg="tfq")
    np.testing.assert_allclose(outputs[2], outputs[0], atol=1e-4, err_msg="qsim")


@pytest.mark.parametrize("encoder", ["amplitude", "angle", "none"])
def test_no_weights(tmp_path: Path, encoder: str) -> None:
    ansatz = {"block": [{"h": {"on": [0]}}, {"cnot": {"on": "linear"}}, {"t": {"on": "all"}}]}
    check(tmp_path, compiled(tmp_path, ENCODERS[encoder], ansatz, MEASURES["strings"]))


def test_features_between_gates_and_beside_weights(tmp_path: Path) -> None:
    block = [
        {"ry": {"on": "all", "angle": "theta + x0"}},
        {"cry": {"on": "linear", "angle": "x1*phi"}},
        {"rx": {"on": [0, 2], "angle": "x0*x1 - phi/2"}},
    ]
    check(tmp_path, compiled(tmp_path, IN_THE_ANSATZ, {"block": block}, MEASURES["strings"]))


def test_every_encoder_is_among_them() -> None:
    tried = (*ENCODERS.values(), IN_THE_ANSATZ)
    assert set(SPEC_ENCODERS) == {options["kind"] for options in tried}
