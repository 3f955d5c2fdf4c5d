"""Bricks are the circuits that they are described as, on any couplers."""

from __future__ import annotations

from typing import Any

import cirq
import numpy as np
import pytest
from qslc_runtime.preparation import (
    Brick,
    color_couplers,
    count_exact_gates,
    list_falling_periods,
    make_brick,
    prepare_states,
    simulate,
)

from tests.preparation.graphs import GRAPHS, Pairs, make_line


def make_circuit(brick: Brick, angles: np.ndarray) -> cirq.Circuit:
    """Return the circuit as the docstring of ``Brick`` tells it."""
    left, qubits = list(angles), cirq.LineQubit.range(brick.qubits)
    operations = [cirq.ry(left.pop(0)).on(qubit) for qubit in qubits]
    for level in brick.levels:
        operations += [cirq.CZ(qubits[a], qubits[b]) for a, b in level]
        rotated = sorted(qubit for pair in level for qubit in pair)
        operations += [cirq.ry(left.pop(0)).on(qubits[qubit]) for qubit in rotated]
    assert not left
    return cirq.Circuit(operations)


@pytest.mark.parametrize("name", GRAPHS)
def test_simulation_agrees_with_cirq(name: str) -> None:
    qubits, couplers = GRAPHS[name]
    brick = make_brick(qubits, couplers, depth=5)
    angles = np.random.default_rng(0).uniform(-4, 4, (3, len(brick.rotations)))
    for row, state in zip(angles, simulate(brick, angles), strict=True):
        expected = make_circuit(brick, row).final_state_vector(
            qubit_order=cirq.LineQubit.range(qubits), dtype=np.complex128
        )
        np.testing.assert_allclose(state, expected, atol=1e-12)


@pytest.mark.parametrize("name", GRAPHS)
def test_levels_are_couplers_that_share_no_qubit(name: str) -> None:
    qubits, couplers = GRAPHS[name]
    levels = color_couplers(qubits, couplers)
    used = [pair for level in levels for pair in level]
    assert sorted(used) == sorted((min(pair), max(pair)) for pair in couplers)
    for level in levels:
        assert len({qubit for pair in level for qubit in pair}) == 2 * len(level)
    most = max((sum(q in pair for pair in couplers) for q in range(qubits)), default=0)
    assert len(levels) == most + (name in {"odd ring", "triangle"})


def test_levels_of_a_line_alternate() -> None:
    brick = make_brick(6, make_line(6), gates=9)
    even, odd = ((0, 1), (2, 3), (4, 5)), ((1, 2), (3, 4))
    assert brick.levels == (even, odd, even, ((1, 2),))
    assert brick.gates == 9
    assert brick.stages[-1] == (1, 2)
    assert len(brick.rotations) == 6 + 2 * 9


def test_couplers_with_a_period_take_part_less_often() -> None:
    brick = make_brick(4, make_line(4), gates=8, periods={(0, 1): 2, (1, 2): 3})
    both, last, middle = ((0, 1), (2, 3)), ((2, 3),), ((1, 2),)
    assert brick.levels == (both, middle, last, both, last, middle)


def test_qubits_of_falling_amplitudes_take_part_less_often() -> None:
    periods = list_falling_periods(8, [(2, 0), (1, 2), (2, 3), (6, 7)])
    assert periods == {(0, 2): 4, (1, 2): 2, (2, 3): 1, (6, 7): 1}
    assert {*list_falling_periods(6, make_line(6)).values()} == {1}


def test_falling_amplitudes_are_prepared_better_with_periods(rng: np.random.Generator) -> None:
    vectors = rng.normal(size=(12, 128)) / np.arange(1, 129)
    fidelities = [
        prepare_states(make_brick(7, make_line(7), gates=21, periods=periods), vectors).fidelities
        for periods in ({}, list_falling_periods(7, make_line(7)))
    ]
    assert 1 - fidelities[1].mean() < 0.9 * (1 - fidelities[0].mean())


def test_the_order_of_couplers_does_not_matter() -> None:
    qubits, couplers = GRAPHS["grid"]
    turned = [(b, a) for a, b in reversed(couplers)]
    assert make_brick(qubits, couplers, depth=7) == make_brick(qubits, turned, depth=7)


def test_gates_that_prepare_any_state_of_a_line() -> None:
    assert [count_exact_gates(qubits) for qubits in range(1, 9)] == [0, 1, 3, 8, 15, 31, 64, 130]


@pytest.mark.parametrize(
    ("qubits", "couplers", "options", "message"),
    [
        (3, [(0, 1)], {}, r"no coupler connects the qubits \[0, 1\] with \[2\]"),
        (2, [], {}, r"no coupler connects the qubits \[0\] with \[1\]"),
        (2, [(0, 2)], {}, r"the coupler \(0, 2\) is not a pair of qubits from 0 to 1"),
        (2, [(0, 1), (1, 1)], {}, r"the coupler \(1, 1\) is not a pair"),
        (2, [(-1, 1)], {}, r"the coupler \(-1, 1\) is not a pair"),
        (2, [(0, 1)], {"depth": 1, "gates": 1}, "depth and gates exclude each other"),
        (2, [(0, 1)], {"depth": -1}, "depth and gates are not negative: -1"),
        (2, [(0, 1)], {"gates": -3}, "depth and gates are not negative: -3"),
        (2, [(0, 1)], {"periods": {(0, 1): 0}}, "periods are positive"),
        (13, make_line(13), {"depth": 1}, "a brick has 1 to 12 qubits, not 13"),
    ],
)
def test_couplers_that_make_no_brick(
    qubits: int, couplers: Pairs, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        make_brick(qubits, couplers, **options)


@pytest.mark.parametrize(
    ("level", "message"),
    [
        (((0, 1), (1, 2)), "level 1 has a qubit twice"),
        (((1, 1),), "level 1 has a qubit twice"),
        (((0, 3),), "level 1 has a qubit that is not one of 0 to 2"),
    ],
)
def test_levels_that_are_none(level: tuple[tuple[int, int], ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Brick(3, (((0, 1),), level))
