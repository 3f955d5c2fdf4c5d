"""Adapters of PyTorch models in folders as PEFT writes them."""

from __future__ import annotations

import json
import shutil

import pytest
import qslc_runtime
import torch

from tests.huggingface.models import compile_layer, excite, logits, make_gpt2, make_llama

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    return qslc_runtime.load(compile_layer(tmp_path_factory.mktemp("layer")))


@pytest.fixture
def adapter(layer):
    adapter = qslc_runtime.insert(make_llama(), layer, target_modules=["q_proj", "v_proj"])
    excite(adapter)
    return adapter


def test_a_folder_is_all_that_another_model_needs(adapter, tmp_path):
    folder = adapter.save_folder(tmp_path / "a", base_model="me/base")
    assert {path.name for path in folder.iterdir()} == {
        *("adapter_config.json", "adapter_model.safetensors", "README.md", "layer"),
    }
    config = json.loads((folder / "adapter_config.json").read_text())
    assert config["target_modules"] == ["q_proj", "v_proj"]
    assert (config["peft_type"], config["base_model_name_or_path"]) == ("QSLC", "me/base")
    assert (config["task_type"], config["layers_to_transform"]) == ("CAUSAL_LM", [0, 1])
    assert config["digest"] == adapter.insertion.layer.DIGEST
    card = (folder / "README.md").read_text()
    assert "transformers.LlamaForCausalLM.from_pretrained('me/base')" in card
    moved, model = shutil.copytree(folder, tmp_path / "b"), make_llama()
    found = qslc_runtime.from_hub(model, moved, trust_code=True)
    assert torch.equal(logits(model), logits(adapter.model))
    assert repr(found) == repr(adapter)


def test_places_of_all_kinds_come_back(layer, tmp_path):
    cases = [
        (make_gpt2, ["c_attn", "mlp.c_fc"]),
        (make_gpt2, ["query", "value"]),
        (make_llama, r".*layers\.(0\.self_attn\.q|1\.mlp\.up)_proj"),
        (make_llama, ["lm_head"]),
    ]
    for number, (make, names) in enumerate(cases):
        adapter = qslc_runtime.insert(make(), layer, target_modules=names, seed=3)
        excite(adapter)
        adapter.save_folder(tmp_path / str(number))
        model = make()
        found = qslc_runtime.from_hub(model, tmp_path / str(number), trust_code=True)
        assert found.modules.keys() == adapter.modules.keys()
        assert torch.equal(logits(model), logits(adapter.model))


def test_weights_are_loaded_whole_or_not_at_all(adapter, tmp_path):
    adapter.save(tmp_path / "a.safetensors")
    other = qslc_runtime.insert(make_llama(), adapter.insertion.layer, target_modules=["q_proj"])
    before = logits(other.model)
    with pytest.raises(ValueError, match=r"targets: \['query', 'value'\] in the file"):
        other.load(tmp_path / "a.safetensors")
    assert torch.equal(logits(other.model), before)
    adapter.fold()
    adapter.save(tmp_path / "folded.safetensors")
    again = make_llama()
    found = qslc_runtime.load_adapter(again, tmp_path / "a.safetensors", other.insertion.layer)
    found.load(tmp_path / "folded.safetensors")
    assert torch.allclose(logits(again), logits(adapter.model), atol=1e-5)
    for weight in adapter._attachment.trained.weights.values():
        weight.assign(weight * float("nan"))
    with pytest.raises(ValueError, match="not finite"):
        adapter.save(tmp_path / "nan.safetensors")


def test_wrong_folders(adapter, tmp_path):
    folder = adapter.save_folder(tmp_path / "good")

    def complain(change):
        copy = shutil.copytree(folder, tmp_path / "bad")
        change(copy)
        model = make_llama()
        names = set(model.state_dict())
        try:
            qslc_runtime.from_hub(model, copy, trust_code=True)
        except (ValueError, FileNotFoundError) as error:
            assert set(model.state_dict()) == names
            return str(error)
        finally:
            shutil.rmtree(copy)

    def edit(**changes):
        def change(copy):
            path = copy / "adapter_config.json"
            path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

        return change

    weights = "adapter_model.safetensors"
    assert "of another kind (peft_type 'LORA'" in complain(edit(peft_type="LORA"))
    assert "of different adapters: seed is 1 and 0" in complain(edit(seed=1))
    assert "of different adapters: digest" in complain(edit(digest="sha256:0"))
    assert "adapter_config.json is damaged" in complain(
        lambda copy: (copy / "adapter_config.json").write_text("{")
    )
    assert "is not an adapter file" in complain(
        lambda copy: (copy / weights).write_bytes(b"x" * 90)
    )
    assert "holds no adapter" in complain(lambda copy: shutil.rmtree(copy / "layer"))
    assert "holds no adapter" in complain(
        lambda copy: [(copy / name).unlink() for name in (weights, "adapter_config.json")]
    )
    with pytest.raises(ValueError, match="say trust_code=True"):
        qslc_runtime.from_hub(make_llama(), folder)
    with pytest.raises(ValueError, match="does not fit"):
        qslc_runtime.from_hub(make_llama(hidden_size=32), folder, trust_code=True)


def test_to_a_hub_and_back(adapter, tmp_path, monkeypatch):
    import huggingface_hub

    from tests.insertion.test_hub import Hub

    hub = Hub(tmp_path)
    monkeypatch.setattr(huggingface_hub, "HfApi", hub)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", hub.snapshot_download)
    adapter.push_to_hub("me/shared", base_model="me/base")
    model = make_llama()
    qslc_runtime.from_hub(model, "me/shared", trust_code=True, revision="main")
    assert torch.equal(logits(model), logits(adapter.model))
