"""Compute BERTScore (Zhang et al. 2020, arXiv:1904.09675) from the embeddings of tokens."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Embedded:
    """A text's tokens (n,), without those that mark its start and end, and their vectors (n, d)."""

    tokens: tuple[int, ...]
    vectors: NDArray[np.float32]


def compute_bert_score(
    candidate: Embedded, references: Iterable[Embedded], weights: Mapping[int, float] | None
) -> float:
    """Return the highest F1 of any reference; 0 for a text without tokens.

    Args:
        weights: Weights of tokens, as ``weigh_tokens`` returns them; None weighs all alike.
    """
    return max(_compute_f1(candidate, reference, weights) for reference in references)


def weigh_tokens(references: Sequence[Sequence[int]]) -> Mapping[int, float]:
    """Return the weight -log((df + 1) / (M + 1)) of any token, which df of M references hold."""
    counts = Counter(token for tokens in references for token in set(tokens))
    total = len(references) + 1
    weights = {token: math.log(total / (count + 1)) for token, count in counts.items()}
    return defaultdict(lambda: math.log(total), weights)


def _compute_f1(
    candidate: Embedded, reference: Embedded, weights: Mapping[int, float] | None
) -> float:
    if not candidate.tokens or not reference.tokens:
        return 0.0
    similarity = _normalize(candidate.vectors) @ _normalize(reference.vectors).T
    precision = _average(similarity.max(1), candidate.tokens, weights)
    recall = _average(similarity.max(0), reference.tokens, weights)
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0


def _normalize(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, np.maximum(norms, 1e-12), dtype=np.float32)


def _average(
    values: NDArray[np.float32], tokens: Sequence[int], weights: Mapping[int, float] | None
) -> float:
    if weights is None:
        return float(values.mean())
    scale = np.array([weights[token] for token in tokens])
    return float((values * scale).sum() / scale.sum()) if scale.sum() else float(values.mean())
