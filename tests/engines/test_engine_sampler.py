"""Engine sampler against exact expectations, in units of the shot noise, and its refusals."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cirq
import keras
import numpy as np
import pytest
import qslc_runtime
from qslc_runtime import engines
from qslc_runtime.engines.sampler import SamplerEngine
from qslc_runtime.sampling import SAMPLERS, SamplerError, register_sampler

from tests.engines.exact import compute_p_value, gradient
from tests.engines.exact import expectations as compute_exact
from tests.engines.folders import folder, layer, spec
from tests.processes import run_python
from tests.sampling.fakes import NOISE, Fake, create, draw, load

pytestmark = pytest.mark.slow

ENCODERS = {"angle": "{kind: angle}", "iqp": "{kind: iqp, repeats: 1}", "none": "{kind: none}"}
ANSATZ = {"depth": 1, "entangler": {"gate": "cnot", "pattern": "linear"}}


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("sampler", ["simulator", "qsim"])
def test_samples_of_simulators_follow_the_ideal_circuit(
    tmp_path: Path, sampler: str, encoder: str
) -> None:
    cls = load(tmp_path, ENCODERS[encoder], measure='[z, "X0*Y1", "Y2"]')
    x, theta = draw(cls, 6)
    values = create(cls, sampler, shots=2000).expectations(x, theta)
    exact = np.asarray(engines.create("native", cls, {}).expectations(x, theta))
    assert compute_p_value(values, exact, 2000) > 1e-4


@pytest.mark.parametrize("exact", [True, False])
def test_samples_under_noise_follow_engine_noisy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exact: bool
) -> None:
    if not exact:
        monkeypatch.setattr("qslc_runtime.sampling.noisy.EXACT_QUBITS", 2)
    cls = load(tmp_path, noise=NOISE, measure='[z, "X0*Y1", "Y2"]', depth=2)
    tokens, shots = (60, 20_000) if exact else (5, 4000)
    x, theta = draw(cls, tokens)
    values = create(cls, "noisy", shots=shots).expectations(x, theta)
    expected, ideal = (
        np.asarray(engines.create(name, cls, {}).expectations(x, theta))
        for name in ("noisy", "native")
    )
    assert compute_p_value(values, expected, shots) > 1e-4
    assert compute_p_value(values, ideal, shots) < 1e-9, "the test has no power"


def test_googles_virtual_chip_runs_it_and_has_room_for_copies(tmp_path: Path) -> None:
    from cirq_google import engine as google

    cls = load(tmp_path, device="rainbow", noise="device", depth=2)
    chip = google.create_default_noisy_quantum_virtual_machine("rainbow", cirq.Simulator)
    sampler = chip.get_sampler("rainbow")
    x, theta = draw(cls, 2)
    ideal = np.asarray(engines.create("native", cls, {}).expectations(x, theta))
    values = create(cls, sampler, shots=400, copies=2).expectations(x, theta)
    assert np.sqrt(np.mean((values - ideal) ** 2)) < 0.12 < np.std(ideal)


def test_tokens_that_are_not_finite_are_not_sent(tmp_path: Path) -> None:
    cls = load(tmp_path)
    x, theta = draw(cls)
    x[1, 0] = np.nan
    sampler = Fake()
    values = create(cls, sampler).expectations(x, theta)
    assert np.isnan(values).all(axis=1).tolist() == [False, True, False, False]
    assert {size for size, _ in sampler.calls} == {3}
    assert create(cls, sampler).expectations(x[:0], theta).shape == (0, len(cls.OBSERVABLES))
    assert len(sampler.calls) == 2


def test_an_estimate_comes_before_anything_is_sent(tmp_path: Path) -> None:
    cls = load(tmp_path)
    x, theta = draw(cls)
    register_sampler("slow chip", Fake, shot_seconds=1e-3, call_seconds=5)
    try:
        engine = create(cls, "slow chip", gradient="spsa", spsa_samples=3, shots=100)
    finally:
        del SAMPLERS._entries["slow chip"]
    estimate = engine.estimate(3000)
    assert (estimate.shots, estimate.jobs, estimate.evaluations) == (600_000, 6, 1)
    assert estimate.seconds == 600 + 30
    assert str(estimate) == (
        "3,000 tokens x 2 settings x 1 evaluations: 600,000 shots in 6 jobs, about 10.5 min"
    )
    assert engine.estimate(x, gradient=True).shots == 4 * 7 * 2 * 100
    engine.expectations(x[:3], theta)
    assert engine.estimate(x, theta).shots == 2 * 100
    assert create(cls, Fake()).estimate(1).seconds is None
    with pytest.raises(ValueError, match=r'no gradient; ask for engine_options={"gradient": '):
        create(cls, "simulator").estimate(1, gradient=True)


def test_a_budget_of_shots_is_kept(tmp_path: Path) -> None:
    cls = load(tmp_path)
    x, theta = draw(cls)
    sampler = Fake()
    engine = create(cls, sampler, shots=100, max_shots=600)
    engine.expectations(x[:3], theta)
    engine.expectations(x[:3], theta)  # known
    with pytest.raises(SamplerError, match=r"200 shots are needed after 600 .*max_shots is 600"):
        engine.expectations(x, theta)
    assert len(sampler.calls) == 2


def test_errors_pass_through_a_layer_as_they_are(tmp_path: Path) -> None:
    cls = load(tmp_path)
    options = {"sampler": Fake(lambda *_: []), "attempts": 1}
    layer = cls(engine="sampler", engine_options=options)
    with pytest.raises(SamplerError, match="returned 0 of 1 results in 1 tries; those are kept"):
        layer(np.zeros((3, cls.FEATURES), np.float32))


def test_a_program_that_goes_on_draws_other_shots(tmp_path: Path) -> None:
    cls = load(tmp_path / "layer")
    x, theta = draw(cls, 2)
    x[1] = x[0] + 1e-6
    values = [
        create(cls, "simulator", record=tmp_path / "jobs.jsonl").expectations(x[i : i + 1], theta)
        for i in range(2)
    ]
    assert np.abs(values[0] - values[1]).max() > 0


def test_a_layer_is_saved_with_the_name_of_its_sampler(tmp_path: Path) -> None:
    cls = load(tmp_path)
    x, _ = draw(cls)
    register_sampler("own chip", Fake())
    try:
        options = {"sampler": "own chip", "record": tmp_path / "jobs.jsonl"}
        model = keras.Sequential(
            [keras.Input((cls.FEATURES,)), cls(2, engine="sampler", engine_options=options)]
        )
        expected = np.asarray(model(x))
        model.save(tmp_path / "model.keras")
        again = keras.models.load_model(tmp_path / "model.keras")
        np.testing.assert_array_equal(np.asarray(again(x)), expected)
    finally:
        del SAMPLERS._entries["own chip"]
    with pytest.raises(
        TypeError, match=r"no sampler is called 'own chip'; .*register_sampler\('own chip'"
    ):
        keras.models.load_model(tmp_path / "model.keras")
    nameless = cls(2, engine="sampler", engine_options={"sampler": Fake()})
    with pytest.raises(ValueError, match=r"cannot be saved; call qslc_runtime.sampling.register"):
        nameless.get_config()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shots": 0}, "shots is a whole number, at least 1, not 0"),
        ({"copies": "all"}, "copies is a whole number, at least 1, not 'all'"),
        ({"attempts": 0}, "attempts is a whole number"),
        ({"job_size": 2.0}, "job_size is a whole number"),
        ({"max_shots": 0}, "max_shots is a whole number"),
        ({"seed": -1}, "seed is a whole number from 0"),
        ({"gradient": "adjoint"}, 'gradient is "parameter_shift", "spsa" or None'),
        ({"lost": "ignore"}, 'lost is "refuse" or "resend"'),
        ({"spsa_step": 0}, "spsa_step is an angle between 0 and pi"),
        ({"sampler": "weber"}, "no sampler is called 'weber'; samplers are simulator, qsim, noisy"),
        ({"sampler": 3}, "sampler is a name or a cirq.Sampler, not 3"),
        ({"sampler": "noisy"}, "has no noise"),
    ],
)
def test_options_out_of_range_are_refused(tmp_path: Path, options: Any, message: str) -> None:
    of = qslc_runtime.Artifact.read(folder(tmp_path, spec({"kind": "angle"}, ANSATZ)))
    with pytest.raises(ValueError, match=message):
        SamplerEngine(of, layer(of), **options)


def test_a_vector_cannot_be_loaded(tmp_path: Path) -> None:
    cls = load(tmp_path, "{kind: amplitude, features: 4}")
    with pytest.raises(ValueError, match=r"starts from the encoded vector.*no chip can load"):
        cls(engine="sampler")


PREPARED = "{kind: amplitude, features: 6, pad: PAD, preparation: METHOD}"


def load_prepared(path: Path, pad: str, method: str) -> Any:
    return load(path, PREPARED.replace("PAD", pad).replace("METHOD", method))


@pytest.mark.parametrize(("pad", "method"), [("zero", "variational"), ("bias", "multiplexed")])
def test_prepared_vectors_are_measured(tmp_path: Path, pad: str, method: str) -> None:
    cls = load_prepared(tmp_path, pad, method)
    x, theta = draw(cls, 4)
    exact = np.asarray(engines.create("native", cls, {}).expectations(x, theta))
    empty = np.asarray(engines.create("native", cls, {}).expectations(0 * x[:1], theta))
    lost = np.full((1, 6), np.nan, np.float32)
    sampler = Fake()
    engine = create(cls, sampler, shots=4000, gradient="parameter_shift")
    values = engine.expectations(np.vstack([x, 0 * x[:1], lost]), theta)
    np.testing.assert_allclose(values[:4], exact, atol=5 / np.sqrt(4000))
    np.testing.assert_allclose(values[4:5], empty, atol=5 / np.sqrt(4000))
    assert np.isnan(values[5]).all()
    assert {size for size, _ in sampler.calls} == {4 if pad == "zero" else 5}
    by_inputs, by_theta = engine._differentiate(x, theta, np.ones((4, 4), np.float32))
    assert np.isnan(by_inputs).all()
    of = qslc_runtime.Artifact.read(tmp_path)
    expected = gradient(
        lambda t: float(compute_exact(of, x.astype(np.float64), t).sum()),
        theta.astype(np.float64),
    )
    np.testing.assert_allclose(by_theta, expected, atol=0.4)
    assert np.abs(expected).max() > 1


def test_tokens_that_miss_the_fidelity_run_the_exact_circuit(tmp_path: Path) -> None:
    cls = load_prepared(tmp_path, "zero", "{method: variational, depth: 1}")
    x, theta = draw(cls, 6)
    exact = np.asarray(engines.create("native", cls, {}).expectations(x, theta))
    fidelities = qslc_runtime.prepare(tmp_path, x).fidelities
    asked = float(np.median(fidelities))
    sampler = Fake()
    engine = create(cls, sampler, shots=4000, fidelity=asked, gradient="spsa")
    values = engine.expectations(x, theta)
    assert {size for size, _ in sampler.calls} == {3}  # three of each circuit
    off = np.abs(values - exact).max(axis=1)
    assert (off[fidelities < asked] < 5 / np.sqrt(4000)).all()
    rough = np.abs(create(cls, Fake(), shots=4000).expectations(x, theta) - exact).max(axis=1)
    assert rough.max() > 0.1 > 5 / np.sqrt(4000)
    engine._differentiate(x, theta, np.ones((6, 4), np.float32))
    with pytest.raises(SamplerError, match="48,000 shots are needed after 0"):
        create(cls, Fake(), shots=4000, fidelity=1.0, max_shots=10_000).expectations(x, theta)


def test_a_fidelity_goes_with_a_preparation(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="prepares none"):
        create(load(tmp_path / "angle"), Fake(), fidelity=0.9)
    with pytest.raises(ValueError, match="between 0 and 1"):
        create(load_prepared(tmp_path / "a", "zero", "multiplexed"), Fake(), fidelity=2)


def test_without_an_option_it_has_no_gradient(tmp_path: Path) -> None:
    cls = load(tmp_path)
    x, _ = draw(cls)
    with pytest.raises(
        ValueError, match=r"no gradient; train with .*, or ask for engine_options={"
    ):
        cls(engine="sampler")(x, training=True)


def test_registered_samplers_are_samplers() -> None:
    with pytest.raises(TypeError, match=r"a cirq\.Sampler or a function that makes one"):
        register_sampler("wrong", 3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'qsim' exists already"):
        register_sampler("qsim", Fake)


JAX = """
import sys
import jax, jax.numpy as jnp, numpy as np, qslc_runtime
from tests.sampling.fakes import create, draw

cls = qslc_runtime.load(sys.argv[1])
x, theta = draw(cls, 2)
engine = create(cls, "simulator", shots=20000, gradient="parameter_shift")
exact = qslc_runtime.engines.create("native", cls, {"kernel": "keras"})
slopes = [
    jax.grad(lambda x, t, e=e: jnp.sum(jnp.sin(2 * e.expectations(x, t))), (0, 1))
    for e in (engine, exact)
]
for compile in (lambda f: f, jax.jit):
    for a, b in zip(*(compile(f)(jnp.array(x), jnp.array(theta)) for f in slopes)):
        assert np.abs(a - b).max() < 0.15 < 0.5 < np.abs(b).max(), (a, b)
try:
    jax.jit(create(cls, "simulator").expectations)(x, theta)
except RuntimeError as error:
    print(error)
"""


def test_gradients_under_jax(tmp_path: Path) -> None:
    load(tmp_path)
    refused = run_python(JAX, tmp_path, KERAS_BACKEND="jax")
    assert 'engine "sampler" runs eagerly under JAX' in refused


TORCH = """
import sys
import keras, numpy as np, qslc_runtime
from keras import ops
from tests.sampling.fakes import create, draw

assert keras.backend.backend() == "torch"
cls = qslc_runtime.load(sys.argv[1])
found = []
for engine in (
    create(cls, "simulator", shots=20000, gradient="parameter_shift"),
    qslc_runtime.engines.create("native", cls, {}),
):
    x, theta = (ops.convert_to_tensor(array).requires_grad_() for array in draw(cls, 2))
    ops.sum(ops.sin(2 * engine.expectations(x, theta))).backward()
    found.append([ops.convert_to_numpy(part.grad) for part in (x, theta)])
for a, b in zip(*found):
    assert np.abs(a - b).max() < 0.15 < 0.5 < np.abs(b).max(), (a, b)
"""


@pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed")
def test_gradients_under_torch(tmp_path: Path) -> None:
    load(tmp_path)
    run_python(TORCH, tmp_path, KERAS_BACKEND="torch")
