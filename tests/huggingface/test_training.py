"""Training of sublayers by a plain loop of PyTorch, and by ``Trainer``."""

from __future__ import annotations

import pytest
import qslc_runtime
import torch
from transformers import Trainer, TrainingArguments

from tests.huggingface.models import compile_layer, logits, make_gpt2, make_llama, tokens

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    return qslc_runtime.load(compile_layer(tmp_path_factory.mktemp("layer")))


def read_base(model):
    return {n: w.detach().clone() for n, w in model.named_parameters() if "qslc" not in n}


def assert_base_stays(model, before):
    assert all(torch.equal(weight, before[name]) for name, weight in read_base(model).items())


def test_a_plain_loop(layer):
    model = make_gpt2()
    adapter = qslc_runtime.insert(model, layer)
    before, batch = read_base(model), tokens(8)
    batch["labels"] = batch["input_ids"]
    optimizer = torch.optim.AdamW((w for w in model.parameters() if w.requires_grad), lr=0.05)
    model.train()
    losses = []
    for _ in range(12):
        loss = model(**batch).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 0.2
    assert_base_stays(model, before)
    assert all(weight.numpy().any() for weight in adapter.weights.values())


def compute_loss(model):
    rows = tokens(24, seed=3)
    with torch.no_grad():
        return model.eval()(**rows, labels=rows["input_ids"]).loss


def test_a_lora_that_is_there_trains_on(layer):
    model = make_llama().requires_grad_(False)
    projection = model.model.layers[0].self_attn.q_proj
    projection.lora_A = torch.nn.ModuleDict({"default": torch.nn.Linear(16, 2, bias=False)})
    adapter = qslc_runtime.insert(model, layer, target_modules=["q_proj"])
    trained = {name for name, weight in model.named_parameters() if weight.requires_grad}
    assert "model.layers.0.self_attn.q_proj.lora_A.default.weight" in trained
    adapter.remove()
    assert [w.requires_grad for w in model.parameters()].count(True) == 1


def make_trainer(model, folder, **options):
    rows = tokens(24, seed=3)
    data = [
        {"input_ids": row, "attention_mask": mask, "labels": row}
        for row, mask in zip(rows["input_ids"], rows["attention_mask"], strict=True)
    ]
    arguments = TrainingArguments(
        str(folder),
        per_device_train_batch_size=2,
        gradient_accumulation_steps=3,
        learning_rate=0.05,
        lr_scheduler_type="constant",
        max_steps=6,
        save_steps=3,
        logging_steps=1,
        report_to="none",
        use_cpu=True,
        disable_tqdm=True,
        **options,
    )
    return Trainer(model, arguments, train_dataset=data)


def test_trainer_and_its_checkpoints(layer, tmp_path):
    model = make_llama(tie_word_embeddings=True)
    adapter = qslc_runtime.insert(model, layer, target_modules=["q_proj", "v_proj"])
    before, start = read_base(model), compute_loss(model)
    make_trainer(model, tmp_path).train()
    assert compute_loss(model) < start - 0.05
    assert_base_stays(model, before)

    resumed = make_llama(tie_word_embeddings=True)
    qslc_runtime.insert(resumed, layer, target_modules=["q_proj", "v_proj"])
    make_trainer(resumed, tmp_path).train(resume_from_checkpoint=str(tmp_path / "checkpoint-3"))
    assert torch.allclose(logits(resumed.eval()), logits(model.eval()), atol=1e-6)

    fresh = type(model).from_pretrained(tmp_path / "checkpoint-6")  # the base model of it alone
    with adapter.disabled():
        assert torch.equal(logits(fresh.eval()), logits(model))


def test_mixed_precision_and_checkpointing(layer, tmp_path):
    model = make_gpt2()
    adapter = qslc_runtime.insert(model, layer, target_modules=["c_attn"])
    before = read_base(model)
    trainer = make_trainer(model, tmp_path, bf16=True, gradient_checkpointing=True)
    trainer.train()
    assert_base_stays(model, before)
    assert {weight.dtype for weight in adapter.weights.values()} == {"float32"}
    assert all(weight.numpy().any() for weight in adapter.weights.values())
