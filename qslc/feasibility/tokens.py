"""Tokens on which errors are predicted, where nobody gives any."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

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

ABOUT = (
    f"random hidden states of {WIDTH} dimensions of size {SIZE}: {100 * COMMON:.0f} % of their "
    "square is one direction, common to all; the rest is normal, its mean squares falling as "
    f"exp(-k / {DECAY * WIDTH:.0f}) / sqrt(k) along the principal axes"
)


def draw_features(tokens: int, features: int, *, principal: bool, seed: int) -> Array:
    """Draw what an encoder sees of random hidden states: (tokens, features).

    Args:
        tokens: Number of tokens.
        features: Number of features.
        principal: Whether they are the first principal axes, or random directions.
        seed: Random seed.
    """
    rng = np.random.default_rng(seed)
    width = max(WIDTH, features)
    axes = np.arange(1.0, width)
    falling = np.exp(-axes / (DECAY * width)) / np.sqrt(axes)
    scales = np.sqrt(np.concatenate([[COMMON], (1 - COMMON) * falling / falling.sum()]))
    states = rng.normal(size=(tokens, width))
    states[:, 0] = 1
    states *= SIZE * scales * np.sqrt(width)
    if principal:
        return states[:, :features]
    directions, _ = np.linalg.qr(rng.normal(size=(width, features)))
    return np.asarray(states @ directions)
