"""The base layer: shapes, weights, dtypes, masks, odd tokens, configuration, errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.layer.layer_programs import KERNELS, load, make_spec

pytestmark = pytest.mark.slow

AMPLITUDE = {"kind": "amplitude", "features": 6}


def layer_class(folder: Path, **encoder: Any) -> Any:
    return load(folder, make_spec(encoder=AMPLITUDE | encoder))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """6 features, 3 observables, no projection."""
    return layer_class(tmp_path_factory.mktemp("small"))


def tokens(*shape: int) -> np.ndarray:
    return np.random.default_rng(5).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("leading", [(4,), (2, 5), (2, 1, 3), (0,), (2, 0)])
def test_any_leading_dimensions(small: Any, leading: tuple[int, ...]) -> None:
    layer, x = small(units=7), tokens(*leading, 6)
    assert layer(x).shape == (*leading, 7)
    assert layer.compute_output_shape(x.shape) == (*leading, 7)
    np.testing.assert_allclose(
        np.reshape(small()(x), (-1, 3)), small()(x.reshape(-1, 6)), atol=1e-6
    )


def test_it_says_in_a_line_what_it_is(small: Any) -> None:
    assert repr(small(units=7, name="q")) == (
        f"<{small.__name__} q: {small.QUBITS} qubits, 6 features to 7, {len(small.WEIGHTS)} "
        "angles, engine native>"
    )
    assert "6 features to 3" in repr(small())


def test_a_functional_model_of_unknown_batch_and_length(small: Any) -> None:
    inputs = keras.Input((None, 6))
    outputs = small(units=4)(inputs)
    assert outputs.shape == (None, None, 4)
    model = keras.Model(inputs, outputs)
    assert model.predict(tokens(3, 2, 6), verbose=0).shape == (3, 2, 4)


def shapes(layer: Any) -> dict[str, tuple[int, ...]]:
    return {weight.name: tuple(weight.shape) for weight in layer.trainable_weights}


def test_the_up_projection_starts_as_zero_and_can_be_frozen(small: Any) -> None:
    x = tokens(2, 6)
    trained, frozen = small(units=8), small(units=8, up_projection="fixed")
    assert not np.any(trained(x)) and not np.any(frozen(x))
    assert shapes(trained) == {"theta": (6,), "up": (3, 8)}
    assert shapes(frozen) == {"theta": (6,), "gain": (3,)}
    up = np.asarray(frozen.up)
    np.testing.assert_allclose(up @ up.T, np.eye(3), atol=1e-6)
    frozen.gain.assign([1.0, 0.0, 0.0])
    scaled = 8**0.5 * np.asarray(small()(x))[:, 0]
    np.testing.assert_allclose(frozen(x), np.outer(scaled, up[0]), atol=1e-6)


def test_an_up_projection_of_low_rank(small: Any) -> None:
    layer, x = small(units=8, up_projection="low_rank", rank=2), tokens(2, 6)
    assert not np.any(layer(x))
    assert shapes(layer) == {"theta": (6,), "core": (3, 2)}
    layer.core.assign(np.arange(6.0).reshape(3, 2))
    up = np.asarray(layer.up)
    np.testing.assert_allclose(up @ up.T, np.eye(2), atol=1e-6)
    wanted = 8**0.5 * np.asarray(small()(x)) @ np.arange(6.0).reshape(3, 2) @ up
    np.testing.assert_allclose(layer(x), wanted, atol=1e-5)


def test_an_up_projection_with_gains_on_both_sides(small: Any) -> None:
    layer, x = small(units=8, up_projection="scaled"), tokens(2, 6)
    assert not np.any(layer(x))
    assert shapes(layer) == {"theta": (6,), "gain": (3,), "output_gain": (8,)}
    np.testing.assert_allclose(layer.gain, 0.1)
    layer.gain.assign([2.0, -1.0, 0.5])
    layer.output_gain.assign(np.arange(8.0))
    gained = 8**0.5 * np.asarray(small()(x)) * [2.0, -1.0, 0.5]
    np.testing.assert_allclose(layer(x), gained @ layer.up * np.arange(8.0), atol=1e-5)


@pytest.mark.parametrize(("scale", "factor"), [(None, 8**0.5), (1.0, 1.0), (3, 3.0)])
def test_the_scale_of_the_readouts(small: Any, scale: float | None, factor: float) -> None:
    layer, x = small(units=3, scale=scale), tokens(4, 6)
    layer.build(x.shape)
    layer.up.assign(np.eye(3))
    np.testing.assert_allclose(layer(x), factor * np.asarray(small(scale=scale)(x)), atol=1e-6)


def test_readouts_of_angles_are_not_scaled(tmp_path: Path) -> None:
    angles = load(tmp_path, make_spec(encoder={"kind": "angle", "features": 3}))
    assert angles(units=2).readout_scale == 1


def test_the_seed_decides_the_initial_values(small: Any) -> None:
    layers = [small(seed=seed) for seed in (0, 0, 1)]
    first, same, other = (np.asarray(layer(tokens(2, 6))) for layer in layers)
    np.testing.assert_array_equal(first, same)
    assert np.abs(first - other).max() > 1e-3


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16", "bfloat16", "float64"])
def test_a_dtype_policy_changes_only_the_edge(small: Any, policy: str) -> None:
    layer, x = small(dtype=policy), tokens(4, 6)
    y = layer(x)
    assert keras.backend.standardize_dtype(y.dtype) == layer.compute_dtype
    assert keras.backend.standardize_dtype(layer.theta.dtype) == "float32"
    exact = keras.ops.cast(small()(x), layer.compute_dtype)
    np.testing.assert_array_equal(keras.ops.cast(y, "float32"), keras.ops.cast(exact, "float32"))


def test_the_mask_passes_through(small: Any) -> None:
    """The mean of a masked sequence is that of the tokens it keeps."""
    x = tokens(2, 3, 6)
    x[:, 2] = 0
    layer = small()
    pooled = keras.layers.GlobalAveragePooling1D()(layer(keras.layers.Masking()(x)))
    np.testing.assert_allclose(pooled, np.mean(layer(x[:, :2]), axis=1), atol=1e-6)


def gradients(layer: Any, x: np.ndarray, rows: slice) -> tuple[np.ndarray, np.ndarray]:
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(layer(x)[rows])
    dx, dtheta = tape.gradient(loss, [x, layer.theta.value])
    return dx.numpy(), dtheta.numpy()


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_vector_of_zeros_gives_zeros_and_finite_gradients(small: Any, kernel: str) -> None:
    x = tokens(3, 6)
    x[1] = 0
    layer = small(engine_options={"kernel": kernel})
    assert not np.any(layer(x)[1])
    dx, dtheta = gradients(layer, x, slice(None))
    assert np.isfinite(dx).all() and np.isfinite(dtheta).all()
    assert not dx[1].any()


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    "encoder",
    [AMPLITUDE, {"kind": "angle", "features": 2}, {"kind": "iqp"}],
    ids=lambda e: e["kind"],
)
def test_a_token_that_is_not_finite_spoils_itself_alone(
    value: float, encoder: dict[str, Any], kernel: str, tmp_path: Path
) -> None:
    layer = load(tmp_path, make_spec(encoder=encoder))(engine_options={"kernel": kernel})
    x = tokens(3, layer.FEATURES)
    expected = np.asarray(layer(x))
    x[1, -1] = value
    values = np.asarray(layer(x))
    assert np.isnan(values[1]).all()
    np.testing.assert_array_equal(values[[0, 2]], expected[[0, 2]])
    dx, dtheta = gradients(layer, x, slice(0, 1))
    assert np.isfinite(dx[0]).all() and np.isfinite(dtheta).all()


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("scale", [3e38, 1e20, 1e-20, 1e-33])
def test_huge_and_tiny_vectors_have_a_direction(small: Any, scale: float, kernel: str) -> None:
    x = tokens(17, 6)
    x /= np.abs(x).max()
    layer = small(engine_options={"kernel": kernel})
    np.testing.assert_allclose(layer(x * np.float32(scale)), layer(x), atol=2e-6)


def test_the_bias_tells_the_norm_and_the_sign(tmp_path: Path) -> None:
    layer, x = layer_class(tmp_path, pad="bias")(), tokens(1, 6)
    assert np.abs(np.asarray(layer(x)) - layer(-x)).max() > 1e-3
    assert np.abs(np.asarray(layer(x)) - layer(2 * x)).max() > 1e-3
    np.testing.assert_allclose(layer(np.zeros((1, 6), np.float32)), layer(x * 1e-12), atol=1e-6)


def test_a_slice_of_the_hidden_state(tmp_path: Path) -> None:
    layer, x = layer_class(tmp_path / "slice", project={"slice": [2, 8]})(), tokens(3, 10)
    plain = layer_class(tmp_path / "plain")()
    np.testing.assert_array_equal(layer(x), plain(x[:, 2:8]))


@pytest.mark.parametrize("project", ["learned", "orthogonal"])
def test_a_projection_of_the_hidden_state(project: str, tmp_path: Path) -> None:
    layer, x = layer_class(tmp_path / project, project=project)(), tokens(3, 10)
    plain = layer_class(tmp_path / "plain")()
    values = layer(x)
    np.testing.assert_allclose(values, plain(x @ np.asarray(layer.down)), atol=1e-6)
    assert layer.down.trainable == (project == "learned")
    down = np.asarray(layer.down)
    np.testing.assert_allclose(down.T @ down, np.eye(6), atol=1e-6)


def test_no_encoder_gives_every_token_the_same(tmp_path: Path) -> None:
    layer = load(tmp_path, make_spec(encoder={"kind": "none"}))()
    values = np.asarray(layer(tokens(4, 9)))
    assert values.shape == (4, 3)
    np.testing.assert_array_equal(values, values[:1].repeat(4, axis=0))


@pytest.mark.parametrize(
    ("project", "width", "message"),
    [
        ("none", 10, "encodes 6 features; the hidden state is 10 wide"),
        ({"slice": [4, 10]}, 8, "features 4 to 9 of the hidden state, which is only 8 wide"),
        ("learned", 5, "built for hidden states 6 wide, and these are 5 wide"),
    ],
)
def test_the_width_is_checked(project: Any, width: int, message: str, tmp_path: Path) -> None:
    made = layer_class(tmp_path, project=project)
    built = made()
    built(tokens(2, 10 if isinstance(project, dict) else 6))
    for layer in (built, made()) if project != "learned" else (built,):
        with pytest.raises(ValueError, match=message):
            layer(tokens(2, width))


def test_the_configuration_is_plain_json(small: Any) -> None:
    layer = small(
        units=5, up_projection="fixed", trainable_angles=False, scale=2.5, seed=3, name="qsl"
    )
    config = json.loads(json.dumps(layer.get_config()))
    again = small.from_config(config)
    assert again.get_config() == layer.get_config()
    layer.build((None, 6)), again.build((None, 6))
    for one, other in zip(layer.weights, again.weights, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"engine": "qsin"}, "no engine is called 'qsin'; engines are native, tfq, qsim"),
        (
            {"engine_options": {"shots": 10}},
            "the engine 'native' has no option 'shots'; use engine='qsim'",
        ),
        ({"units": 0}, "units is a positive whole number or None, not 0"),
        ({"units": 2.5}, "units is a positive whole number or None, not 2.5"),
        ({"seed": None}, "seed is a whole number, not negative; got None"),
        ({"seed": -1}, "seed is a whole number, not negative; got -1"),
        *(
            ({"scale": scale}, "scale is a positive number or None")
            for scale in (0, -1.0, float("inf"), float("nan"), "large")
        ),
        ({"angle_deviation": 0.0}, "angle_deviation is a positive number or None"),
        ({"up_projection": "none"}, "'fixed', 'scaled', 'circuit', not 'none'"),
        ({"rank": 3}, 'rank goes with up_projection="low_rank"'),
        ({"up_projection": "low_rank"}, 'rank goes with up_projection="low_rank"'),
        ({"up_projection": "low_rank", "rank": 0}, "rank is a positive whole number, not 0"),
        ({"basis": "svd"}, 'basis is "random" or "kernel"'),
    ],
)
def test_wrong_arguments(small: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small(**arguments)


def test_a_circuit_too_large_for_the_native_engine(tmp_path: Path) -> None:
    layer = load(tmp_path, make_spec(qubits=21, encoder={"kind": "angle"}))
    with pytest.raises(ValueError, match="at most 20 qubits; Small has 21: the engine 'qsim'"):
        layer()


def test_an_engine_without_a_gradient_refuses_to_train(
    small: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = small()
    monkeypatch.setattr(layer._engine, "differentiable", False, raising=False)
    assert layer(tokens(1, 6), training=False).shape == (1, 3)
    with pytest.raises(ValueError, match="has no gradient; train with 'native' or 'tfq'"):
        layer(tokens(1, 6), training=True)


@pytest.mark.parametrize("jit", [False, True])
def test_fit_lowers_the_loss(small: Any, jit: bool) -> None:
    x = tokens(64, 6)
    y = np.asarray(small(seed=9)(x)) @ tokens(3, 4)
    model = keras.Sequential([small(units=4)])
    model.compile(keras.optimizers.Adam(0.1), "mse", jit_compile=jit)
    losses = model.fit(x, y, batch_size=32, epochs=12, verbose=0).history["loss"]
    assert losses[-1] < 0.5 * losses[0]
    start = small()
    start.build((None, 6))
    assert np.abs(np.asarray(model.layers[0].theta) - np.asarray(start.theta)).max() > 1e-2
