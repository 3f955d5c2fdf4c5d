"""Programs for the tests of what qslc writes."""

from __future__ import annotations

import sympy
from hypothesis import strategies as st

from qslc.ir.gates import GATES
from qslc.ir.program import Operation, PauliString, Program

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
    operations = [
        Operation(name, qubits, angle if gate.rotation else None)
        for name, gate in GATES.items()
        for qubits in ([(0,), (2,)] if gate.arity == 1 else [(0, 2), (2, 1)])
    ]
    return program(3, operations)


def program(qubits: int, operations) -> Program:
    """Weights in the order of their first occurrence, by name within an angle."""
    symbols = dict.fromkeys(
        name
        for op in operations
        if op.angle is not None
        for name in sorted(map(str, op.angle.free_symbols))
    )
    return Program(
        qubits=qubits,
        operations=tuple(operations),
        observables=(PauliString(((0, "Z"),)),),
        weights=tuple(name for name in symbols if name != "x0"),
        inputs=tuple(name for name in symbols if name == "x0"),
    )


@st.composite
def programs(draw, qubits: int = 3) -> Program:
    names = draw(st.lists(st.sampled_from(sorted(GATES)), max_size=12))
    return program(qubits, [_operation(draw, name, qubits) for name in names])


def _operation(draw, name: str, qubits: int) -> Operation:
    gate = GATES[name]
    places = draw(st.permutations(range(qubits)))[: gate.arity]
    return Operation(name, tuple(places), draw(st.sampled_from(ANGLES)) if gate.rotation else None)
