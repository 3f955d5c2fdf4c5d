"""``qslc simulate``: the numbers of one process, however many share the tokens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import qslc
from qslc.diagnostics import Diagnostic, InputError
from qslc_study import simulation
from qslc_study.simulation import Trials, simulate, split_tokens

SPEC: Any = (
    qslc.sublayer("simulated", qubits=3)
    .layers(depth=1, rotations=["ry"], entangler="cnot", pattern="linear")
    .measure("z")
    .on("weber")
    .noise("device")
)


def draw_tokens(count: int, width: int) -> NDArray[np.float32]:
    """Draw tokens of which some are equal."""
    rng = np.random.default_rng(0)
    distinct = rng.normal(size=(count // 2, width)).astype(np.float32)
    return distinct[rng.integers(len(distinct), size=count)]


def evaluate_here(
    folder: Path, tokens: NDArray[np.float32], theta: NDArray[np.float32], options: dict[str, Any]
) -> NDArray[np.float32]:
    import qslc_runtime
    from keras import ops

    layer = qslc_runtime.load(folder)(engine="qsim", engine_options=options)
    layer.build(tokens.shape)
    layer.theta.assign(theta)
    return np.asarray(ops.convert_to_numpy(layer(tokens)))


@pytest.mark.parametrize("count", [1, 16, 100])
@pytest.mark.parametrize("parts", [1, 3, 1000])
def test_a_split_keeps_order_and_equal_tokens_together(
    count: int, parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulation, "LEAST", 4)
    tokens = draw_tokens(max(2, count), 2)[:count]
    found = list(split_tokens(tokens, parts))
    assert sorted(np.concatenate(found)) == list(range(count))
    assert all((np.diff(rows) > 0).all() for rows in found)
    seen = [{row.tobytes() for row in tokens[rows]} for rows in found]
    assert sum(map(len, seen)) == len(np.unique(tokens, axis=0))
    assert len(found) <= parts
    assert len(found) >= min(parts, count // 16)


def test_what_is_finished_is_not_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulation, "LEAST", 8)
    qslc.compile_to(SPEC.angle().spec(), tmp_path / "layer")
    tokens, output = draw_tokens(64, 3), tmp_path / "layer" / "out.npy"
    parts = output.with_name("out.npy.parts")
    np.save(tmp_path / "tokens.npy", tokens)
    jobs: list[Any] = []

    def work(job: Any, threads: int, progress: Any) -> Any:
        if len(jobs) == fails_at:
            raise InputError(Diagnostic("the machine is gone"))
        jobs.append(np.load(job["places"]["data"]))
        return jobs[-1].tolist()

    def run(**options: Any) -> NDArray[np.float32]:
        return simulate(tmp_path / "layer", tmp_path / "tokens.npy", output=output, **options)

    monkeypatch.setattr("qslc_study.worker.work", work)
    fails_at = 0
    with pytest.raises(InputError, match="the machine is gone"):
        run()
    assert not parts.exists() and not output.exists()
    fails_at = 2
    with pytest.raises(InputError, match="the machine is gone"):
        run()
    finished = [path for path in sorted(parts.glob("*.json")) if "parts" not in path.read_text()]
    kept, damaged = finished
    assert not output.exists()
    damaged.write_text("[[")
    left = 64 - len(json.loads(kept.read_text()))
    jobs.clear()
    fails_at = 1
    with pytest.raises(InputError, match="the machine is gone"):
        run(trials=Trials(seed=1))
    jobs.clear()
    fails_at = -1
    np.testing.assert_array_equal(run(processes=3), tokens)  # split as before
    np.testing.assert_array_equal(np.load(output), tokens)
    assert sum(map(len, jobs)) == left and not parts.exists()


@pytest.mark.slow
@pytest.mark.parametrize("encoder", ["angle", "sliced", "projected"])
def test_processes_give_the_numbers_of_one(
    encoder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("qsimcirq")
    monkeypatch.setattr(simulation, "LEAST", 8)
    spec = {
        "angle": SPEC.angle(),
        "sliced": SPEC.amplitude(8, project={"slice": [1, 9]}),
        "projected": SPEC.amplitude(8, project="orthogonal"),
    }[encoder].spec()
    folder = tmp_path / "layer"
    qslc.compile_to(spec, folder)
    width = {"angle": 3, "sliced": 9, "projected": 8}[encoder]
    tokens, theta = draw_tokens(40, width), np.linspace(0, 1, 3, dtype=np.float32)
    np.save(tmp_path / "tokens.npy", tokens)
    np.save(tmp_path / "theta.npy", theta)
    output, trials = tmp_path / "found.npy", Trials(shots=20, seed=3)
    files = folder, tmp_path / "tokens.npy", tmp_path / "theta.npy", output, trials
    found = simulate(*files, processes=2)
    assert found.shape == (40, 3)
    np.testing.assert_array_equal(np.load(output), found)
    np.testing.assert_array_equal(simulate(*files, processes=1), found)
    if encoder != "projected":  # the layer's own matrix, where features are not given
        options = {"shots": 20, "seed": 3}
        np.testing.assert_array_equal(evaluate_here(folder, tokens, theta, options), found)


@pytest.mark.slow
def test_hidden_states_are_projected_as_by_a_new_layer(tmp_path: Path) -> None:
    pytest.importorskip("qsimcirq")
    import qslc_runtime
    from keras import ops

    spec = SPEC.noise(None).amplitude(8, project="orthogonal").spec()
    qslc.compile_to(spec, tmp_path / "layer")
    states = draw_tokens(12, 20)
    np.save(tmp_path / "states.npy", states)
    found = simulate(tmp_path / "layer", tmp_path / "states.npy", output=tmp_path / "out.npy")
    layer = qslc_runtime.load(tmp_path / "layer")()
    np.testing.assert_allclose(found, ops.convert_to_numpy(layer(states)), atol=1e-5)


def test_wrong_input_is_told_at_once(tmp_path: Path) -> None:
    spec = SPEC.angle().spec()
    qslc.compile_to(spec, tmp_path / "layer")
    np.save(tmp_path / "wide.npy", np.ones((4, 5)))
    np.save(tmp_path / "theta.npy", np.ones(7))
    np.save(tmp_path / "tokens.npy", np.ones((4, 3)))
    with pytest.raises(InputError, match="expected 3 columns, got 5"):
        simulate(tmp_path / "layer", tmp_path / "wide.npy")
    with pytest.raises(InputError, match=r"expected the shape \(3,\) of theta, got \(7,\)"):
        simulate(tmp_path / "layer", tmp_path / "tokens.npy", tmp_path / "theta.npy")
    with pytest.raises(InputError, match="is not a folder"):
        simulate(tmp_path / "none", tmp_path / "tokens.npy")
    with pytest.raises(InputError, match="cannot write"):
        simulate(tmp_path / "layer", tmp_path / "tokens.npy", output=tmp_path)
    with pytest.raises(InputError, match="cannot write"):
        simulate(
            tmp_path / "layer", tmp_path / "tokens.npy", output=tmp_path / "theta.npy" / "a.npy"
        )
    with pytest.raises(InputError, match='"here" is no address of a cluster'):
        simulate(tmp_path / "layer", tmp_path / "tokens.npy", on="here")
