from __future__ import annotations

import pytest

from qslc.spec.patterns import pairs


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("linear", ((0, 1), (1, 2), (2, 3))),
        ("ring", ((0, 1), (1, 2), (2, 3), (3, 0))),
        ("all_to_all", ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))),
        ("brick", ((0, 1), (2, 3), (1, 2))),
        ("star", ((0, 1), (0, 2), (0, 3))),
        ("shifted_ring", ((3, 0), (2, 3), (1, 2), (0, 1))),
        (((2, 0), (1, 1)), ((2, 0), (1, 1))),
    ],
)
def test_the_order_of_the_gates(pattern: str, expected: object) -> None:
    assert pairs(pattern, 4, 0) == expected
    assert pairs(pattern, 4, 2) == expected


def test_shifted_ring_turns_in_odd_layers() -> None:
    """Sim et al. 2019, circuit 15: the second ring of a layer pair."""
    assert pairs("shifted_ring", 4, 1) == ((3, 2), (0, 3), (1, 0), (2, 1))


def test_two_qubits() -> None:
    assert pairs("ring", 2, 0) == ((0, 1), (1, 0))
    assert pairs("shifted_ring", 2, 0) == ((1, 0), (0, 1))
    assert pairs("brick", 2, 0) == pairs("linear", 2, 0) == pairs("star", 2, 0) == ((0, 1),)


@pytest.mark.parametrize(
    "pattern", ["linear", "ring", "all_to_all", "brick", "star", "shifted_ring"]
)
def test_one_qubit_has_no_pairs(pattern: str) -> None:
    assert pairs(pattern, 1, 0) == pairs(pattern, 1, 1) == ()
