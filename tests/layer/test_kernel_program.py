"""The program of the compiled kernel: angles as polynomials, what all tokens share apart."""

from __future__ import annotations

import math

import numpy as np
from qslc_runtime import tables
from qslc_runtime.compiled import steps
from qslc_runtime.compiled.program import write_program

THETA = steps.Symbols(3)
FEATURES = steps.Symbols(2, first=3)


class Layer:
    """Two qubits, three weights, one RY and a readout."""

    QUBITS, FEATURES, WEIGHTS = 2, 2, ("a", "b", "c")
    made: tuple[steps.Step, ...] = ()

    @classmethod
    def circuit(cls, theta: steps.Symbols, features: steps.Symbols) -> tuple[steps.Step, ...]:
        del theta, features
        return cls.made


def numbers(*made: steps.Step) -> list[int]:
    layer = type("Made", (Layer,), {"made": made})
    return [int(number) for number in write_program(layer)]


def test_polynomials_add_and_multiply() -> None:
    angle = 2.0 * THETA[0] * FEATURES[1] + 0.5 + THETA[2] ** 2
    assert angle.terms == {(0, 4): 2.0, (): 0.5, (2, 2): 1.0}
    assert math.prod((3.0, THETA[0], THETA[0])).terms == {(0, 0): 3.0}
    assert sum((THETA[0], THETA[0])).terms == {(0,): 2.0, (): 0.0}


def test_symbols_are_chosen_by_slices_and_places() -> None:
    assert THETA[1:3] == (THETA[1], THETA[2])
    assert FEATURES[1, 0] == (FEATURES[1], FEATURES[0])
    assert FEATURES[0].terms == {(3,): 1.0}


def test_equal_angles_stand_once() -> None:
    program = numbers(
        steps.Gates("ry", (0, 1), THETA[0, 0]),
        steps.Measure(tables.signs(2, "Z0"), (0,)),
    )
    assert program[:6] == [4, 2, 3, 1, 1, 2]
    one = int(np.float32(1).view(np.int32))
    assert program[6:] == [1, one, 1, 0, *(2, 1, 2, 1, 1, 1, 0, 0, 1, 1, 0), *(6, 0, 0, 1, 2, 1, 0)]


def test_rotations_of_each_token_stand_behind_those_that_all_share() -> None:
    strings = tables.signs(2, "Z0", "-Z0*Z1")
    kinds = numbers(steps.Phase((FEATURES[0], THETA[1]), strings, 0.5))
    assert kinds[4:6] == [2, 2]
    factors = np.array([-0.5, 0.5], np.float32).view(np.int32).tolist()
    assert kinds[-10:] == [5, 1, 3, 0, factors[0], 5, 1, 2, 1, factors[1]]
