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
TOKENS = 600
DECAY = 1.0
"""Standard deviation of the feature i, from 1: i**-DECAY."""


@dataclass(frozen=True)
class Vectors:
    """Vectors (tokens, width) by falling importance of their features.

    Args:
        name: Where they come from.
        rows: The vectors; the features of a smaller circuit are the first.
        falls: Whether the features fall in size.
    """

    name: str
    rows: Array
    falls: bool


def read_vectors(folder: Path | None) -> Iterator[Vectors]:
    """Yield the hidden states of each file in two bases; without a folder, random vectors.

    Args:
        folder: Holds files *.npz with ``states`` (tokens, d) and ``query_kernel`` (d, d).
    """
    if folder is None:
        yield from _make_random()
        return
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as file:
            states, kernel = (file[name].astype(float) for name in ("states", "query_kernel"))
        singular = np.linalg.svd(kernel)[0]
        yield Vectors(f"{path.stem}, kernel", states @ singular, falls=False)
        axes = find_principal_axes(states, states.shape[1])
        yield Vectors(f"{path.stem}, principal", states @ axes, falls=True)


def _make_random() -> Iterator[Vectors]:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(TOKENS, WIDTH))
    yield Vectors("random", rows, falls=False)
    yield Vectors("random, falling", rows * np.arange(1, WIDTH + 1) ** -DECAY, falls=True)
