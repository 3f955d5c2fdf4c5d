"""Sublayers beside the linear modules of PyTorch models."""

from __future__ import annotations

import copy

import pytest
import qslc_runtime
import torch
from qslc_runtime.huggingface.placed import PlacedLayer

from tests.huggingface.models import (
    MAKERS,
    compile_layer,
    excite,
    logits,
    make_gpt2,
    make_llama,
    tokens,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    return qslc_runtime.load(compile_layer(tmp_path_factory.mktemp("layer")))


def test_a_generated_layer_is_a_module(layer):
    made = layer(units=5)
    assert isinstance(made, torch.nn.Module)
    outputs = torch.nn.Sequential(made)(torch.ones(2, 16))
    assert outputs.shape == (2, 5)
    assert sum(weight.requires_grad for weight in made.parameters()) == len(made.trainable_weights)


@pytest.mark.parametrize("family", MAKERS)
def test_the_model_starts_as_the_base_and_comes_back(layer, family):
    model = MAKERS[family]()
    names, before = set(model.state_dict()), logits(model)
    adapter = qslc_runtime.insert(model, layer)
    assert torch.equal(logits(model), before)
    excite(adapter)
    after = logits(model)
    assert (after - before).abs().max() > 0.1
    with adapter.disabled() as base:
        assert torch.equal(logits(base), before)
    assert torch.equal(logits(model), after)
    trained = {name for name, weight in model.named_parameters() if weight.requires_grad}
    assert trained and trained <= set(model.state_dict()) - names
    assert qslc_runtime.get_adapter(model).trainable_parameters == adapter.trainable_parameters
    adapter.remove()
    assert set(model.state_dict()) == names and torch.equal(logits(model), before)
    assert all(weight.requires_grad for weight in model.parameters())
    assert repr(adapter).endswith("removed>")
    with pytest.raises(ValueError, match="holds no adapter"):
        adapter.remove()


def test_names_as_in_peft(layer):
    cases = {
        ("q_proj", "v_proj"): 4,
        ("self_attn.o_proj",): 2,
        "q_proj|.*up_proj": 2,
        r".*layers\.1\..*_proj": 7,
        ("model.layers.1.mlp.gate_proj", "k_proj"): 3,
        ("query", "down_proj", "lm_head"): 5,
    }
    for names, count in cases.items():
        adapter = qslc_runtime.insert(make_llama(), layer, target_modules=names)
        assert len(adapter.sublayers) == len(adapter.modules) == count, names
        assert len(set(adapter.weights)) == 3 * count
        assert adapter.target_modules == names
    one = qslc_runtime.insert(make_llama(), layer, target_modules=["q_proj"], blocks=[1])
    assert list(one.modules) == ["model.layers.1.self_attn.q_proj"]
    assert list(one.sublayers) == ["transformer_layer_1/query"]
    assert "beside query of 1 blocks" in repr(one)


def test_parts_of_a_module_that_computes_three(layer):
    model = make_gpt2()
    before = logits(model)
    adapter = qslc_runtime.insert(model, layer, target_modules=["query", "value"])
    assert list(adapter.modules) == [f"transformer.h.{i}.attn.c_attn" for i in (0, 1)]
    excite(adapter)
    attention = model.transformer.h[0].attn.c_attn
    with torch.no_grad():
        hidden = torch.randn(2, 3, 16)
        with adapter.disabled():
            plain = attention(hidden)
        query, key, value = (attention(hidden) - plain).split(16, dim=-1)
        assert not key.any() and query.abs().max() > 0.01
        assert torch.allclose(value, attention.qslc_value(hidden), atol=1e-6)
    adapter.remove()
    whole = qslc_runtime.insert(model, layer, target_modules=["c_attn"])
    assert whole.sublayers["transformer.h.1.attn.c_attn"].units == 48
    assert torch.equal(logits(model), before)


@pytest.mark.parametrize("kind", ["Bloom", "Phi3", "GPTNeoX"])
def test_parts_in_other_models(layer, kind):
    import transformers

    sizes = {"hidden_size": 16, "num_attention_heads": 4, "vocab_size": 40, "pad_token_id": 0}
    sizes |= {"intermediate_size": 32, "num_hidden_layers": 1, "n_layer": 1, "n_head": 4}
    sizes |= {"num_key_value_heads": 2} if kind == "Phi3" else {}
    model = transformers.AutoModel.from_config(getattr(transformers, f"{kind}Config")(**sizes))
    adapter = qslc_runtime.insert(model, layer, targets=("query", "key"))
    units = {path: made.units for path, made in adapter.sublayers.items()}
    assert units == {
        "transformer_layer_0/query": 16,
        "transformer_layer_0/key": 8 if kind == "Phi3" else 16,
    }
    (module,) = set(adapter.modules.values())
    columns = torch.cat([module.qslc_query.columns, module.qslc_key.columns])
    assert len(set(columns.tolist())) == len(columns)
    if kind != "Phi3":  # a head's query, key and value stand one behind the other
        assert module.qslc_query.columns.tolist()[:5] == [0, 1, 2, 3, 12]


def test_copies_have_their_own_sublayers(layer):
    model = make_llama()
    excite(qslc_runtime.insert(model, layer))
    expected, other = logits(model), copy.deepcopy(model)
    adapter = qslc_runtime.get_adapter(other)
    assert torch.equal(logits(other), expected)
    for weight in adapter.weights.values():
        weight.assign(weight * 0)
    assert torch.equal(logits(model), expected)
    assert not torch.equal(logits(other), expected)
    adapter.remove()
    assert torch.equal(logits(model), expected)


def test_parameters_that_others_replace_are_used(layer):
    model = make_llama()
    excite(qslc_runtime.insert(model, layer))
    state = {name: value.clone() for name, value in model.state_dict().items()}
    for name in state:
        if name.endswith("qslc.up"):
            state[name].zero_()
    expected = torch.func.functional_call(model, state, kwargs=tokens()).logits
    model.load_state_dict(state, assign=True)
    assert torch.equal(logits(model), expected)
    with qslc_runtime.get_adapter(model).disabled():
        assert torch.equal(logits(model), expected)
    assert not qslc_runtime.get_adapter(model).weights["transformer_layer_0/query/up"].numpy().any()


def test_types_of_models(layer):
    exact = make_llama()
    excite(qslc_runtime.insert(exact, layer))
    expected = logits(exact)
    for dtype in (torch.bfloat16, torch.float16):
        model = make_llama().to(dtype)
        adapter = qslc_runtime.insert(model, layer)
        excite(adapter)
        own = [p for n, p in model.named_parameters() if "qslc" in n]
        assert {weight.dtype for weight in own} == {torch.float32}
        assert logits(model).dtype == dtype
        assert (logits(model).float() - expected).abs().max() < 0.1 * expected.abs().max()
        assert next(iter(adapter.sublayers.values())).compute_dtype == str(dtype)[6:]
    values = [weight.clone() for weight in own]
    model.half().float()
    assert all(map(torch.equal, values, own))
    with torch.autocast("cpu", torch.bfloat16):
        hidden = torch.randn(2, 16)
        placed = model.model.layers[0].self_attn.q_proj.qslc
        inside = placed(hidden)
    assert torch.equal(inside, placed(hidden))


def test_checkpointing_gives_the_same_gradients(layer):
    found = []
    for reentrant in (None, True, False):
        model = make_llama()
        excite(qslc_runtime.insert(model, layer))
        if reentrant is not None:
            model.gradient_checkpointing_enable({"use_reentrant": reentrant})
        model.train()
        model(**tokens(), labels=tokens()["input_ids"]).loss.backward()
        found.append({n: p.grad for n, p in model.named_parameters() if p.requires_grad})
    for name, gradient in found[0].items():
        for other in found[1:]:
            assert torch.allclose(gradient, other[name], rtol=1e-4, atol=1e-6), name


def test_generation_reads_its_cache(layer):
    model = make_gpt2()
    excite(qslc_runtime.insert(model, layer))
    options = {"max_new_tokens": 8, "do_sample": False}
    with_cache = model.generate(**tokens(), **options, use_cache=True)
    assert torch.equal(with_cache, model.generate(**tokens(), **options, use_cache=False))


def test_torch_compile(layer):
    model = torch.nn.Sequential(torch.nn.Linear(16, 16), torch.nn.ReLU(), torch.nn.Linear(16, 4))
    hidden = torch.randn(3, 16)
    compiled, before = torch.compile(model, backend="eager"), model(hidden)
    assert torch.equal(compiled(hidden), before)
    adapter = qslc_runtime.insert(model, layer, target_modules=["0", "2"])
    excite(adapter)
    assert not torch.allclose(model(hidden), before)
    assert torch.equal(compiled(hidden), model(hidden))
    with adapter.disabled():
        assert torch.equal(compiled(hidden), before)
    assert qslc_runtime.get_adapter(compiled).record == adapter.record


class Quantized(torch.nn.Module):
    """A linear module whose weight is stored in another form."""

    def __init__(self, linear):
        super().__init__()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.register_buffer("weight", linear.weight.detach().to(torch.float64))
        self.register_buffer("bias", torch.ones(self.out_features))

    def forward(self, x):
        return x @ self.weight.to(x.dtype).T + self.bias


def test_modules_that_are_no_linear_layers_of_torch(layer):
    made = []
    for wrap in (lambda linear: linear, Quantized):
        model = make_llama()
        attention = model.model.layers[0].self_attn
        attention.q_proj = wrap(attention.q_proj)
        options = {"up_projection": "fixed", "basis": "kernel"}
        adapter = qslc_runtime.insert(model, layer, targets="query", blocks=[0], **options)
        made.append(adapter.weights["transformer_layer_0/query/up"].numpy())
    assert abs(made[0] - made[1]).max() < 1e-4
    assert isinstance(attention.q_proj.qslc, PlacedLayer)
    logits(model)


def test_shots_are_drawn_anew(layer):
    model = make_llama()
    options = {"engine": "shots", "engine_options": {"shots": 100}}
    adapter = qslc_runtime.insert(model, layer, **options)
    excite(adapter)
    one, two = logits(model), logits(model)
    assert not torch.equal(one, two)
    again = make_llama()
    excite(qslc_runtime.insert(again, layer, **options))
    assert torch.equal(logits(again), one) and torch.equal(logits(again), two)


def test_folded_and_back(layer):
    model = make_llama()
    adapter = qslc_runtime.insert(model, layer)
    excite(adapter)
    expected = logits(model)
    adapter.fold()
    assert adapter.trainable_parameters == 0
    assert torch.allclose(logits(model), expected, atol=1e-5)
    with pytest.raises(ValueError, match="folded already"):
        adapter.fold()
    adapter.unfold()
    assert torch.equal(logits(model), expected)
    with pytest.raises(ValueError, match="not folded"):
        adapter.unfold()
