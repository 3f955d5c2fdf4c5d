"""Scores against their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from qslc_study.bertscore import Embedded, compute_bert_score, weigh_tokens
from qslc_study.scores import score_overlap


def test_overlap_takes_the_best_of_several_references():
    written = ["the cat sat on the mat", "a dog barks"]
    right = [["a dog ran", "the cat sat on the mat"], ["a dog barks", "the cat"]]
    found = score_overlap(written, right)
    assert found == pytest.approx({"bleu": 100, "rouge1": 100, "rouge2": 100, "rougeL": 100})
    wrong = score_overlap(written, [["x y z", "u v w"], ["p q r"]])
    assert wrong["rouge1"] == wrong["rougeL"] == 0
    assert wrong["bleu"] < 5


def test_rouge_by_hand():
    found = score_overlap(["a b c d"], [["a c b e"]])
    assert found["rouge1"] == pytest.approx(75)  # a, b and c of four
    assert found["rougeL"] == pytest.approx(50)  # a b or a c
    assert found["rouge2"] == 0


def test_nothing_written_scores_nothing():
    found = score_overlap([""], [["a b c"]])
    assert found["bleu"] == found["rougeL"] == 0


def embed(seed, tokens):
    vectors = np.random.default_rng(seed).normal(size=(len(tokens), 5)).astype(np.float32)
    return Embedded(tuple(tokens), vectors)


def compute_cosine(a, b):
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


@pytest.mark.parametrize("idf", [False, True])
def test_bert_score_is_that_of_the_paper(idf):
    """Equations for R, P and F in section 3 of Zhang et al. 2020, written out in loops."""
    x, y = embed(0, [3, 4, 4, 9]), embed(1, [3, 7, 8])
    weights = weigh_tokens([[3, 4, 4, 9], [3, 5], [4]]) if idf else None

    def weight(token):
        held = {3: 2, 4: 2, 9: 1, 5: 1}.get(token, 0)
        return math.log(4 / (held + 1)) if idf else 1.0

    best = [max(compute_cosine(a, b) for b in y.vectors) for a in x.vectors]
    recall = sum(weight(t) * v for t, v in zip(x.tokens, best, strict=True))
    recall /= sum(map(weight, x.tokens))
    best = [max(compute_cosine(a, b) for a in x.vectors) for b in y.vectors]
    precision = sum(weight(t) * v for t, v in zip(y.tokens, best, strict=True))
    precision /= sum(map(weight, y.tokens))
    expected = 2 * precision * recall / (precision + recall)
    assert compute_bert_score(y, [x], weights) == pytest.approx(expected, rel=1e-5)


def test_bert_score_of_equal_texts_and_of_none():
    x, empty = embed(0, [1, 2, 3]), Embedded((), np.zeros((0, 5), np.float32))
    assert compute_bert_score(x, [embed(1, [4, 5]), x], None) == pytest.approx(1.0)
    assert compute_bert_score(empty, [x], None) == 0.0
