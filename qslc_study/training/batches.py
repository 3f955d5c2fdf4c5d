"""Which examples a step sees, and how they are laid out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qslc_study.training.examples import Example

POOL = 8
"""Batches that are sorted by length together, so that little of a batch is padding."""


class Batch(NamedTuple):
    """``ids`` and ``mask`` (B, T) int32; the loss is over K target tokens.

    ``places`` (K, 2) int32: row and position whose output predicts the token in ``labels`` (K,).
    """

    ids: NDArray[np.int32]
    mask: NDArray[np.int32]
    places: NDArray[np.int32]
    labels: NDArray[np.int32]


def training_order(lengths: Sequence[int], batch: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """The examples of one step after the other, without end; the same for a seed.

    Each epoch is a permutation of all examples. Of ``POOL`` batches at a time the examples are
    sorted by length, cut into batches and shuffled again as batches. An incomplete batch is filled
    from the next epoch.
    """
    rng = np.random.default_rng(seed)
    waiting = np.empty(0, np.int64)
    sizes = np.asarray(lengths)
    while True:
        while len(waiting) < POOL * batch:
            waiting = np.concatenate([waiting, rng.permutation(len(sizes))])
        pool, waiting = waiting[: POOL * batch], waiting[POOL * batch :]
        rows = pool[np.argsort(sizes[pool], kind="stable")].reshape(POOL, batch)
        yield from rows[rng.permutation(POOL)]


def in_batches(found: Sequence[Example], size: int) -> Iterator[Batch]:
    """All examples, by length, for an evaluation."""
    ordered = sorted(found, key=lambda example: len(example.tokens))
    return (collate(ordered[first : first + size]) for first in range(0, len(ordered), size))


def collate(found: Sequence[Example]) -> Batch:
    """A batch as long as its longest example."""
    width = max(len(example.tokens) for example in found) - 1
    ids = np.zeros((len(found), width), np.int32)
    mask = np.zeros((len(found), width), np.int32)
    places, labels = [], []
    for row, example in enumerate(found):
        tokens, prompt = example.tokens, example.prompt
        ids[row, : len(tokens) - 1] = tokens[:-1]
        mask[row, : len(tokens) - 1] = 1
        positions = np.arange(prompt - 1, len(tokens) - 1, dtype=np.int32)
        places.append(np.stack([np.full_like(positions, row), positions], 1))
        labels.append(tokens[prompt:])
    return Batch(ids, mask, np.concatenate(places), np.concatenate(labels))
