"""The vectors that are prepared: hidden states along axes, or random ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from qslc_runtime.preparation import find_principal_axes

Array = NDArray[np.float64]

WIDTH = 256
COUNT = 600
DECAY = 1.0
"""Standard deviation of the feature i, from 1: i**-DECAY."""


@dataclass(frozen=True)
class Vectors:
    """Vectors (count, width) by falling importance of their features.

    Args:
        name: Where they come from.
        tokens: Those that are prepared; the features of a smaller circuit are the first.
        known: Others, of which axes, banks and clusters are made.
        falls: Whether the features fall in size.
    """

    name: str
    tokens: Array
    known: Array
    falls: bool


def read_vectors(folder: Path | None, tokens: int) -> Iterator[Vectors]:
    """Yield the hidden states of each file in two bases; without a folder, random vectors.

    Tokens that occur twice are taken once, so that none that is prepared is known.

    Args:
        folder: Holds files *.npz with ``states`` (count, d) and ``query_kernel`` (d, d).
        tokens: Number of tokens that are prepared.
    """
    rng = np.random.default_rng(0)
    if folder is None:
        yield from _make_random(rng, tokens)
        return
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as file:
            states, kernel = (file[name].astype(float) for name in ("states", "query_kernel"))
        states = rng.permutation(np.unique(states, axis=0))
        singular = np.linalg.svd(kernel)[0]
        yield _divide(f"{path.stem}, kernel", states @ singular, tokens, falls=False)
        axes = find_principal_axes(states[tokens:], states.shape[1])
        yield _divide(f"{path.stem}, principal", states @ axes, tokens, falls=True)


def _make_random(rng: np.random.Generator, tokens: int) -> Iterator[Vectors]:
    rows = rng.normal(size=(COUNT, WIDTH))
    yield _divide("random", rows, tokens, falls=False)
    falling = rows * np.arange(1, WIDTH + 1) ** -DECAY
    yield _divide("random, falling", falling, tokens, falls=True)


def _divide(name: str, rows: Array, tokens: int, *, falls: bool) -> Vectors:
    return Vectors(name, rows[:tokens], rows[tokens:], falls)
