"""Wrong arguments for PyTorch models: what the message says, and that nothing is changed."""

from __future__ import annotations

import keras
import pytest
import qslc_runtime
import torch

from tests.huggingface.models import compile_layer, make_gpt2, make_llama

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return compile_layer(tmp_path_factory.mktemp("layer"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target_modules": ["q_prj"]}, "has no module 'q_prj'; did you mean 'q_proj'"),
        ({"target_modules": ["attention_xyz"]}, "linear modules are called down_proj, gate_proj"),
        ({"target_modules": "q_("}, r"is no regular expression: .*\[\"q_proj\", \"v_proj\"\]"),
        ({"target_modules": "layers"}, "no module's whole name matches .*'layers'"),
        ({"target_modules": ["self_attn"]}, "self_attn is a LlamaAttention: a sublayer stands"),
        ({"target_modules": ["q_proj"], "blocks": [2]}, "block 2 has none .* blocks 0 to 1"),
        ({"target_modules": ["q_proj"], "blocks": "some"}, "blocks must be 'all' or a list"),
        ({"target_modules": ["q_proj"], "blocks": [0, 0]}, "name each block once"),
        ({"target_modules": ["q_proj"], "seed": -1}, "seed must be a non-negative integer"),
        ({"target_modules": []}, "names of modules, or one pattern; got"),
        ({"target_modules": [3]}, "names of modules, or one pattern; got"),
        ({"target_modules": ["q_proj"], "rnk": 3}, "no option 'rnk'; did you mean 'rank'"),
        ({"target_modules": ["q_proj"], "targets": ["query"]}, "give one of them"),
    ],
)
def test_wrong_arguments(folder, options, message):
    model = make_llama()
    names = set(model.state_dict())
    with pytest.raises((ValueError, TypeError), match=message):
        qslc_runtime.insert(model, folder, **options)
    assert set(model.state_dict()) == names
    assert all(weight.requires_grad for weight in model.parameters())


def test_a_layer_of_another_width(tmp_path):
    model = make_llama()
    names = set(model.state_dict())
    with pytest.raises(ValueError, match="query encodes 8 features; the hidden state is 16 wide"):
        qslc_runtime.insert(model, compile_layer(tmp_path, project="none"))
    assert set(model.state_dict()) == names


def test_an_adapter_at_a_time(folder):
    model = make_gpt2()
    qslc_runtime.insert(model, folder)
    with pytest.raises(ValueError, match=r"already holds an adapter \(Small\); remove"):
        qslc_runtime.insert(model, folder)
    with pytest.raises(ValueError, match="holds no adapter"):
        qslc_runtime.get_adapter(make_gpt2())


def test_a_target_that_is_not_known(folder):
    model = torch.nn.Sequential(torch.nn.Linear(16, 16))
    with pytest.raises(ValueError, match="which module of Sequential is its 'query' is not known"):
        qslc_runtime.insert(model, folder)
    adapter = qslc_runtime.insert(model, folder, target_modules=["0"])
    assert model(torch.ones(2, 16)).shape == (2, 16) and len(adapter.sublayers) == 1


def test_names_of_modules_are_for_pytorch(folder):
    model = keras.Sequential([keras.layers.Dense(3)])
    with pytest.raises(TypeError, match="Sequential is none: write targets="):
        qslc_runtime.insert(model, folder, target_modules=["dense"])


def test_another_backend_of_keras(folder, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "tensorflow")
    for call, arguments in (
        (qslc_runtime.insert, (folder,)),
        (qslc_runtime.load_adapter, ("adapter.safetensors", folder)),
        (qslc_runtime.get_adapter, ()),
    ):
        with pytest.raises(
            ValueError, match=r"Keras runs on tensorflow: set .* KERAS_BACKEND=torch"
        ):
            call(torch.nn.Linear(3, 3), *arguments)
