"""The same sublayers in KerasHub's models and in those of ``transformers``."""

from __future__ import annotations

import numpy as np
import pytest
import qslc_runtime
import torch

from tests.huggingface.models import MAKERS, compile_layer, excite, logits, tokens

pytestmark = pytest.mark.slow
keras_hub = pytest.importorskip("keras_hub")
NAMES = {"gpt2": "GPT2", "llama": "Llama"}
BOUND = 1e-5
"""Of the largest number."""


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    return qslc_runtime.load(compile_layer(tmp_path_factory.mktemp("layer")))


@pytest.fixture(scope="module", params=MAKERS)
def models(request, tmp_path_factory):
    """Return a maker of the model of ``transformers`` and of KerasHub's with its weights."""
    folder = tmp_path_factory.mktemp(request.param)
    MAKERS[request.param]().save_pretrained(folder)
    task = getattr(keras_hub.models, f"{NAMES[request.param]}CausalLM")
    return lambda: (MAKERS[request.param](), task.from_preset(str(folder), preprocessor=None))


def keras_logits(model):
    batch = tokens()
    return model({"token_ids": batch["input_ids"], "padding_mask": batch["attention_mask"]})


def assert_near(one, other):
    assert abs(one - other).max() <= BOUND * abs(other).max()


def test_outputs_and_gradients(models, layer):
    theirs, ours = models()
    assert_near(logits(theirs).numpy(), keras_logits(ours).detach().numpy())
    adapters = [qslc_runtime.insert(model, layer) for model in (theirs, ours)]
    assert adapters[0].record == adapters[1].record
    start = [{path: w.numpy() for path, w in each.weights.items()} for each in adapters]
    assert start[0].keys() == start[1].keys()
    assert all(np.array_equal(start[0][path], start[1][path]) for path in start[0])
    for adapter in adapters:
        excite(adapter)
    target, found = tokens()["input_ids"], []
    for made in (theirs(**tokens()).logits, keras_logits(ours)):
        torch.nn.functional.cross_entropy(made.flatten(0, 1), target.flatten()).backward()
        found.append(made.detach().numpy())
    assert_near(*found)
    for path, weight in adapters[0].weights.items():
        assert_near(*(each.weights[path].value.grad.numpy() for each in adapters))
        assert weight.value.grad.abs().max() > 0


def test_files_and_folders_go_both_ways(models, layer, tmp_path):
    theirs, ours = models()
    adapter = qslc_runtime.insert(theirs, layer, seed=5, up_projection="fixed", basis="kernel")
    excite(adapter)
    folder = adapter.save_folder(tmp_path / "theirs")
    found = qslc_runtime.from_hub(ours, folder, trust_code=True)
    assert_near(keras_logits(ours).detach().numpy(), logits(theirs).numpy())
    found.save(tmp_path / "ours.safetensors")
    again, _ = models()
    qslc_runtime.load_adapter(again, tmp_path / "ours.safetensors", layer)
    assert torch.equal(logits(again), logits(theirs))
