from __future__ import annotations

import pytest

from qslc.spec.patterns import PATTERNS, list_pairs


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
    assert list_pairs(pattern, 4, 0) == expected
    assert list_pairs(pattern, 4, 2) == expected


def test_shifted_ring_turns_in_odd_layers() -> None:
    """Sim et al. 2019, circuit 15: the second ring of a layer pair."""
    assert list_pairs("shifted_ring", 4, 1) == ((3, 2), (0, 3), (1, 0), (2, 1))


def test_two_qubits() -> None:
    assert list_pairs("ring", 2, 0) == ((0, 1), (1, 0))
    assert list_pairs("shifted_ring", 2, 0) == ((1, 0), (0, 1))
    assert (
        list_pairs("brick", 2, 0)
        == list_pairs("linear", 2, 0)
        == list_pairs("star", 2, 0)
        == ((0, 1),)
    )


@pytest.mark.parametrize("pattern", PATTERNS)
def test_one_qubit_has_no_pairs(pattern: str) -> None:
    assert list_pairs(pattern, 1, 0) == list_pairs(pattern, 1, 1) == ()
