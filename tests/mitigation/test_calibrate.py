"""Calibrated layers and adapters: what they compute, save and forget."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import qslc_runtime
from qslc_runtime import engines

from tests.insertion.small_gpt2 import excite, logits, make_model, tokens
from tests.sampling.fakes import NOISE, load

pytestmark = pytest.mark.slow

STRONG = (
    "{depolarizing: {1q: 0.01, 2q: 0.06}, amplitude_damping: 0.002, "
    "readout: {p01: 0.02, p10: 0.08}}"
)
MEASURE = '[z, "X0*X2"]'
PREPARED = "{kind: amplitude, features: 8, preparation: variational}"
PROJECTED = "{kind: amplitude, features: 8, project: orthogonal}"


def make_layer(cls, engine="noisy", units=None, **options):
    layer = cls(units, engine=engine, engine_options=options, angle_deviation=1.0)
    layer.build((None, cls.FEATURES))
    return layer


def draw(cls, count=200, seed=0):
    return np.random.default_rng(seed).normal(size=(count, cls.FEATURES)).astype(np.float32)


def measure_error(layer, x):
    """Return the error of readouts on new tokens, relative to the ideal ones."""
    ideal = np.asarray(
        engines.create("native", type(layer), {}).expectations(x, np.array(layer.theta))
    )
    return np.sqrt(np.mean((np.asarray(layer(x)) - ideal) ** 2) / np.mean(ideal**2))


def test_a_calibrated_layer_is_nearer_to_the_ideal_one(tmp_path):
    layer = make_layer(load(tmp_path, noise=STRONG, measure=MEASURE))
    new = draw(type(layer), seed=1)
    before = measure_error(layer, new)
    found = layer.calibrate(draw(type(layer)))
    assert found is layer.calibration
    assert found.source == "noisy"
    assert not found.lost.any()
    after = measure_error(layer, new)
    assert after < before / 2.5
    totals = found.to_json()
    assert totals["total_raw_bias"] == pytest.approx(before, rel=0.2)
    assert totals["total_bias"] == pytest.approx(after, rel=0.3)
    layer.clear_calibration()
    assert measure_error(layer, new) == before
    assert layer.calibration is None


def test_a_layer_is_built_by_its_calibration(tmp_path):
    cls = load(tmp_path, noise=STRONG, measure=MEASURE)
    layer = cls(engine="noisy", angle_deviation=1.0)
    assert layer.calibrate(draw(cls).tolist()).tokens == 200
    with pytest.raises(ValueError, match="the hidden state is 1 wide"):
        layer.calibrate(draw(cls)[:, :1])
    assert measure_error(layer, draw(cls, seed=1)) < 0.2


def test_a_calibration_by_a_sampler_is_that_of_the_engine_within_its_shots(tmp_path):
    cls = load(tmp_path, noise=STRONG, measure=MEASURE)
    layer, sampled = make_layer(cls), make_layer(cls, "sampler", sampler="noisy", shots=20_000)
    exact = layer.calibrate(draw(cls))
    found = sampled.calibrate(draw(cls))
    assert found.source == "sampler noisy"
    np.testing.assert_allclose(found.factors, exact.factors, rtol=0.05)
    np.testing.assert_allclose(found.offsets, exact.offsets, atol=0.02)
    np.testing.assert_allclose(found.bias, exact.bias, atol=0.02)
    assert measure_error(sampled, draw(cls, seed=1)[:50]) < 0.5 * exact.to_json()["total_raw_bias"]


def test_an_engine_is_brought_to_a_chip_that_prepares_its_vectors(tmp_path):
    cls = load(tmp_path, noise=STRONG, measure=MEASURE, encoder=PREPARED)
    layer, chip = make_layer(cls), make_layer(cls, "sampler", sampler="noisy", shots=50_000)
    new = draw(cls, 100, seed=1)
    before = difference(layer, chip, new)
    found = layer.calibrate(draw(cls), to="noisy", shots=50_000)
    assert found.source == "noisy"
    after = difference(layer, chip, new)
    assert after < 0.5 * before
    assert found.to_json()["total_raw_bias"] == pytest.approx(before, rel=0.2)
    assert found.to_json()["total_bias"] == pytest.approx(after, rel=0.3)


def difference(layer, chip, x):
    """Return how far readouts are from a chip's, relative to the latter."""
    measured = np.asarray(chip(x))
    return np.sqrt(np.mean((np.asarray(layer(x)) - measured) ** 2) / np.mean(measured**2))


def test_a_calibration_holds_for_its_source_alone(tmp_path):
    cls = load(tmp_path, noise=STRONG, measure=MEASURE)
    native, noisy = make_layer(cls, "native"), make_layer(cls, "noisy")
    x = draw(cls)
    outputs = np.asarray(native(x))
    found = native.calibrate(x, engines.create("noisy", cls, {}))
    assert np.array_equal(np.asarray(native(x)), outputs)
    noisy.calibration = found
    assert measure_error(noisy, x) < 0.2
    other = make_layer(cls, "qsim", noise=False)
    before = np.asarray(other(x[:2]))
    other.calibration = found
    assert np.array_equal(np.asarray(other(x[:2])), before)


def test_what_was_traced_before_is_calibrated_too(tmp_path):
    import tensorflow as tf

    cls = load(tmp_path, noise=STRONG, measure=MEASURE)
    layer, x = make_layer(cls, units=4), draw(cls)
    layer.up.assign(np.random.default_rng(0).normal(size=layer.up.shape))
    traced = tf.function(layer)
    before = traced(x).numpy()
    layer.calibrate(x)
    assert np.abs(traced(x).numpy() - before).max() > 0.01
    np.testing.assert_allclose(traced(x).numpy(), np.asarray(layer(x)), atol=1e-6)


def test_tokens_without_a_state_stay_zero_and_others_nan(tmp_path):
    layer = make_layer(
        load(tmp_path, "{kind: amplitude, features: 8}", noise=STRONG, measure=MEASURE)
    )
    x = draw(type(layer))
    layer.calibrate(x)
    assert np.abs(layer.calibration.offsets).max() > 1e-3
    x[0], x[1, 0] = 0, np.nan
    values = np.asarray(layer(x))
    assert not values[0].any()
    assert np.isnan(values[1]).all()
    assert np.isfinite(values[2:]).all()


def test_a_calibration_is_saved_with_the_model(tmp_path):
    cls = load(tmp_path / "layer", noise=NOISE, measure=MEASURE)
    inputs = keras.Input((cls.FEATURES,))
    model = keras.Model(inputs, cls(engine="noisy", angle_deviation=1.0)(inputs))
    x = draw(cls)
    model.layers[-1].calibrate(x)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert np.array_equal(np.asarray(again(x)), np.asarray(model(x)))
    assert again.layers[-1].calibration.about == model.layers[-1].calibration.about
    model.layers[-1].clear_calibration()
    model.save(tmp_path / "model.keras")
    assert keras.models.load_model(tmp_path / "model.keras").layers[-1].calibration is None


@pytest.fixture
def adapted(tmp_path):
    cls = load(tmp_path / "layer", PROJECTED, noise=STRONG, measure=MEASURE)
    model = make_model()
    adapter = qslc_runtime.insert(model, cls)
    excite(adapter)
    return model, adapter, cls


def test_an_adapter_is_calibrated_on_what_its_sublayers_see(adapted, tmp_path):
    model, adapter, cls = adapted
    batch = tokens(batch=8)
    ideal = logits(model, batch)
    parameters = adapter.total_parameters
    found = adapter.calibrate(batch, engines.create("noisy", cls, {}))
    assert list(found) == list(adapter.sublayers) == list(adapter.calibration)
    real = int(batch["padding_mask"].sum())
    assert {calibration.tokens for calibration in found.values()} == {real}
    assert {calibration.rescale for calibration in found.values()} == {"per_readout_offset"}
    assert np.array_equal(logits(model, batch), ideal), "engine native changed"
    assert adapter.total_parameters == parameters
    adapter.save(tmp_path / "adapter.safetensors")

    errors = {}
    for name in ("calibrated", "raw"):
        other = make_model()
        loaded = qslc_runtime.load_adapter(
            other, tmp_path / "adapter.safetensors", cls, engine="noisy"
        )
        assert list(loaded.calibration) == list(found)
        for path, calibration in found.items():
            np.testing.assert_array_equal(loaded.calibration[path].table, calibration.table)
        if name == "raw":
            loaded.clear_calibration()
            assert not loaded.calibration
        errors[name] = np.abs(logits(other, batch) - ideal).max()
    assert errors["calibrated"] < errors["raw"] / 3


def test_loading_a_file_without_calibration_forgets_it(adapted, tmp_path):
    _, adapter, cls = adapted
    adapter.save(tmp_path / "plain.safetensors")
    adapter.calibrate(tokens(batch=8), engines.create("noisy", cls, {}))
    adapter.load(tmp_path / "plain.safetensors")
    assert not adapter.calibration


def test_a_file_with_another_calibration_changes_nothing(adapted, tmp_path):
    model, adapter, cls = adapted
    adapter.calibrate(tokens(batch=8), engines.create("noisy", cls, {}))
    path = tmp_path / "adapter.safetensors"
    adapter.save(path)
    from qslc_runtime.adapters import adapter_file

    header = adapter_file.read_header(path)
    values = adapter_file.read_weights(path, header)
    name = next(key for key in values if key.endswith("/calibration"))
    for table, message in (
        (values[name][:, :2], "not of the 4 readouts"),
        (values[name][:5], "7 finite numbers"),
    ):
        adapter_file.write(path, header.record, {**values, name: table})
        before = logits(model, tokens())
        with pytest.raises(ValueError, match=message):
            adapter.load(path)
        assert np.array_equal(logits(model, tokens()), before)


def test_what_cannot_be_calibrated_says_why(adapted):
    _, adapter, cls = adapted
    batch = tokens(batch=8)
    with pytest.raises(
        ValueError, match=r'engine "native" is exact: .* calibrate\(tokens, "noisy"'
    ):
        adapter.calibrate(batch)
    with pytest.raises(ValueError, match="name a sampler beside them"):
        adapter.calibrate(batch, shots=100)
    with pytest.raises(ValueError, match="no preprocessor for texts"):
        adapter.calibrate(["a text"], "noisy")
    with pytest.raises(ValueError, match="8 tokens or more; 3 hold"):
        adapter.calibrate(batch, engines.create("noisy", cls, {}), count=3)
    with pytest.raises(ValueError, match="count is a positive"):
        adapter.calibrate(batch, "noisy", count=0)
    adapter.fold()
    with pytest.raises(ValueError, match="query is no quantum sublayer"):
        adapter.calibrate(batch, "noisy")
    with pytest.raises(ValueError, match="starts from"):
        cls().calibrate(np.zeros((9, 16), np.float32), "noisy")


def test_the_spec_says_what_is_fitted(tmp_path):
    import qslc

    spec = (
        qslc.sublayer("stated", qubits=3)
        .angle()
        .layers(depth=1)
        .on(grid=(2, 3))
        .noise(depolarizing={"2q": 0.05})
        .execute(shots=500, rescale="global")
        .spec()
    )
    qslc.compile_to(spec, tmp_path)
    layer = make_layer(qslc_runtime.load(tmp_path), "noisy")
    assert layer.calibrate(draw(type(layer))).rescale == "global"
    assert layer.calibrate(draw(type(layer)), rescale="none").rescale == "none"
