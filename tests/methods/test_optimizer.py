"""Learning rates for groups of weights."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import ops
from qslc_runtime.methods import GroupedAdamW, Sublayer, attach, grouped_adamw

from tests.insertion.small_gpt2 import StandIn
from tests.processes import run_python

pytestmark = pytest.mark.slow

RATES = {"angles": 0.1, "up": 0.01}


def variables():
    return [keras.Variable(np.ones(3), name=name) for name in ("theta", "up")]


def stepped(optimizer, steps=3):
    weights = variables()
    for step in range(steps):
        optimizer.apply([ops.full((3,), 1.0 + step), ops.full((3,), 2.0)], weights)
    return [ops.convert_to_numpy(weight) for weight in weights]


@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_each_weight_moves_as_under_adamw_with_its_own_rate(decay):
    grouped = stepped(GroupedAdamW({"theta": 0.1, "up": 0.01}, weight_decay=decay))
    for index, rate in enumerate((0.1, 0.01)):
        alone = stepped(keras.optimizers.AdamW(rate, weight_decay=decay))
        np.testing.assert_allclose(grouped[index], alone[index], rtol=1e-6)


def test_a_schedule_multiplies_all_rates():
    halves = keras.optimizers.schedules.PiecewiseConstantDecay([0], [1.0, 0.0])
    once = stepped(GroupedAdamW({"theta": 0.1, "up": 0.01}), steps=1)
    np.testing.assert_array_equal(
        stepped(GroupedAdamW({"theta": 0.1, "up": 0.01}, learning_rate=halves)), once
    )


def test_it_comes_back_from_its_configuration():
    optimizer = GroupedAdamW({"theta": 0.1, "up": 0.01}, weight_decay=0.1, beta_2=0.9)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert again.get_config() == optimizer.get_config()
    np.testing.assert_array_equal(stepped(again), stepped(optimizer))


def test_rates_are_for_the_groups_of_the_method(model):
    attached = attach(model, Sublayer(StandIn))
    assert grouped_adamw(attached, RATES).rates == {"theta": 0.1, "up": 0.01}
    for rates in ({"angles": 0.1}, {**RATES, "gain": 0.1}):
        with pytest.raises(ValueError, match=r"rates are needed for angles, up; got angles"):
            grouped_adamw(attached, rates)


def test_a_weight_without_rate_is_named():
    with pytest.raises(ValueError, match="no learning rate for the weights named up"):
        GroupedAdamW({"theta": 0.1}).build(variables())


UNDER_JAX = """
import keras, numpy as np
from qslc_runtime.methods import (
    KerasLora, Lora, Prefix, Quadratic, Sublayer, Vera, attach, grouped_adamw
)
from tests.insertion.small_gpt2 import StandIn, logits, make_model, tokens
from tests.insertion.test_training import fit, generate, without_cache

assert keras.backend.backend() == "jax"
prompt = tokens(batch=2, length=4)["token_ids"]
for method in (Sublayer(StandIn), Lora(2), KerasLora(2), Prefix(3), Quadratic(2), Vera(8)):
    model = make_model(num_layers=1)
    attached = attach(model, method)
    rates = dict.fromkeys(attached.groups, 0.05) | {"down": 0.0, "angles": 0.0}
    model.compile(
        optimizer=grouped_adamw(attached, {name: rates[name] for name in attached.groups}),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        sampler="greedy",
    )
    start = {path: np.array(weight) for path, weight in attached.weights.items()}
    losses = fit(model, epochs=4)
    assert losses[-1] < losses[0], (method, losses)
    for path, value in start.items():
        still = path.endswith(("down", "theta"))
        assert np.array_equal(value, np.array(attached.weights[path])) == still, path
    assert np.array_equal(generate(model, prompt, 8), without_cache(model, prompt, 8))
    attached.save("adapter.safetensors")
    other = make_model(num_layers=1)
    attach(other, method).load("adapter.safetensors")
    assert np.array_equal(logits(other, tokens()), logits(model, tokens()))
"""


def test_every_method_trains_with_its_rates_under_jax(tmp_path):
    run_python(UNDER_JAX, cwd=tmp_path, KERAS_BACKEND="jax")
