"""Initial angles: the layer's own, those of the literature, and how they are compared."""

from __future__ import annotations

import numpy as np
import pytest

from qslc.analyze.frame import frame
from qslc.analyze.initialisations import INITIALISATIONS, cancelling_pairs
from qslc.analyze.simulation import Points, states
from qslc.analyze.trainability import Beginning, beginning, recommended, scores, sweep
from tests.analyze.analyze_cases import amplitude, layered


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.slow
def test_scaled_normal_is_what_the_layer_draws():
    from qslc_runtime import initial

    program = layered(4, 3).program
    own = initial.angles(12, initial.deviation(12 / 4, reference=False), 0)
    drawn = INITIALISATIONS["scaled normal"](program, 1, rng())[0]
    np.testing.assert_allclose(drawn, own, rtol=1e-6)


@pytest.mark.parametrize(
    ("gate", "pairs"), [("none", 8), ("cnot", 0)], ids=["product", "CNOT ring"]
)
def test_block_identity_undoes_itself(gate: str, pairs: int):
    case = layered(4, 4, gate=gate)
    program = case.program
    assert len(cancelling_pairs(frame(program), program.weights)) == pairs
    theta = INITIALISATIONS["block identity"](program, 3, rng())
    assert np.any(theta != 0) == (pairs > 0)
    start = np.eye(16)[:, :3]
    none = np.zeros((3, 0))
    turned = states(program, Points(theta, none, start))
    still = states(program, Points(np.zeros_like(theta), none, start))
    np.testing.assert_allclose(turned, still, atol=1e-12)


def test_mirrored_rotations_cancel_past_commuting_ones():
    """CZ gates in brick layers are their own inverse: two layers meet their mirror image."""
    program = layered(2, 2, ("ry",), gate="cz", pattern="linear").program
    pairs = cancelling_pairs(frame(program), program.weights)
    assert pairs == []
    commuting = layered(2, 2, ("rz",), gate="cz", pattern="linear").program
    assert cancelling_pairs(frame(commuting), commuting.weights) == [
        ("theta_0", "theta_2", -1),
        ("theta_1", "theta_3", -1),
    ]


def test_zeros_stand_still_on_the_reference_start():
    still = beginning(layered(3, 2), "zeros", 20, rng())
    assert (still.squared_gradient, still.still) == (0, 1)
    assert beginning(amplitude(3, 2), "zeros", 20, rng()).still == 0


def test_a_sweep_goes_from_zeros_to_uniform():
    case = layered(3, 2)
    values = sweep(case, 400, rng())
    uniform = beginning(case, "uniform", 400, rng()).squared_gradient
    assert values[0] < 1e-3 * uniform
    assert values[-1] == pytest.approx(uniform, rel=0.2)


def row(name: str, ensemble: str, gradient: float, output: float, still: float = 0) -> Beginning:
    return Beginning(name, ensemble, gradient, 0.0, output, still)  # type: ignore[arg-type]


def test_the_weakest_figure_counts():
    rows = [
        row("scaled normal", "zero", 1.0, 0.0),
        row("scaled normal", "features", 0.5, 1.0),
        row("uniform", "zero", 0.1, 0.0),
        row("uniform", "features", 1.0, 0.8),
        row("zeros", "zero", 2.0, 0.0, still=0.5),
        row("zeros", "features", 1.0, 1.0),
    ]
    assert scores(rows) == {"scaled normal": 0.5, "uniform": 0.1, "zeros": 0.0}


def test_the_default_stays_where_it_comes_close():
    assert recommended({"scaled normal": 0.92, "uniform": 1.0}) == "scaled normal"
    assert recommended({"scaled normal": 0.5, "uniform": 1.0}) == "uniform"
