"""A part that lowering does not know is an error that names it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qslc.diagnostics import CompilerFaultError
from qslc.lower.logical import to_sympy
from qslc.lower.physical import lower_to_device
from qslc.lower.placement.graph import Graph
from qslc.lower.placement.layout import SwapWeights
from qslc.lower.routing.dependencies import find_dependencies
from qslc.lower.routing.router import route
from qslc.spec.devices import build_device
from qslc.spec.objectives import OBJECTIVES
from tests.lower.patterns import layered


def test_places_that_no_couplers_connect():
    program = find_dependencies(layered("linear", 4, 1).operations, 4)
    with pytest.raises(ValueError, match=r"no couplers connect the device qubits \(0, 1, 2, 3\)"):
        route(program, Graph(4, ((0, 1), (2, 3))), (0, 1, 2, 3), SwapWeights(1.0, 0.1))


def test_an_unknown_level():
    with pytest.raises(KeyError, match="unknown optimization level 4"):
        lower_to_device(layered("linear", 3, 1), build_device("line", 3), 4, 0)


@pytest.mark.parametrize("level", [1, 2])
@pytest.mark.parametrize("given", [None, (), (float("nan"), 1.0), ("few",)])
def test_an_objective_that_gives_no_numbers(given, level):
    moody = replace(OBJECTIVES["depth"], name="moody", rank=lambda _: given)
    with OBJECTIVES.temporarily(moody), pytest.raises(CompilerFaultError, match="'moody' ranks"):
        lower_to_device(layered("ring", 4, 2), build_device("line", 4), level, 0, "moody")


def test_an_unknown_form_of_an_angle():
    with pytest.raises(AssertionError, match="a logarithm"):
        to_sympy("a logarithm", {})
