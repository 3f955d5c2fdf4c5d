"""Tokens on which errors are predicted, where nobody gives any."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qslc.spec.encoders import Slice

Array = NDArray[np.float64]

KERNEL = ("learned", "orthogonal")
"""Projections along singular vectors of the kernel beside which a layer stands."""

WIDTH = 256
"""Dimensions of a hidden state: those of a small GPT-2."""

COMMON = 0.3
"""Part of the mean square of hidden states that all tokens have in common. Measured on the
attention inputs of two blocks of a small GPT-2: 0.27 to 0.34."""

SIZE = 0.45
"""Root mean square of a number of a hidden state; of these inputs 0.41 and 0.52."""

DECAY = 0.09
"""Principal axes, as a part of all, over which mean squares fall by e, beside 1 / sqrt(k). Of these
inputs 0.07 and 0.11."""

TYPICAL = 0.6
"""Part of the mean square of the common direction in coordinates that a slice picks: a few of all
hold the most, and are seldom among them. Of these inputs the medians over 4 to 16 coordinates are
0.39 to 0.61."""

FLOOR, HEIGHT, REACH = 0.4, 3.2, 0.16
"""Mean square along the k-th singular vector of a trained kernel, in that of random directions:
0.4 + 3.2 / (1 + (k / (0.16 d))**3), 1 in the mean over all d. Measured for queries and values of
these blocks; 3.1 to 4.8 along the first six."""


def draw_features(tokens: int, features: int, projection: str | Slice, *, seed: int) -> Array:
    """Draw what an encoder sees of random hidden states: (tokens, features).

    All directions but the principal ones have an equal part in every axis, so that few features
    hold as much as is expected of them.

    Args:
        tokens: Number of tokens.
        features: Number of features.
        projection: How hidden states become features, as in a spec.
        seed: Random seed.
    """
    rng = np.random.default_rng(seed)
    width = max(WIDTH, 1 << (features - 1).bit_length())
    axes = np.arange(1.0, width)
    falling = np.exp(-axes / (DECAY * width)) / np.sqrt(axes)
    scales = np.sqrt(np.concatenate([[COMMON], (1 - COMMON) * falling / falling.sum()]))
    states = rng.normal(size=(tokens, width))
    states[:, 0] = 1
    states *= SIZE * scales * np.sqrt(width)
    if projection == "principal":
        return states[:, :features]
    if projection not in KERNEL:
        states[:, 0] *= np.sqrt(TYPICAL)
    chosen = rng.permutation(width)[:features]
    seen: Array = _mix(states * rng.choice([-1.0, 1.0], width))[:, chosen]
    if projection in KERNEL:
        ranks = np.arange(features) / (REACH * width)
        seen = seen * np.sqrt(FLOOR + HEIGHT / (1 + ranks**3))
    return seen


def _mix(states: Array) -> Array:
    """Return states in directions with equal parts in all axes: a Walsh-Hadamard transform."""
    tokens, width = states.shape
    step = 1
    while step < width:
        pairs = states.reshape(tokens, -1, 2, step)
        first, second = pairs[:, :, :1], pairs[:, :, 1:]
        states = np.concatenate([first + second, first - second], axis=2).reshape(tokens, width)
        step *= 2
    mixed: Array = states / np.sqrt(width)
    return mixed


def describe_features(features: Array, projection: str | Slice) -> str:
    """Say what was drawn, in the words of a report."""
    size = np.sqrt(np.mean(features**2))
    along = "a coordinate, as most of them are"
    if projection == "principal":
        along = "along a principal axis"
    elif projection in KERNEL:
        along = (
            "along a direction in which they are as large as along a leading singular vector of a "
            "trained kernel"
        )
    return (
        f"random hidden states of {WIDTH} dimensions of size {SIZE}: {100 * COMMON:.0f} % of their "
        "square is one direction, common to all; the rest is normal, its mean squares falling as "
        f"exp(-k / {DECAY * WIDTH:.0f}) / sqrt(k) along the principal axes. A feature is "
        f"{along}, of size {size:.2f}"
    )
