"""Several adapters in one PyTorch model: named, switched, combined, merged."""

from __future__ import annotations

import copy

import pytest
import qslc_runtime
import torch

from tests.huggingface.models import MAKERS, compile_layer, excite, logits, make_llama, tokens

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    return qslc_runtime.load(compile_layer(tmp_path_factory.mktemp("layer"), project=(0, 8)))


def insert_two(model, layer):
    """Two adapters beside the same projections, both away from where they start."""
    tone = qslc_runtime.insert(model, layer, name="tone")
    facts = qslc_runtime.insert(model, layer, name="facts", seed=1)
    for seed, adapter in enumerate((tone, facts)):
        excite(adapter, seed=seed)
    return tone, facts


def list_trained(model):
    return {name for name, weight in model.named_parameters() if weight.requires_grad}


@pytest.mark.parametrize("family", MAKERS)
def test_the_last_one_acts_and_others_are_chosen(layer, family):
    model = MAKERS[family]()
    base, names = logits(model), set(model.state_dict())
    tone, facts = insert_two(model, layer)
    assert qslc_runtime.list_adapters(model) == ["tone", "facts"]
    assert qslc_runtime.get_active(model) == {"facts": 1.0}
    seen = {"facts": logits(model)}
    assert all(name.rpartition(".")[0].endswith("__facts") for name in list_trained(model))
    qslc_runtime.set_active(model, "tone")
    seen["tone"] = logits(model)
    assert all(name.rpartition(".")[0].endswith("__tone") for name in list_trained(model))
    assert (seen["tone"] - seen["facts"]).abs().max() > 0.1
    with facts.disabled():
        assert torch.equal(logits(model), base)
    qslc_runtime.set_active(model, [])
    assert torch.equal(logits(model), base) and not list_trained(model)
    tone.remove()
    qslc_runtime.set_active(model, "facts")
    assert torch.equal(logits(model), seen["facts"])
    assert repr(facts).startswith("<adapter 'facts' of ")
    facts.remove()
    assert set(model.state_dict()) == names and torch.equal(logits(model), base)
    assert all(weight.requires_grad for weight in model.parameters())


def test_what_several_add_is_summed_with_weights(layer):
    """Beside the last linear module alone, logits are sums of what adapters add."""
    model = make_llama()
    base = logits(model)
    for seed, name in enumerate(("tone", "facts")):
        adapter = qslc_runtime.insert(model, layer, target_modules=["lm_head"], name=name)
        excite(adapter, seed=seed)
    parts = {}
    for name in ("tone", "facts"):
        qslc_runtime.set_active(model, name)
        parts[name] = logits(model) - base
    qslc_runtime.set_active(model, ["tone", "facts"], weights={"facts": -0.5})
    assert qslc_runtime.get_active(model) == {"tone": 1.0, "facts": -0.5}
    expected = base + parts["tone"] - 0.5 * parts["facts"]
    torch.testing.assert_close(logits(model), expected, atol=1e-4, rtol=1e-5)


def test_those_that_act_train_and_the_others_stay(layer):
    model = make_llama()
    insert_two(model, layer)
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    qslc_runtime.set_active(model, "tone")
    optimizer = torch.optim.SGD([w for w in model.parameters() if w.requires_grad], lr=0.1)
    batch = tokens()
    model(**batch, labels=batch["input_ids"]).loss.backward()
    optimizer.step()
    changed = {n for n, w in model.named_parameters() if not torch.equal(w, before[n])}
    assert changed and all("__tone." in name for name in changed)
    qslc_runtime.set_active(model, ["tone", "facts"])
    assert {name.rpartition(".")[2] for name in list_trained(model)} == {"theta", "up"}


def test_merged_adapters_add_what_both_add(layer):
    model = make_llama()
    insert_two(model, layer)
    qslc_runtime.set_active(model, ["tone", "facts"], weights={"facts": 0.5})
    both = logits(model)
    merged = qslc_runtime.merge(model, ["tone", "facts"], {"facts": 0.5}, name="both")
    assert qslc_runtime.get_active(model) == {"both": 1.0}
    torch.testing.assert_close(logits(model), both, atol=1e-4, rtol=1e-4)
    assert merged.trainable_parameters == 0


def test_folding_and_copies_keep_names(layer):
    model = make_llama()
    tone, facts = insert_two(model, layer)
    qslc_runtime.set_active(model, "tone")
    before = logits(model)
    facts.fold()  # while it rests
    assert torch.equal(logits(model), before)
    tone.fold()
    torch.testing.assert_close(logits(model), before, atol=1e-4, rtol=1e-4)
    other = copy.deepcopy(model)
    qslc_runtime.set_active(other, "facts")
    assert qslc_runtime.get_active(model) == {"tone": 1.0}
    facts.unfold()
    qslc_runtime.set_active(model, "facts")
    torch.testing.assert_close(logits(model), logits(other), atol=1e-4, rtol=1e-4)
    assert {name.rpartition(".")[2] for name in list_trained(model)} == {"theta", "up"}


def test_files_are_loaded_under_any_name(layer, tmp_path):
    model = make_llama()
    tone, _ = insert_two(model, layer)
    qslc_runtime.set_active(model, "tone")
    expected = logits(model)
    tone.save(tmp_path / "tone.safetensors")
    other = make_llama()
    adapter = qslc_runtime.load_adapter(other, tmp_path / "tone.safetensors", layer, name="voice")
    assert adapter.name == "voice" and torch.equal(logits(other), expected)
    with pytest.raises(ValueError, match="already holds an adapter 'voice'"):
        qslc_runtime.insert(other, layer, name="voice")
    with pytest.raises(ValueError, match=r"has no '\.'"):
        qslc_runtime.insert(other, layer, name="a.b")
    with pytest.raises(ValueError, match="holds no adapter 'tone'; it holds 'voice'"):
        qslc_runtime.set_active(other, "tone")
    qslc_runtime.insert(other, layer)
    with pytest.raises(ValueError, match="several adapters: name one of 'voice', 'default'"):
        qslc_runtime.get_adapter(other)
