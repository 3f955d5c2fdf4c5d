"""Exact gradients, against the simulator of the verifier and finite differences."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from qslc.analyze import simulation
from qslc.analyze.simulation import Points
from qslc.analyze.subject import Case, Settings, Subject
from qslc.ir.angles import evaluate
from qslc.lower.logical import logical_program
from qslc.spec.checks import examine
from qslc.verify.state_vector import expectations
from tests.analyze.analyze_cases import amplitude, layered
from tests.spec.strategies import specs

STEP = 1e-5
SETTINGS = Settings(samples=10, seed=0, width=8, ranks=(1,), max_qubits=4)


def own_case(data: dict) -> Case:
    spec, problems = examine(data)
    assert spec, problems
    return Subject(spec, logical_program, SETTINGS).own


def random_points(case: Case, seed: int, count: int = 2) -> Points:
    rng = np.random.default_rng(seed)
    theta = rng.uniform(0.2, 2.0, (count, len(case.program.weights)))
    return case.points(theta, rng)


@given(specs(max_qubits=3, max_depth=2), st.integers(0, 99))
@settings(max_examples=40)
def test_expectations_are_the_verifiers(data, seed):
    case = own_case(data)
    points = random_points(case, seed)
    program = case.program
    got = simulation.expectations(program, points)
    for k in range(2):
        values = (*points.theta[k], *points.inputs[k])
        names = map(sympy.Symbol, (*program.weights, *program.inputs))
        at = {s: sympy.Float(v) for s, v in zip(names, values, strict=True)}
        state = points.start[:, k].reshape((2,) * program.qubits)
        np.testing.assert_allclose(got[k], expectations(program, at, state), atol=1e-9)


@given(specs(max_qubits=3, max_depth=2), st.integers(0, 99))
@settings(max_examples=40)
def test_gradients_are_slopes(data, seed):
    case = own_case(data)
    points = random_points(case, seed)
    exact = simulation.jacobian(case.program, points)
    for k in range(len(case.program.weights)):
        move = np.zeros_like(points.theta)
        move[:, k] = STEP
        ahead, behind = (
            simulation.expectations(
                case.program, Points(points.theta + sign * move, points.inputs, points.start)
            )
            for sign in (1, -1)
        )
        np.testing.assert_allclose(exact[:, :, k], (ahead - behind) / (2 * STEP), atol=1e-6)


def test_tangents_are_slopes_of_states():
    case = layered(3, 2, ("ry", "rz"), gate="crx")
    points = random_points(case, 1)
    state, tangent = simulation.tangents(case.program, points)
    move = np.zeros_like(points.theta)
    move[:, 4] = STEP
    ahead = simulation.states(
        case.program, Points(points.theta + move, points.inputs, points.start)
    )
    np.testing.assert_allclose(tangent[:, 4], (ahead - state) / STEP, atol=1e-4)


def test_chunks_give_what_one_piece_gives(monkeypatch: pytest.MonkeyPatch):
    case = amplitude(3, 2)
    points = random_points(case, 0, count=7)
    whole = simulation.jacobian(case.program, points)
    monkeypatch.setattr(simulation, "CHUNK", 1)
    np.testing.assert_allclose(simulation.jacobian(case.program, points), whole, atol=1e-14)


def test_real_circuits_stay_real():
    assert simulation.states(layered(3, 2).program, random_points(layered(3, 2), 0)).dtype == float


@pytest.mark.parametrize("text", ["a*b + pi/2", "-a/b", "2*a**2 - b/3", "pi/4", "a**-1"])
def test_values_of_angles(text):
    a, b = sympy.symbols("a b")
    forms = {
        "a*b + pi/2": a * b + sympy.pi / 2,
        "-a/b": -a / b,
        "2*a**2 - b/3": 2 * a**2 - b / 3,
        "pi/4": sympy.pi / 4,
        "a**-1": 1 / a,
    }
    at = {"a": np.array([0.5, -2.0]), "b": np.array([3.0, 0.25])}
    expected = [float(forms[text].subs({a: x, b: y})) for x, y in zip(*at.values(), strict=True)]
    np.testing.assert_allclose(evaluate(forms[text], at) + np.zeros(2), expected)
