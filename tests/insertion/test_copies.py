"""Copies of models with an adapter: they keep the sublayers, or are refused."""

from __future__ import annotations

import copy
import pickle

import keras
import numpy as np
import pytest
from qslc_runtime.adapters import get_adapter, insert

from tests.insertion.small_gpt2 import StandIn, excite, tokens
from tests.insertion.test_export import functional

pytestmark = pytest.mark.slow

COPIES = {
    "from_config": lambda model: type(model).from_config(model.get_config()),
    "deepcopy": copy.deepcopy,
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
}


@pytest.fixture
def models(model):
    excite(insert(model, StandIn))
    return {"task": model, "backbone": model.backbone, "around": functional(model.backbone)}


def outputs(model):
    return np.asarray(model(tokens()))


@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize("name", ["task", "backbone", "around"])
def test_a_copy_keeps_the_sublayers(name, way, models):
    original = models[name]
    made = COPIES[way](original)
    made.set_weights(original.get_weights())
    assert np.array_equal(outputs(made), outputs(original))
    assert [w.path for w in made.trainable_weights] == [w.path for w in original.trainable_weights]


def test_the_copy_of_a_backbone_has_a_handle(models):
    made = copy.deepcopy(models["backbone"])
    before = outputs(made)
    get_adapter(made).remove()
    assert np.abs(outputs(made) - before).max() > 1e-3


def test_a_clone_of_a_model_around_a_backbone_keeps_the_sublayers(models):
    made = keras.models.clone_model(models["around"])
    made.set_weights(models["around"].get_weights())
    assert np.array_equal(outputs(made), outputs(models["around"]))


@pytest.mark.parametrize(
    "clone",
    [
        lambda models: keras.models.clone_model(models["backbone"]),
        lambda models: keras.models.clone_model(models["around"], recursive=True),
        lambda models: keras.models.clone_model(models["task"], recursive=True),
        lambda models: keras.Model(
            models["backbone"].input, models["backbone"].output
        ).get_config(),
    ],
    ids=["backbone", "around", "task", "layers"],
)
def test_a_copy_block_by_block_is_refused(clone, models):
    with pytest.raises(ValueError, match=r"'transformer_layer_0' holds sublayers.*copy.deepcopy"):
        clone(models)


def test_the_base_model_can_be_cloned_again(models):
    get_adapter(models["task"]).remove()
    made = keras.models.clone_model(models["backbone"])
    made.set_weights(models["backbone"].get_weights())
    assert np.array_equal(outputs(made), outputs(models["backbone"]))
