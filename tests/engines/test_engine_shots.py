"""Engine shots: the noise of a number of shots, its randomness, and training with it."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import qslc_runtime
from qslc_runtime import engines

from tests.insertion.small_gpt2 import excite, logits, make_model, tokens
from tests.sampling.fakes import NOISE, draw, load

pytestmark = pytest.mark.slow


def compute(cls, name, x, theta, **options):
    return np.asarray(engines.create(name, cls, options).expectations(x, theta))


@pytest.mark.parametrize("of", ["native", "noisy"])
def test_the_noise_is_that_of_means_of_shots(tmp_path, of):
    cls = load(tmp_path, noise=NOISE)
    x, theta = draw(cls, 4)
    exact, shots = compute(cls, of, x, theta), 200
    engine = engines.create("shots", cls, {"of": of, "shots": shots})
    values = np.array([engine.expectations(x, theta) for _ in range(200)])
    deviation = np.sqrt((1 - exact**2) / shots)
    assert np.all(np.abs(values.mean(axis=0) - exact) < 4.5 * deviation / 14)
    np.testing.assert_allclose(values.std(axis=0) / deviation, 1, atol=0.25)
    np.testing.assert_allclose(engine.estimate_variances(exact), deviation**2, rtol=1e-5)
    flat = (values - exact).reshape(200, -1) / deviation.reshape(-1)
    correlations = np.corrcoef(flat.T) - np.eye(flat.shape[1])
    assert np.abs(correlations).max() < 0.35


def test_factors_are_what_is_left_of_readouts(tmp_path):
    cls = load(tmp_path)
    x, theta = draw(cls, 4)
    exact, factors = compute(cls, "native", x, theta), [0.5, 1.0, 0.1, 0.9]
    values = compute(cls, "shots", x, theta, shots=10**8, factors=factors)
    np.testing.assert_allclose(values, exact * factors, atol=1e-3)
    half = compute(cls, "shots", x, theta, shots=10**8, factors=0.5)
    np.testing.assert_allclose(half, exact / 2, atol=1e-3)


def test_a_seed_gives_a_layer_its_own_noise_again(tmp_path):
    cls = load(tmp_path)
    x = draw(cls, 4)[0]

    def call(layer_seed, engine_seed):
        layer = cls(engine="shots", engine_options={"seed": engine_seed}, seed=layer_seed)
        layer.build(x.shape)
        layer.theta.assign(np.full(layer.theta.shape, 0.3))
        return [np.asarray(layer(x)) for _ in range(2)]

    first, second = call(0, 0)
    assert np.abs(first - second).min() > 0
    np.testing.assert_array_equal(call(0, 0), [first, second])
    for other in (call(1, 0), call(0, 1)):
        assert np.abs(other[0] - first).min() > 0


def test_tokens_without_a_state_have_no_noise(tmp_path):
    cls = load(tmp_path, "{kind: amplitude, features: 8}")
    x, theta = draw(cls, 3)
    x[0], x[1, 0] = 0, np.nan
    values = compute(cls, "shots", x, theta)
    assert not values[0].any()
    assert np.isnan(values[1]).all()
    assert np.isfinite(values[2]).all()


def test_gradients_are_those_of_the_expectations(tmp_path):
    import tensorflow as tf

    cls = load(tmp_path)
    x, theta = map(tf.constant, draw(cls, 4))
    slopes = []
    for name, options in (("native", {}), ("shots", {"factors": 0.5})):
        engine = engines.create(name, cls, options)
        with tf.GradientTape() as tape:
            tape.watch((x, theta))
            total = tf.reduce_sum(engine.expectations(x, theta))
        slopes.append([np.asarray(slope) for slope in tape.gradient(total, (x, theta))])
    for ideal, noisy in zip(*slopes, strict=True):
        np.testing.assert_allclose(noisy, ideal / 2, atol=1e-5)


def test_a_model_trains_with_it_and_runs_on_native(tmp_path):
    cls = load(tmp_path, "{kind: amplitude, features: 8, project: orthogonal}", noise=NOISE)
    options = {"shots": 2000, "factors": 0.8}
    model = make_model()
    adapter = qslc_runtime.insert(model, cls, engine="shots", engine_options=options)
    batch = tokens(batch=8)
    targets = np.roll(batch["token_ids"], -1, axis=1)
    history = model.fit(batch, targets, epochs=2, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]
    one, two = logits(model, batch), logits(model, batch)
    assert np.abs(one - two).max() > 0, "no noise"
    adapter.save(tmp_path / "adapter.safetensors")
    other = make_model()
    path = tmp_path / "adapter.safetensors"
    qslc_runtime.load_adapter(other, path, cls, engine="native", engine_options={})
    np.testing.assert_allclose(logits(other, batch), one, atol=0.5)
    excite(adapter)
    model.save(tmp_path / "model.keras")
    assert keras.models.load_model(tmp_path / "model.keras") is not None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shots": 0}, "shots is a whole number"),
        ({"seed": -1}, "seed is a whole number"),
        ({"of": "qsim"}, 'of is "native" or "noisy"'),
        ({"factors": 2.0}, "a number from -1 to 1, or 4 of them"),
        ({"factors": [1.0, 0.5]}, "or 4 of them"),
        ({"factors": "half"}, "or 4 of them"),
        ({"of": "noisy"}, "has no noise"),
    ],
)
def test_wrong_options_say_what_is_right(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        engines.create("shots", load(tmp_path), options)
