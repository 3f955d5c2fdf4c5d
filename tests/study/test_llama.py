"""A Llama from a GGUF file: its logits, its tokens, and a run that trains it."""

from __future__ import annotations

import os
from dataclasses import replace

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

pytest.importorskip("gguf")

from qslc_study.gguf.reader import read_gguf
from qslc_study.gguf.vocabulary import BytePairs, Pieces, read_vocabulary
from qslc_study.training.tokens import TextTokenizer
from tests.study.gguf_files import MERGES, SHAPE, draw_tensors, spell_bytes, write_file


def compute_logits(shape, weights, tokens):
    """Llama in numpy, as its paper and Hugging Face's weights have it: (T,) to (T, vocabulary)."""

    def norm(x, scale):
        return x / np.sqrt(np.mean(x * x, -1, keepdims=True) + shape.epsilon) * scale

    def project(x, name, heads):
        return (x @ weights[name].T).reshape(len(tokens), heads, -1).swapaxes(0, 1)

    size = shape.width // shape.heads
    positions = np.arange(len(tokens)) / shape.stretch
    angles = positions[:, None] * shape.base ** (-np.arange(0, size, 2) / size)
    cos, sin = (np.tile(each(angles), 2) for each in (np.cos, np.sin))

    def rotate(x):
        return x * cos + np.concatenate([-x[..., size // 2 :], x[..., : size // 2]], -1) * sin

    hidden = weights["token_embd.weight"][tokens].astype(float)
    future = np.triu(np.full((len(tokens), len(tokens)), -np.inf), 1)
    for block in range(shape.blocks):
        name = f"blk.{block}"
        x = norm(hidden, weights[f"{name}.attn_norm.weight"])
        query = rotate(project(x, f"{name}.attn_q.weight", shape.heads))
        key = rotate(project(x, f"{name}.attn_k.weight", shape.key_heads))
        value = project(x, f"{name}.attn_v.weight", shape.key_heads)
        key, value = (np.repeat(each, shape.heads // shape.key_heads, 0) for each in (key, value))
        scores = query @ key.swapaxes(1, 2) / np.sqrt(size) + future
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        heads = shares / shares.sum(-1, keepdims=True) @ value
        joined = heads.swapaxes(0, 1).reshape(len(tokens), -1)
        hidden = hidden + joined @ weights[f"{name}.attn_output.weight"].T
        x = norm(hidden, weights[f"{name}.ffn_norm.weight"])
        gate = x @ weights[f"{name}.ffn_gate.weight"].T
        inner = gate / (1 + np.exp(-gate)) * (x @ weights[f"{name}.ffn_up.weight"].T)
        hidden = hidden + inner @ weights[f"{name}.ffn_down.weight"].T
    hidden = norm(hidden, weights["output_norm.weight"])
    return hidden @ weights.get("output.weight", weights["token_embd.weight"]).T


@pytest.mark.slow
@pytest.mark.parametrize(("tied", "stretch"), [(True, 1.0), (False, 2.0)])
def test_the_logits_are_those_of_the_formula(tmp_path, tied, stretch):
    from qslc_study.training.base import load_base

    shape = replace(SHAPE, tied=tied, stretch=stretch, epsilon=1e-3)
    changed = {"llama__rope__scaling__type": "linear", "llama__rope__scaling__factor": stretch}
    path = write_file(tmp_path / "a.gguf", shape, **({} if tied else changed))
    model = load_base({"gguf": str(path)}).model
    tokens = np.random.default_rng(1).integers(0, shape.vocabulary, 24)
    inputs = {"token_ids": tokens[None], "padding_mask": np.ones((1, 24), np.int32)}
    found = np.asarray(model(inputs))[0]
    expected = compute_logits(shape, draw_tensors(shape), tokens)
    assert np.ptp(expected) > 5
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=0)


@pytest.mark.slow
def test_a_run_trains_and_writes(tmp_path):
    from qslc_study.training.backends.tensorflow import make_sum
    from qslc_study.training.base import load_base
    from qslc_study.training.examples import batch_by_length, make_examples
    from qslc_study.training.generation import write_texts
    from qslc_study.training.loop import average_loss

    path = write_file(tmp_path / "a.gguf", SHAPE, "Q8_0", tokenizer__ggml__add_bos_token=True)
    base = load_base({"gguf": str(path)})
    pairs = [["in 12", "the and", "a", 1], ["the", "in the", "a", 2]]
    examples = make_examples(base.tokenizer, pairs, "{source} =>", 40)
    assert all(each.tokens[0] == 266 and each.tokens[-1] == 265 for each in examples)
    loss, count = average_loss(make_sum(base.model.backbone), batch_by_length(examples, 2))
    assert np.isfinite(loss)
    assert count == sum(len(each.tokens) - each.prompt for each in examples)
    settings = {"decoding": "greedy", "max_tokens": 4, "batch": 2}
    written = write_texts(base, ["the", "in"], "{source} =>", settings, 0)
    assert any(written)


@pytest.fixture
def make_tokenizer(tmp_path):
    def make(pre):
        path = write_file(tmp_path / "a.gguf", tokenizer__ggml__pre=pre)
        vocabulary = read_vocabulary(read_gguf(path))
        assert isinstance(vocabulary, BytePairs)
        tokenizer = TextTokenizer(vocabulary)
        return tokenizer, lambda text: [vocabulary.tokens[n] for n in tokenizer([text])[0]]

    return make


TEXTS = ["the and  in 12\n", "", "ünïcödé ½ 中文 😀", "  \t the\r\n", "it's <|end| > 3.14"]


@pytest.mark.parametrize("pre", ["gpt-2", "smollm", "llama-bpe"])
def test_every_text_comes_back(make_tokenizer, pre):
    tokenizer, _ = make_tokenizer(pre)
    assert [tokenizer.detokenize(tokens) for tokens in tokenizer(TEXTS)] == TEXTS


@pytest.mark.parametrize(
    ("pre", "words"),
    [
        ("gpt-2", ["a", "Ġthe", "Ġ1", "2", "3", "4"]),
        ("smollm", ["a", "Ġthe", "Ġ", "1", "2", "3", "4"]),
        ("llama-bpe", ["a", "Ġthe", "Ġ", "12", "3", "4"]),
    ],
)
def test_digits_are_split_as_the_model_has_them(make_tokenizer, pre, words):
    assert make_tokenizer(pre)[1]("a the 1234") == words


def test_a_control_token_in_a_text_is_one_and_is_not_written(make_tokenizer):
    tokenizer, spell = make_tokenizer("smollm")
    assert spell("the<|end|>in") == ["the", "<|end|>", "in"]
    assert tokenizer.detokenize(tokenizer(["the<|end|>in"])[0]) == "thein"
    assert (tokenizer.start_token_id, tokenizer.end_token_id) == (None, 265)


def make_pieces(**changed):
    """The pieces of a small SentencePiece model: bytes, letters, and three that are merged."""
    letters = ["▁", *"abcdefghinot"]
    merged = ["he", "▁t", "▁the", "the", "th"]
    tokens = ("<unk>", "<s>", "</s>", *(f"<0x{n:02X}>" for n in range(256)), *merged, *letters)
    kinds = (2, 3, 3, *[6] * 256, *[1] * (len(merged) + len(letters)))
    scores = tuple(-float(max(0, number - 258)) for number in range(len(tokens)))
    values = {"tokens": tokens, "kinds": kinds, "end": 2, "start": 1, "scores": scores}
    return Pieces(**{**values, "prefix": True, "trim": False, **changed})


def test_pieces_are_made_by_score_and_unknown_characters_are_bytes():
    pieces = make_pieces()
    tokenizer = TextTokenizer(pieces)
    found = [[pieces.tokens[n] for n in tokens] for tokens in tokenizer(["the  hé", ""])]
    assert found == [["▁the", "▁", "▁", "h", "<0xC3>", "<0xA9>"], []]
    assert [tokenizer.detokenize(tokens) for tokens in tokenizer(["the  hé", " a"])] == [
        "the  hé",
        " a",
    ]
    bare = TextTokenizer(make_pieces(prefix=False, trim=True))
    assert [pieces.tokens[n] for n in bare(["the  the "])[0]] == ["the", "▁the"]


def test_pieces_that_are_no_model_are_refused(tmp_path):
    with pytest.raises(ValueError, match="unk"):
        TextTokenizer(make_pieces(kinds=(1, *make_pieces().kinds[1:])))


def test_the_letters_of_the_bytes_are_those_of_the_library():
    from tokenizers import pre_tokenizers

    assert set(spell_bytes()) == set(pre_tokenizers.ByteLevel.alphabet())
    assert len(MERGES) + 256 + 2 == SHAPE.vocabulary
