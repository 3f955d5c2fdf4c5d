"""The expectations of a program by plain numpy in complex128, gate by gate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from qslc.ir.program import Program
from tests.lower.exact_simulation import expectation, run

Array = NDArray[np.float64]


def _encode(program: Program, x: Array, bias: bool) -> NDArray[np.complex128]:
    """The state in which a token starts; zeros where that is no state."""
    state = np.zeros(2**program.qubits, complex)
    if program.start == "zero":
        state[0] = 1
        return state
    vector = np.append(x, 1.0) if bias else x
    state[: len(vector)] = vector
    return state / (np.linalg.norm(state) or 1)


def expectations(program: Program, x: Array, theta: Array, bias: bool = False) -> Array:
    """(features,) and (P,) to (M,), in float64."""
    inputs = {f"x{i}": float(value) for i, value in enumerate(x)} if program.inputs else {}
    values = dict(zip(program.weights, map(float, theta), strict=True)) | inputs
    start = _encode(program, x, bias).reshape((2,) * program.qubits)
    final = run(program, start, values)
    return np.array([expectation(observable, final) for observable in program.observables])


def slope(function: Callable[[Array], float], at: Array, step: float = 1e-5) -> Array:
    """Central differences."""
    shifts = step * np.eye(len(at))
    return np.array([(function(at + d) - function(at - d)) / (2 * step) for d in shifts])
