"""Maps as products of factors against the maps as matrices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.folding.test_values import ANSATZE, vary
from tests.layer.layer_programs import ansatz, load, make_spec

pytestmark = pytest.mark.slow

REAL: dict[str, Any] = {
    "ring": ansatz(3, "ry"),
    "flat": {"depth": 1, "rotations": ["ry"], "entangler": "none"},
    "gates": {
        "block": [
            {"h": {"on": [0, 2]}},
            {"x": {"on": [1]}},
            {"cz": {"on": "ring"}},
            {"ry": {"on": "all", "angle": "2*phi + pi/4"}},
            {"cnot": {"on": "linear"}},
            {"z": {"on": [2]}},
            {"ry": {"on": [1], "angle": "theta"}},
            {"cz": {"on": [[0, 2]]}},
        ]
    },
}
MEASURES: dict[str, tuple[str, ...]] = {
    "z": ("z", "Z0*Z2"),
    "flips": ("X0*Z2", "X0", "X0*Z1"),
    "even": ("X0*X1", "Y0*Y1*Z2"),
}


def make_layer(folder: Path, ansatz: Any, measure: Any, **encoder: Any) -> Any:
    kind = {"kind": "amplitude", "features": 6, **encoder}
    return vary(load(folder, make_spec(encoder=kind, ansatz=ansatz, measure=measure)))


@pytest.fixture
def factors_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Factors are taken wherever there are some, however large."""
    monkeypatch.setattr("qslc_runtime.folding.factors.Factors.operations", 0)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("ansatz", REAL)
@pytest.mark.parametrize("pad", ["zero", "bias"])
def test_a_layer_folded_to_factors(
    pad: str, ansatz: str, measure: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    layer = make_layer(tmp_path, REAL[ansatz], MEASURES[measure], pad=pad)
    x = np.random.default_rng(0).normal(size=(7, 6)).astype(np.float32)
    matrix = layer.fold()
    request.getfixturevalue("factors_first")
    folded = layer.fold()
    assert (matrix.form.factors, folded.form.factors > 0) == (0, True)
    for tokens in (x, x[:2]):
        np.testing.assert_allclose(folded(tokens), layer(tokens), rtol=0, atol=1e-6)
        np.testing.assert_allclose(folded(tokens), matrix(tokens), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("ansatz", "measure"),
    [
        (ANSATZE["complex"], ("z",)),
        (REAL["ring"], ("z", "X0")),
        (REAL["ring"], ("Y0",)),
    ],
)
def test_what_is_no_product(ansatz: Any, measure: Any, tmp_path: Path, factors_first: None) -> None:
    """Complex gates; two bases; strings without expectation in real states."""
    assert make_layer(tmp_path, ansatz, measure).fold().form.factors == 0


def test_angle_encoders_are_no_product(tmp_path: Path, factors_first: None) -> None:
    layer = vary(load(tmp_path, make_spec(encoder={"kind": "angle"})))
    assert layer.fold().form.factors == 0
