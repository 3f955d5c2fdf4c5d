"""Axes that make hidden states easy to prepare."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def find_principal_axes(tokens: ArrayLike, features: int) -> NDArray[np.float64]:
    """Find the axes along which hidden states are largest: uncentered principal axes.

    A layer that encodes tokens @ axes needs a brick of about half the depth that other features
    need: most of the norm lies in the first amplitudes.

    Args:
        tokens: Calibration tokens (tokens, d), not centered.
        features: Number of axes.

    Returns:
        Orthonormal columns (d, features), by falling mean square; the largest entry of each is
        positive.

    Raises:
        ValueError: The tokens are not a finite matrix, or have fewer dimensions than features.
    """
    rows = np.asarray(tokens, np.float64)
    if rows.ndim != 2 or not np.isfinite(rows).all():
        raise ValueError(f"tokens are finite numbers (tokens, d); they have the shape {rows.shape}")
    if not 1 <= features <= rows.shape[1]:
        raise ValueError(
            f"{rows.shape[1]} dimensions have 1 to {rows.shape[1]} axes, not {features}"
        )
    _, vectors = np.linalg.eigh(rows.T @ rows)
    axes = vectors[:, ::-1][:, :features]
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=0)[None], axis=0)
    return np.asarray(axes * np.where(largest < 0, -1.0, 1.0))
