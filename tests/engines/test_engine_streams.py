"""The random numbers of engine qsim: each token has its own, whatever comes with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qslc_runtime.artifact import Artifact
from qslc_runtime.engines.qsim import QsimEngine
from qslc_runtime.engines.streams import Streams

from tests.engines.folders import layer
from tests.engines.test_engine_noise import CHANNELS, QUBITS, artifact
from tests.processes import run_python

pytestmark = pytest.mark.slow

ENCODERS: dict[str, Any] = {
    "angle": {"kind": "angle"},
    "amplitude": {"kind": "amplitude", "features": 8},
}
OPTIONS: dict[str, Any] = {
    "shots": {"noise": False, "shots": 30},
    "noise": {"trajectories": 3},
    "both": {"trajectories": 3, "shots": 30},
}
BOUND = 5.0
"""In standard errors."""

WORKER = """
import sys
import numpy as np
from qslc_runtime.artifact import Artifact
from qslc_runtime.engines.qsim import QsimEngine
artifact = Artifact.read(sys.argv[1])
engine = QsimEngine(artifact, type("L", (), {"DIGEST": artifact.digest}), shots=30, trajectories=3)
data = np.load(sys.argv[2])
np.save(sys.argv[3], engine.expectations(data["x"], data["theta"]))
"""


def drawn(of: Artifact, tokens: int) -> tuple[Any, Any]:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(tokens, of.encoder.get("features") or QUBITS))
    return x.astype(np.float32), generator.normal(size=len(of.weights)).astype(np.float32)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("encoder", ENCODERS)
def test_parts_and_orders_change_nothing(encoder: str, options: str, tmp_path: Path) -> None:
    of = artifact(tmp_path, ENCODERS[encoder], **CHANNELS["everything"])
    x, theta = drawn(of, 9)
    x[4] = np.nan

    def fresh() -> QsimEngine:
        return QsimEngine(of, layer(of), seed=7, **OPTIONS[options])

    whole = fresh().expectations(x, theta)
    workers = [fresh().expectations(part, theta) for part in (x[:5], x[5:])]
    np.testing.assert_allclose(np.vstack(workers), whole, atol=1e-6)
    engine = fresh()
    batches = [engine.expectations(part, theta) for part in np.split(x, [1, 1, 4])]
    np.testing.assert_allclose(np.vstack(batches), whole, atol=1e-6)
    order = np.random.default_rng(1).permutation(len(x))
    np.testing.assert_allclose(fresh().expectations(x[order], theta), whole[order], atol=1e-6)


def test_a_process_of_its_own_changes_nothing(tmp_path: Path) -> None:
    of = artifact(tmp_path / "of", ENCODERS["angle"], **CHANNELS["everything"])
    x, theta = drawn(of, 6)
    np.savez(tmp_path / "data.npz", x=x[3:], theta=theta)
    files = [str(tmp_path / name) for name in ("of", "data.npz", "values.npy")]
    run_python(WORKER, *files)
    whole = QsimEngine(of, layer(of), shots=30, trajectories=3).expectations(x, theta)
    np.testing.assert_allclose(np.load(files[2]), whole[3:], atol=1e-6)


def estimates(of: Artifact, calls: int, **options: Any) -> Any:
    """Estimate one token's expectations: equal tokens and repeated calls, (calls, tokens, M)."""
    x, theta = drawn(of, 1)
    engine = QsimEngine(of, layer(of), **options)
    rows = np.repeat(x, 150, axis=0)
    return np.array([engine.expectations(rows, theta) for _ in range(calls)], np.float64)


def similar(of: Artifact, **options: Any) -> Any:
    """Estimate expectations of tokens that differ too little to matter: (1, tokens, M)."""
    x, theta = drawn(of, 1)
    rows = x + 1e-6 * np.arange(300, dtype=np.float32)[:, None]
    return QsimEngine(of, layer(of), **options).expectations(rows, theta)[None].astype(np.float64)


@pytest.mark.parametrize("tokens", ["equal", "similar"])
def test_shots_of_tokens_and_calls_are_independent(tokens: str, tmp_path: Path) -> None:
    """Chi-squared of the estimates, of their mean, and their correlations."""
    of = artifact(tmp_path, ENCODERS["angle"])
    exact = QsimEngine(of, layer(of)).expectations(*drawn(of, 1))[0].astype(np.float64)
    options = {"shots": 40, "seed": 2}
    values = estimates(of, 2, **options) if tokens == "equal" else similar(of, **options)
    scores = (values - exact) / np.sqrt((1 - exact**2) / options["shots"])
    count = scores.shape[0] * scores.shape[1]
    squares = np.square(scores).sum((0, 1))
    assert (np.abs(squares - count) < BOUND * np.sqrt(2 * count)).all()
    assert (np.abs(scores.sum((0, 1))) < BOUND * np.sqrt(count)).all()
    neighbors = (scores[:, 1:] * scores[:, :-1]).mean((0, 1))
    assert (np.abs(neighbors) < BOUND / np.sqrt(count)).all()
    calls = (scores[0] * scores[-1]).mean(0) if len(scores) > 1 else 0
    assert (np.abs(calls) < BOUND / np.sqrt(scores.shape[1])).all()


def test_errors_of_trajectories_are_independent(tmp_path: Path) -> None:
    """Means of two and of eight trajectories: a quarter of the variance."""
    of = artifact(tmp_path, ENCODERS["angle"], **CHANNELS["everything"])
    few, many = (estimates(of, 1, trajectories=n)[0] for n in (2, 8))
    ratio = few.var(axis=0) / many.var(axis=0)
    assert (np.abs(np.log(ratio / 4)) < BOUND * np.sqrt(4 / len(few))).all()
    error = np.sqrt((few.var(axis=0) + many.var(axis=0)) / len(few))
    assert (np.abs(few.mean(axis=0) - many.mean(axis=0)) < BOUND * error).all()


def test_streams_depend_on_seed_weights_token_and_times() -> None:
    x, theta = np.ones((1, 2), np.float32), np.zeros(3, np.float32)

    def digests(seed: int, *calls: tuple[Any, Any]) -> list[bytes]:
        streams = Streams(seed)
        return [stream.digest for call in calls for stream in streams.draw(*call)]

    first, again = digests(1, (x, theta), (x, theta))
    others = [*digests(2, (x, theta)), *digests(1, (x, theta + 1), (x + 1, theta))]
    assert len({first, again, *others}) == 5
    assert digests(1, (x + 1, theta), (np.vstack([x, x]), -theta))[1:] == [first, again]
