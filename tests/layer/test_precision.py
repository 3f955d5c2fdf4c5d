"""Mixed precision: float32 within, and no error at the edge but that of rounding the output."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from qslc_runtime import insert

from qslc.ir.program import Program
from qslc.lower.logical import lower_to_logical
from tests.insertion.small_gpt2 import make_model
from tests.insertion.test_training import fit
from tests.layer.layer_programs import KERNELS, load, make_spec
from tests.layer.layer_reference import expectations, slope
from tests.layer.test_generated_source import SPECS

pytestmark = pytest.mark.slow

POLICIES = {"mixed_bfloat16": 2.0**-8, "mixed_float16": 2.0**-11}
"""The relative error of rounding to the compute dtype, at most."""


class Setting:
    """A trained layer of 10 qubits and 768 features, and its program."""

    def __init__(self, folder: Path) -> None:
        self.program: Program = lower_to_logical(SPECS["gpt2_qv"])
        self.layer_class: Any = load(folder, SPECS["gpt2_qv"], self.program)
        self.theta = np.random.default_rng(6).normal(size=40).astype(np.float32)

    def layer(self, **arguments: Any) -> Any:
        layer = self.layer_class(**arguments)
        layer.build((None, 768))
        layer.theta.assign(self.theta)
        return layer

    def exact(self, x: Any, theta: Any = None) -> np.ndarray:
        rows = np.asarray(x, np.float64)
        theta = np.asarray(self.theta if theta is None else theta, np.float64)
        return np.array([expectations(self.program, row, theta) for row in rows])


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    return Setting(tmp_path_factory.mktemp("gpt2_qv"))


def tokens(policy: str) -> Any:
    """Hidden states as a model under this policy hands them on."""
    x = np.random.default_rng(5).normal(size=(3, 768))
    return keras.ops.cast(x, policy.removeprefix("mixed_"))


@pytest.mark.parametrize("form", [*KERNELS, "folded"])
@pytest.mark.parametrize("policy", POLICIES)
def test_values_are_those_of_float64_rounded_once(policy: str, form: str, setting: Setting) -> None:
    kernel = {} if form == "folded" else {"kernel": form}
    layer = setting.layer(dtype=policy, engine_options=kernel)
    layer = layer.fold() if form == "folded" else layer
    x = tokens(policy)
    values, exact = layer(x), setting.exact(x)
    assert values.dtype == policy.removeprefix("mixed_")
    bound = POLICIES[policy] * np.abs(exact) + 1e-6
    assert (np.abs(np.asarray(values, np.float64) - exact) <= bound).all()


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("policy", POLICIES)
def test_a_linear_map_is_rounded_once_too(policy: str, kernel: str, setting: Setting) -> None:
    """Values, and the gradients: for the inputs of the tokens' type, for all weights float32."""
    layer = setting.layer(units=4, dtype=policy, engine_options={"kernel": kernel})
    generator = np.random.default_rng(8)
    layer.up.assign(generator.normal(size=(10, 4)))
    x, up = tokens(policy), 32.0 * layer.up.numpy().astype(np.float64)
    upstream = generator.choice([-1.0, -0.5, 0.5, 1.0], (3, 4))
    with tf.GradientTape() as tape:
        tape.watch(x)
        values = layer(x)
    sources = [x, layer.up.value, layer.theta.value]
    by_x, by_up, by_theta = tape.gradient(values, sources, tf.cast(upstream, values.dtype))
    assert values.dtype == by_x.dtype == policy.removeprefix("mixed_")
    assert by_up.dtype == by_theta.dtype == tf.float32

    def assert_rounded_once(ours: Any, exact: np.ndarray, error: float) -> None:
        bound = POLICIES[policy] * np.abs(exact) + error
        assert (np.abs(np.asarray(ours, np.float64) - exact) <= bound).all()

    expectations_of = setting.exact(x)
    assert_rounded_once(values, expectations_of @ up, 5e-5)
    exact_up = 32 * expectations_of.T @ upstream
    np.testing.assert_allclose(by_up.numpy(), exact_up, rtol=1e-5, atol=5e-5)
    rows, few = np.asarray(x, np.float64), slice(0, 4)

    def of(part: np.ndarray) -> float:
        moved = np.concatenate([part, rows[1, 4:]])[None]
        return float((setting.exact(moved) @ up @ upstream[1]).sum())

    assert_rounded_once(by_x[1, few], slope(of, rows[1, few]), 1e-5)

    def of_angles(part: np.ndarray) -> float:
        theta = np.concatenate([part, setting.theta[4:]])
        return float((setting.exact(x, theta) @ up * upstream).sum())

    exact_theta = slope(of_angles, setting.theta[few].astype(np.float64))
    np.testing.assert_allclose(by_theta.numpy()[few], exact_theta, rtol=1e-5, atol=2e-4)


@pytest.mark.parametrize("policy", POLICIES)
def test_an_adapted_model_trains(policy: str, setting: Setting, tmp_path: Path) -> None:
    """A GPT-2 whose hidden states and losses are in half precision."""
    spec = make_spec(qubits=4, encoder={"kind": "amplitude", "features": 16})
    keras.config.set_dtype_policy(policy)
    try:
        model = make_model()
        adapter = insert(model, load(tmp_path, spec))
        losses = fit(model)
    finally:
        keras.config.set_dtype_policy("float32")
    assert losses[-1] < losses[0] - 0.01
    assert {str(weight.dtype) for weight in adapter.weights.values()} == {"float32"}
