"""Programs for the tests of what qslc writes."""

from __future__ import annotations

import sympy
from hypothesis import strategies as st

from qslc.ir.gates import GATES
from qslc.ir.program import Operation, PauliString, Program
from tests.passes.pass_programs import operations

ALPHA, BETA, X0 = sympy.symbols("alpha beta x0")
ANGLES = (
    ALPHA,
    2 * ALPHA + sympy.pi / 4,
    -BETA / 3,
    X0 * ALPHA,
    1.5 * BETA - X0**2 / 3,
    sympy.pi / 2,
    sympy.Integer(2),
    sympy.Rational(1, 3),
    sympy.Integer(0),
)
VALUES = {"alpha": 0.37, "beta": -1.21, "x0": 0.83}


def every_gate() -> Program:
    """Each gate of the DSL once, both ways round where it has two qubits."""
    angle = 2 * ALPHA + X0 * BETA / 3 + sympy.pi / 4
    found = [
        Operation(name, qubits, angle if gate.rotation else None)
        for name, gate in GATES.items()
        for qubits in ([(0,), (2,)] if gate.arity == 1 else [(0, 2), (2, 1)])
    ]
    return program(3, found)


def program(qubits: int, found) -> Program:
    """Weights in the order of their first occurrence, by name within an angle."""
    symbols = dict.fromkeys(
        name
        for op in found
        if op.angle is not None
        for name in sorted(map(str, op.angle.free_symbols))
    )
    return Program(
        qubits=qubits,
        operations=tuple(found),
        observables=(PauliString(((0, "Z"),)),),
        weights=tuple(name for name in symbols if name != "x0"),
        inputs=tuple(name for name in symbols if name == "x0"),
    )


def programs() -> st.SearchStrategy[Program]:
    return st.lists(operations(3, ANGLES), max_size=12).map(lambda found: program(3, found))
