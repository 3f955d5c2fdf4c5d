"""Exact gradients, against the simulator of the verifier and finite differences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from qslc.analyze import simulation
from qslc.analyze.simulation import Points
from qslc.analyze.subject import Case, Settings, Subject
from qslc.ir.angles import evaluate
from qslc.lower.logical import lower_to_logical
from qslc.spec.checks import examine
from qslc.verify.state_vector import compute_expectations
from tests.analyze.analyze_cases import make_amplitude, make_layered
from tests.spec.strategies import specs

STEP = 1e-5
SETTINGS = Settings(samples=10, seed=0, width=8, ranks=(1,), max_qubits=4)


def make_own_case(data: dict) -> Case:
    spec, problems = examine(data)
    assert spec, problems
    return Subject(spec, lower_to_logical, SETTINGS).own


def draw_random_points(case: Case, seed: int, count: int = 2) -> Points:
    rng = np.random.default_rng(seed)
    theta = rng.uniform(0.2, 2.0, (count, len(case.program.weights)))
    return case.draw_points(theta, rng)


def move(points: Points, k: int, step: float) -> Points:
    """Return the points with one weight moved."""
    theta = points.theta.copy()
    theta[:, k] += step
    return replace(points, theta=theta)


@given(specs(max_qubits=3, max_depth=2), st.integers(0, 99))
@settings(max_examples=40)
def test_expectations_are_the_verifiers(data, seed):
    case = make_own_case(data)
    points = draw_random_points(case, seed)
    program = case.program
    got = simulation.compute_expectations(program, points)
    for k in range(2):
        values = (*points.theta[k], *points.inputs[k])
        names = map(sympy.Symbol, (*program.weights, *program.inputs))
        at = {s: sympy.Float(v) for s, v in zip(names, values, strict=True)}
        state = points.start[:, k].reshape((2,) * program.qubits)
        np.testing.assert_allclose(got[k], compute_expectations(program, at, state), atol=1e-9)


@given(specs(max_qubits=3, max_depth=2), st.integers(0, 99))
@settings(max_examples=40)
def test_gradients_are_slopes(data, seed):
    case = make_own_case(data)
    points = draw_random_points(case, seed)
    exact = simulation.compute_jacobian(case.program, points)
    for k in range(len(case.program.weights)):
        ahead, behind = (
            simulation.compute_expectations(case.program, move(points, k, step))
            for step in (STEP, -STEP)
        )
        np.testing.assert_allclose(exact[:, :, k], (ahead - behind) / (2 * STEP), atol=1e-6)


def test_tangents_are_slopes_of_states():
    case = make_layered(3, 2, ("ry", "rz"), gate="crx")
    points = draw_random_points(case, 1)
    state, tangent = simulation.compute_tangents(case.program, points)
    ahead = simulation.compute_states(case.program, move(points, 4, STEP))
    np.testing.assert_allclose(tangent[:, 4], (ahead - state) / STEP, atol=1e-4)


def test_chunks_give_what_one_piece_gives(monkeypatch: pytest.MonkeyPatch):
    case = make_amplitude(3, 2)
    points = draw_random_points(case, 0, count=7)
    whole = simulation.compute_jacobian(case.program, points)
    monkeypatch.setattr(simulation, "CHUNK", 1)
    np.testing.assert_allclose(simulation.compute_jacobian(case.program, points), whole, atol=1e-14)


def test_real_circuits_stay_real():
    assert (
        simulation.compute_states(
            make_layered(3, 2).program, draw_random_points(make_layered(3, 2), 0)
        ).dtype
        == float
    )


@pytest.mark.parametrize("text", ["a*b + pi/2", "-a/b", "2*a**2 - b/3", "pi/4", "a**-1"])
def test_values_of_angles(text):
    angle = sympy.sympify(text)
    at = {"a": np.array([0.5, -2.0]), "b": np.array([3.0, 0.25])}
    expected = [float(angle.subs({"a": x, "b": y})) for x, y in zip(*at.values(), strict=True)]
    np.testing.assert_allclose(evaluate(angle, at) + np.zeros(2), expected)
