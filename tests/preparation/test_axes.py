"""Principal axes are orthonormal and hold as much of the tokens as axes can."""

from __future__ import annotations

import numpy as np
import pytest
from qslc_runtime.preparation import find_principal_axes


@pytest.mark.parametrize("tokens", [3, 50])
def test_axes_are_right_singular_vectors(rng: np.random.Generator, tokens: int) -> None:
    rows = rng.normal(size=(tokens, 12)) * np.linspace(1, 3, 12) + 1
    axes = find_principal_axes(rows, 5)
    np.testing.assert_allclose(axes.T @ axes, np.eye(5), atol=1e-12)
    singular = np.linalg.svd(rows)[1]
    expected = np.pad(singular, (0, 12))[:5]
    np.testing.assert_allclose(np.linalg.norm(rows @ axes, axis=0), expected, atol=1e-6)
    assert (axes[np.abs(axes).argmax(axis=0), range(5)] > 0).all()


def test_the_sign_of_tokens_does_not_matter(rng: np.random.Generator) -> None:
    rows = rng.normal(size=(30, 8))
    signs = rng.choice([-1, 1], (30, 1))
    np.testing.assert_allclose(
        find_principal_axes(rows, 8), find_principal_axes(signs * rows, 8), atol=1e-12
    )


@pytest.mark.parametrize(
    ("tokens", "features", "message"),
    [
        (np.ones(3), 1, "they have the shape"),
        (np.full((2, 3), np.nan), 1, "tokens are finite"),
        (np.ones((2, 3)), 4, "3 dimensions have 1 to 3 axes, not 4"),
        (np.ones((2, 3)), 0, "3 dimensions have 1 to 3 axes, not 0"),
    ],
)
def test_tokens_without_axes(tokens: np.ndarray, features: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        find_principal_axes(tokens, features)
