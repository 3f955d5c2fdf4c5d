"""Programs for the tests of passes, and what must stay the same about them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sympy
from hypothesis import strategies as st

from qslc.ir.gates import GATES
from qslc.ir.program import Operation, PauliString, Program
from qslc.verify.state_vector import compute_expectations

A, B, X0 = sympy.symbols("a b x0")
PI = sympy.pi
ANGLES = (A, B, A + B, 2 * A - B / 3, X0 * A, -A, PI / 2, -PI / 4, PI, 2 * PI, 3 * PI, A + PI / 2)


def op(text: str, angle: sympy.Expr | float | None = None) -> Operation:
    """ "cnot 0 1" is a CNOT from qubit 0 to qubit 1, "ry(a/2) 0" a rotation."""
    gate, *qubits = text.split()
    name, _, inside = gate.removesuffix(")").partition("(")
    angle = sympy.sympify(inside) if inside else None if angle is None else sympy.sympify(angle)
    return Operation(name, tuple(map(int, qubits)), angle)


def circuit(text: str) -> tuple[Operation, ...]:
    """ "h 0; cnot 0 1" are two gates."""
    return tuple(op(each) for each in text.split("; ") if each)


def observable(text: str, sign: int = 1) -> PauliString:
    """ "Z0*X1", or "-Z0" """
    factors = text.removeprefix("-").split("*")
    sign = -sign if text.startswith("-") else sign
    return PauliString(tuple((int(factor[1:]), factor[0]) for factor in factors), sign)


def program(*operations: Operation, measure: str = "Z0 Z1 Z2", start: str = "any") -> Program:
    return Program(
        qubits=3,
        operations=operations,
        observables=tuple(map(observable, measure.split())),
        weights=("a", "b"),
        inputs=("x0",),
        start=start,
    )


@st.composite
def operations(draw, qubits: int, angles=ANGLES) -> Operation:
    gate = GATES[draw(st.sampled_from(sorted(GATES)))]
    chosen = draw(st.permutations(range(qubits)))[: gate.arity]
    angle = draw(st.sampled_from(angles)) if gate.rotation else None
    return Operation(gate.name, tuple(chosen), angle)


@st.composite
def pauli_strings(draw, qubits: int) -> PauliString:
    letters = draw(
        st.text("IXYZ", min_size=qubits, max_size=qubits).filter(lambda s: set(s) != {"I"})
    )
    return PauliString(
        tuple((i, letter) for i, letter in enumerate(letters) if letter != "I"),
        draw(st.sampled_from((1, -1))),
    )


@st.composite
def programs(draw, qubits: int = 3, start: str | None = None, max_size: int = 14) -> Program:
    z = tuple(PauliString(((i, "Z"),)) for i in range(qubits))
    strings = st.lists(pauli_strings(qubits), min_size=1, max_size=3).map(tuple)
    return Program(
        qubits=qubits,
        operations=tuple(draw(st.lists(operations(qubits), max_size=max_size))),
        observables=draw(st.just(z) | strings),
        weights=("a", "b"),
        inputs=("x0",),
        start=start or draw(st.sampled_from(("any", "zero"))),
    )


def measured(program: Program, seed: int = 0) -> np.ndarray:
    """Expectations at random angles, of a random complex state if the program takes any."""
    rng = np.random.default_rng(seed)
    values = {symbol: sympy.Float(rng.normal()) for symbol in (A, B, X0)}
    state = np.zeros((2,) * program.qubits, dtype=complex)
    state[(0,) * program.qubits] = 1
    if program.start == "any":
        state = rng.normal(size=state.shape) + 1j * rng.normal(size=state.shape)
        state /= np.linalg.norm(state)
    return compute_expectations(program, values, state)


def assert_keeps_expectations(apply: Callable[[Program], Program], program: Program) -> None:
    np.testing.assert_allclose(measured(apply(program)), measured(program), atol=1e-9)
