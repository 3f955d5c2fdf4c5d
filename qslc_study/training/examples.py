"""Turn pairs into tokens, and choose and lay out the examples of a step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qslc_study.rows import make_error

Tokens = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Example:
    """An example: prompt, target and end token as ``tokens``; ``prompt`` counts those given."""

    tokens: Tokens
    prompt: int
    cut: bool


def make_examples(
    tokenizer: Any, pairs: Sequence[Sequence[Any]], template: str, length: int
) -> list[Example]:
    """Return the pairs ``(source, target, file, line)`` as tokens, at most ``length`` each.

    Prompt and target are tokenized apart, so that training and generation see the same prompt.

    Raises:
        InputError: A prompt leaves no room for a target.
    """
    starts = make_prompts(tokenizer, [pair[0] for pair in pairs], template)
    targets = tokenizer([" " + pair[1] for pair in pairs])
    found = []
    for start, target, (_, _, file, line) in zip(starts, targets, pairs, strict=True):
        if len(start) > length - 2:
            message = f"the prompt is {len(start)} tokens long, which leaves no room in {length}"
            raise make_error(Path(file), line, message, "training: length: a larger number")
        whole = np.concatenate([start, np.asarray(target, np.int32), [tokenizer.end_token_id]])
        found.append(Example(whole[:length].astype(np.int32), len(start), len(whole) > length))
    return found


def make_prompts(tokenizer: Any, sources: Sequence[str], template: str) -> list[Tokens]:
    """Return what the model is given for each source: the start token, if any, and the text."""
    start = getattr(tokenizer, "start_token_id", None)
    before = [] if start is None else [start]
    texts = tokenizer([template.replace("{source}", source) for source in sources])
    return [np.concatenate([before, np.asarray(text)]).astype(np.int32) for text in texts]


POOL = 8
"""Batches that are sorted by length together, so that little of a batch is padding."""


class Batch(NamedTuple):
    """A batch: ``ids`` and ``mask`` (B, T) int32; the loss is over K target tokens.

    ``places`` (K, 2) int32: row and position whose output predicts the token in ``labels`` (K,).
    """

    ids: NDArray[np.int32]
    mask: NDArray[np.int32]
    places: NDArray[np.int32]
    labels: NDArray[np.int32]


def order_batches(lengths: Sequence[int], batch: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Yield the examples of one step after the other, without end; the same for a seed.

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


def batch_by_length(found: Sequence[Example], size: int) -> Iterator[Batch]:
    """Return all examples in batches, by length, for an evaluation."""
    ordered = sorted(found, key=lambda example: len(example.tokens))
    return (collate(ordered[first : first + size]) for first in range(0, len(ordered), size))


def collate(found: Sequence[Example]) -> Batch:
    """Lay examples out as a batch as long as its longest example."""
    ids, mask = pad([example.tokens[:-1] for example in found])
    prompts = np.array([example.prompt for example in found])
    predicting = mask & (np.arange(ids.shape[1]) >= prompts[:, None] - 1)
    labels = np.concatenate([example.tokens[example.prompt :] for example in found])
    return Batch(ids, mask, np.argwhere(predicting).astype(np.int32), labels)


def pad(rows: Sequence[Tokens], width: int | None = None, token: int = 0) -> tuple[Tokens, Tokens]:
    """Return rows of tokens as ids and mask (B, T), filled with ``token`` up to ``width``.

    Args:
        width: Length T; that of the longest row, if not given.
    """
    lengths = np.array([len(row) for row in rows])
    mask = np.arange(width or lengths.max()) < lengths[:, None]
    ids = np.full(mask.shape, token, np.int32)
    ids[mask] = np.concatenate(rows)
    return ids, mask.astype(np.int32)
