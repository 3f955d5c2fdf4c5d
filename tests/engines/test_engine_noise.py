"""Engine qsim against density matrices, with bounds in standard errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qslc_runtime.artifact import Artifact
from qslc_runtime.engines.qsim import QsimEngine

from tests.engines.density import expectations
from tests.engines.folders import folder, layer, spec

pytestmark = pytest.mark.slow

QUBITS = 3
LABELS = [f"q(0, {i})" for i in range(1, QUBITS + 1)]
PAIRS = [f"{a} {b}" for i, a in enumerate(LABELS) for b in LABELS[i + 1 :]]
REPEATS = 20
"""Identical tokens: their spread is the standard error of one."""
BOUND = 4.5
"""In standard errors; REPEATS - 1 degrees of freedom make a false alarm a 0.03 % event."""

CHANNELS: dict[str, Any] = {
    "one_qubit": {"one_qubit": 0.05},
    "two_qubit": {"two_qubit": 0.08},
    "damping": {"amplitude_damping": 0.05},
    "moments": {"amplitude_damping": [0.0, 0.06], "dephasing": [0.03, 0.0]},
    "coherent": {"coherent": [0.3, -0.2]},
    "everything": {
        "one_qubit": 0.02,
        "two_qubit": 0.05,
        "amplitude_damping": 0.02,
        "dephasing": 0.01,
        "coherent": [0.1, 0.2],
        "readout": [0.03, 0.1],
    },
}


def noise(
    one_qubit: float = 0.0,
    two_qubit: float = 0.0,
    amplitude_damping: Any = 0.0,
    dephasing: Any = 0.0,
    coherent: Any = (0.0, 0.0),
    readout: Any = (0.0, 0.0),
) -> Any:
    return {
        "source": "test",
        "one_qubit": dict.fromkeys(LABELS, one_qubit),
        "two_qubit": dict.fromkeys(PAIRS, two_qubit),
        "amplitude_damping": dict.fromkeys(LABELS, amplitude_damping),
        "dephasing": dict.fromkeys(LABELS, dephasing),
        "coherent": {pair: list(coherent) for pair in PAIRS},
        "readout": {label: list(readout) for label in LABELS},
    }


def artifact(path: Path, encoder: Any, **channels: Any) -> Artifact:
    entangler = {"gate": "cnot", "pattern": "ring"}
    ansatz = {"depth": 2, "rotations": ["ry"], "entangler": entangler}
    of = spec(encoder, ansatz, ["z", "Z0*Z2", "X0*Y1"], QUBITS)
    return Artifact.read(folder(path, of, noise(**channels)))


def check(exact: Any, ideal: Any, engine: QsimEngine, x: Any, theta: Any) -> None:
    estimates = engine.expectations(np.repeat(x, REPEATS, axis=0), theta).astype(np.float64)
    error = estimates.std(axis=0, ddof=1) / np.sqrt(REPEATS)
    assert np.all(np.abs(estimates.mean(axis=0) - exact) < BOUND * error + 1e-5)
    assert np.all(error < 0.02)
    assert np.max(np.abs(exact - ideal) / (error + 1e-6)) > 2 * BOUND, "the test has no power"


def angle_case(path: Path, **channels: Any) -> tuple[Artifact, Any, Any, Any]:
    of = artifact(path, {"kind": "angle"}, **channels)
    x = np.array([[0.4, -0.7, 1.1]], np.float32)
    theta = np.linspace(-0.5, 0.6, len(of.weights)).astype(np.float32)
    values = dict(zip(of.weights + of.inputs, [*theta.tolist(), *x[0].tolist()], strict=True))
    return of, x, theta, expectations(of, values)


@pytest.mark.parametrize("shots", [None, 400])
@pytest.mark.parametrize("channels", CHANNELS)
def test_noise_of_gates_and_readout(tmp_path: Path, channels: str, shots: int | None) -> None:
    of, x, theta, exact = angle_case(tmp_path, **CHANNELS[channels])
    ideal = QsimEngine(of, layer(of), noise=False).expectations(x, theta)[0]
    check(exact, ideal, QsimEngine(of, layer(of), shots=shots, seed=3), x, theta)


def test_noise_after_an_encoded_vector(tmp_path: Path) -> None:
    of = artifact(tmp_path, {"kind": "amplitude", "features": 8}, **CHANNELS["everything"])
    x = np.array([[0.9, 0.2, -0.3, 0.4, 0.1, -0.6, 0.2, 0.7]], np.float32)
    theta = np.linspace(-0.5, 0.6, len(of.weights)).astype(np.float32)
    vector = x[0] / np.linalg.norm(x[0])
    start = vector.reshape((2,) * QUBITS).transpose().reshape(-1).astype(np.complex128)
    exact = expectations(of, dict(zip(of.weights, theta.tolist(), strict=True)), start)
    ideal = QsimEngine(of, layer(of), noise=False).expectations(x, theta)[0]
    check(exact, ideal, QsimEngine(of, layer(of), seed=4), x, theta)


def test_readout_alone_is_exact_without_shots(tmp_path: Path) -> None:
    of, x, theta, exact = angle_case(tmp_path, readout=[0.04, 0.11])
    np.testing.assert_allclose(
        QsimEngine(of, layer(of)).expectations(x, theta)[0], exact, atol=1e-5
    )


def test_shots_scatter_as_a_binomial(tmp_path: Path) -> None:
    of, x, theta, _ = angle_case(tmp_path)
    mean = QsimEngine(of, layer(of)).expectations(x, theta)[0]
    sampled = QsimEngine(of, layer(of), shots=400, seed=1)
    estimates = sampled.expectations(np.repeat(x, 300, axis=0), theta)
    deviation = np.sqrt((1 - mean**2) / 400)
    assert np.all(np.abs(estimates.mean(axis=0) - mean) < BOUND * deviation / np.sqrt(300) + 1e-5)
    np.testing.assert_allclose(estimates.std(axis=0), deviation, rtol=0.2)


@pytest.mark.parametrize("options", [{}, {"shots": 50}, {"shots": 50, "trajectories": 7}])
def test_the_seed_decides(tmp_path: Path, options: Any) -> None:
    of, x, theta, _ = angle_case(tmp_path, **CHANNELS["everything"])
    first, again, other = (QsimEngine(of, layer(of), seed=seed, **options) for seed in (5, 5, 6))
    result = first.expectations(x, theta)
    np.testing.assert_array_equal(result, again.expectations(x, theta))
    assert np.any(result != other.expectations(x, theta))
    assert np.any(result != first.expectations(x, theta)), "a second call draws new errors"
