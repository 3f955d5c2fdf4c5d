"""Random tokens are as large as real ones, and the report says what they are."""

from __future__ import annotations

import numpy as np
import pytest

from qslc.feasibility.tokens import SIZE, TYPICAL, describe_features, draw_features
from qslc.spec.encoders import Slice


@pytest.mark.parametrize(
    ("projection", "size"),
    [
        ("none", SIZE * np.sqrt(0.3 * TYPICAL + 0.7)),
        (Slice(slice=(0, 4)), SIZE * np.sqrt(0.3 * TYPICAL + 0.7)),
        ("orthogonal", 1.9 * SIZE),
        ("learned", 1.9 * SIZE),
    ],
)
def test_few_features_are_as_large_as_expected(projection: str | Slice, size: float) -> None:
    for seed in range(4):
        found = draw_features(2000, 4, projection, seed=seed)
        assert np.sqrt(np.mean(found**2, axis=0)) == pytest.approx(np.full(4, size), rel=0.06)
    assert f"of size {np.sqrt(np.mean(found**2)):.2f}" in describe_features(found, projection)


def test_all_directions_hold_what_the_states_hold() -> None:
    axes = draw_features(20, 256, "principal", seed=1)
    assert np.sqrt(np.mean(axes**2)) == pytest.approx(SIZE, rel=0.05)
    assert np.allclose(axes[:, 0], axes[0, 0])
    kernel = draw_features(200, 256, "orthogonal", seed=1)
    assert np.sqrt(np.mean(kernel**2)) == pytest.approx(SIZE, rel=0.05)
    assert np.mean(kernel[:, :20] ** 2) > 5 * np.mean(kernel[:, 100:] ** 2)
