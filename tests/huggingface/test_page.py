"""The page on PyTorch, run with a small GPT-2 in the place of one that would be downloaded."""

from __future__ import annotations

import pytest
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from tests.docs.pages import ROOT, read_snippets
from tests.docs.session import Session
from tests.huggingface.models import make_gpt2

pytestmark = pytest.mark.slow

TEXTS = ["a fire on the hill", "a flood in the town", "no smoke in the hall", "rain on the hill"]


def make_tokenizer(name):
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator(TEXTS, trainers.BpeTrainer(special_tokens=["<unk>", "<end>"]))
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>")


def test_the_page_holds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small = lambda name: make_gpt2(vocab_size=300, n_embd=64)  # noqa: E731
    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", small)
    monkeypatch.setattr(transformers.AutoTokenizer, "from_pretrained", make_tokenizer)
    spec = next(snippet for snippet in read_snippets(ROOT / "README.md") if snippet.kind == "yaml")
    (tmp_path / "ansatz.yaml").write_text(spec.text, encoding="utf-8")
    session = Session(tmp_path, {"texts": TEXTS})
    for snippet in read_snippets(ROOT / "docs" / "huggingface.md"):
        session.follow(snippet)
    kinds = {name: type(value).__name__ for name, value in session.names.items()}
    assert (kinds["adapter"], kinds["again"]) == ("ModuleAdapter", "ModuleAdapter")
    assert (tmp_path / "checkpoints" / "checkpoint-4").is_dir()
