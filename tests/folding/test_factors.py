"""Maps as products of factors against the maps as matrices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qslc_runtime.circuit.steps import list_measurements, list_steps
from qslc_runtime.folding.circuit import compute_final_states
from qslc_runtime.folding.factors import factorize
from qslc_runtime.folding.squares import find_squares

from qslc.ir.program import Program
from qslc.lower.logical import logical_program
from tests.folding.test_values import ANSATZE, trained
from tests.layer.layer_programs import ansatz, generated, spec_of

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


def both(layer: Any) -> tuple[Any, tuple[np.ndarray, np.ndarray]]:
    """The factors, and the forms and weights, of the same layer."""
    steps, theta = list_steps(layer), np.asarray(layer.theta, np.float64)
    states = compute_final_states(steps, theta, layer.QUBITS, layer.FEATURES)
    return factorize(steps, theta, layer.QUBITS), find_squares(states, list_measurements(steps))


def applied(found: Any, columns: int) -> np.ndarray:
    states = np.eye(columns, found.order.shape[1])
    for order, signs, left, right in zip(
        found.order, found.signs, found.left, found.right, strict=True
    ):
        states = (signs * states[:, order]) @ np.kron(left.T, right)
    return states[:, found.rows]


def made(folder: Path, ansatz: Any, measure: Any, **encoder: Any) -> Any:
    kind = {"kind": "amplitude", "features": 6, **encoder}
    spec = spec_of(encoder=kind, ansatz=ansatz, measure=measure)
    program: Program = logical_program(spec)
    return trained(generated(folder, spec, program))


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("ansatz", REAL)
def test_their_product_is_the_matrix(ansatz: str, measure: str, tmp_path: Path) -> None:
    found, (forms, _) = both(made(tmp_path, REAL[ansatz], MEASURES[measure]))
    squares = np.square(applied(found, len(forms)))
    np.testing.assert_allclose(squares, np.square(forms), rtol=0, atol=1e-14)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("pad", ["zero", "bias"])
def test_a_layer_folded_to_factors(
    pad: str, measure: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = made(tmp_path, REAL["gates"], MEASURES[measure], pad=pad)
    x = np.random.default_rng(0).normal(size=(7, 6)).astype(np.float32)
    matrix = layer.fold()
    monkeypatch.setattr("qslc_runtime.folding.factors.Factors.operations", 0)
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
def test_what_is_no_product(ansatz: Any, measure: Any, tmp_path: Path) -> None:
    """Complex gates; two bases; strings without expectation in real states."""
    found, _ = both(made(tmp_path, ansatz, measure))
    assert found is None


def test_angle_encoders_are_no_product(tmp_path: Path) -> None:
    spec = spec_of(encoder={"kind": "angle"})
    found, _ = both(trained(generated(tmp_path, spec, logical_program(spec))))
    assert found is None
