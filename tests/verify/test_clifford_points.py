from __future__ import annotations

from math import pi

import numpy as np
import pytest

from qslc.verify.operators import find_clifford_points
from tests.passes.pass_programs import PI, X0, A, B, op


def turns(*operations, seed=0, points=20):
    """Every rotation's angle in units of pi/2, point by point."""
    clifford = find_clifford_points(operations)
    rng = np.random.default_rng(seed)
    chosen = [clifford.draw_point(rng) for _ in range(points)]
    return np.array([[clifford.evaluate(o.angle, p) for o in operations] for p in chosen]) / (
        pi / 2
    )


@pytest.mark.parametrize(
    "angle",
    [A, 3 * A, A / 2, 2 * A / 3, PI * A / 4, A * B, A**2 - X0 * B / 7, A + 3 * PI / 2, 1.5 * A],
)
def test_rotations_are_by_quarter_turns_of_all_kinds(angle):
    found = turns(op("ry 0", angle))
    np.testing.assert_array_equal(found, found.round())
    assert {int(k) % 4 for k in found[:, 0]} == {0, 1, 2, 3}


def test_controlled_rotations_are_by_half_turns():
    found = turns(op("crx 0 1", A / 3))
    assert {int(k) % 8 for k in found[:, 0]} == {0, 2, 4, 6}


def test_one_symbol_with_several_coefficients():
    found = turns(op("rx 0", A), op("ry 0", A / 2), op("rz 0", -2 * A / 3))
    np.testing.assert_array_equal(found, found.round())
    np.testing.assert_array_equal((found[:, 0] - 2 * found[:, 1]) % 8, 0)


def test_products_of_symbols_vary_by_themselves():
    found = turns(op("rx 0", A), op("rx 0", B), op("rx 0", A * B)) % 4
    assert len({tuple(row) for row in found.tolist()}) > 12


def test_constants_are_kept():
    assert turns(op("rz 0", PI / 4), points=1)[0, 0] == 0.5
    assert turns(op("rz 0", 0.3), points=1)[0, 0] == pytest.approx(0.3 / (pi / 2))
    assert turns(op("rz 0", A + 1), points=1)[0, 0] % 1 == pytest.approx(2 / pi)


def test_coefficients_without_a_common_measure_leave_one_of_them_clifford():
    found = turns(op("rx 0", A), op("ry 0", PI * A))
    np.testing.assert_array_equal(found[:, 0], found[:, 0].round())
