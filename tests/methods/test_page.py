"""docs/methods.md: its snippets run, one after the other."""

from __future__ import annotations

import re
from pathlib import Path

import keras
import keras_hub
import pytest
import qslc_runtime
import tensorflow as tf

from tests.insertion.small_gpt2 import StandIn, make_model
from tests.insertion.test_training import batch

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs" / "methods.md"


class Gained(StandIn):
    """Has the weights of the README's layer, and takes the options that the page gives it."""

    def __init__(self, units, *, trainable_angles=True, **kwargs):
        super().__init__(units, trainable_up=False, **kwargs)
        self.trainable_angles = trainable_angles

    def build(self, input_shape):
        super().build(input_shape)
        self.gain = self.add_weight(name="gain", shape=(4,), initializer="zeros")

    def call(self, x):
        return keras.ops.matmul(self.gain * keras.ops.cos(x[..., :4] + self.theta), self.up)


def test_the_snippets_run(monkeypatch, tmp_path):
    def from_preset(name):
        assert name == "gpt2_base_en"
        return make_model(num_layers=12)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(keras_hub.models.GPT2CausalLM, "from_preset", from_preset)
    monkeypatch.setattr(qslc_runtime, "load", lambda folder: Gained)
    x, y, weights = batch()
    names = {"data": tf.data.Dataset.from_tensors((x, y, weights))}
    snippets = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(snippets) == 4
    for snippet in snippets:
        exec(snippet, names)
    assert names["attached"].trainable_parameters == 2 * (16 + 16)
    for method in names["controls"].values():
        names["attached"].remove()
        names["attached"] = names["attach"](names["gpt2"], method)
        assert names["attached"].trainable_parameters > 0
    assert names["optimizer"].rates == {"lora_a": 1e-3, "lora_b": 1e-3}
