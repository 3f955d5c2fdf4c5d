from __future__ import annotations

import pytest
import sympy

from qslc.ir.program import Operation, PauliString, Program
from qslc.lower.logical import lower_to_logical
from qslc.spec.model import Spec

PI = sympy.pi
LAYER = {"depth": 1, "rotations": ["ry"], "entangler": {"gate": "cnot", "pattern": "linear"}}


def program(qubits=3, encoder=None, measure="z", **ansatz) -> Program:
    """Lower a spec whose ansatz has some keys, which are those of a layer if there is no block."""
    return lower_to_logical(
        Spec(
            qslc=1,
            name="a",
            qubits=qubits,
            encoder=encoder or {"kind": "none"},
            ansatz=ansatz if "block" in ansatz else {**LAYER, **ansatz},
            measure=measure,
        )
    )


def text(program: Program) -> str:
    """ "ry 0 theta_0; cnot 0 1" """
    return "; ".join(
        " ".join(map(str, (o.gate, *o.qubits, *([] if o.angle is None else [o.angle]))))
        for o in program.operations
    )


@pytest.mark.parametrize(
    ("ansatz", "expected"),
    [
        (
            {"depth": 2, "rotations": ["ry", "rz"]},
            "ry 0 theta_0; ry 1 theta_1; rz 0 theta_2; rz 1 theta_3; cnot 0 1; "
            "ry 0 theta_4; ry 1 theta_5; rz 0 theta_6; rz 1 theta_7; cnot 0 1",
        ),
        (
            {"final_rotations": True},
            "ry 0 theta_0; ry 1 theta_1; cnot 0 1; ry 0 theta_2; ry 1 theta_3",
        ),
        (
            {"depth": 2, "entangler": {"gate": "crx", "pattern": "ring"}},
            "ry 0 theta_0; ry 1 theta_1; crx 0 1 theta_2; crx 1 0 theta_3; "
            "ry 0 theta_4; ry 1 theta_5; crx 0 1 theta_6; crx 1 0 theta_7",
        ),
        ({"entangler": "none"}, "ry 0 theta_0; ry 1 theta_1"),
        (
            {"block": ({"h": {"on": "all"}}, {"t": {"on": [1, 0]}}, {"swap": {"on": [[1, 0]]}})},
            "h 0; h 1; t 1; t 0; swap 1 0",
        ),
    ],
)
def test_an_ansatz_is_these_gates(ansatz, expected):
    got = program(2, **ansatz)
    assert text(got) == expected
    assert got.weights == tuple(f"theta_{k}" for k in range(expected.count("theta")))
    assert got.inputs == ()


def test_fresh_and_shared_weights_are_in_the_order_of_the_gates():
    block = (
        {"rz": {"on": [0], "angle": "phi"}},
        {"ry": {"on": "all", "angle": "theta"}},
        {"crz": {"on": "linear", "angle": "theta*phi + psi"}},
    )
    got = program(2, repeat=2, block=block)
    assert " ".join(got.weights) == "phi theta_0 theta_1 theta_2 psi theta_3 theta_4 theta_5"
    assert text(got).startswith("rz 0 phi; ry 0 theta_0; ry 1 theta_1; crz 0 1 phi*theta_2 + psi; ")


def test_shifted_ring_sees_the_layer():
    got = program(3, depth=2, entangler={"gate": "cz", "pattern": "shifted_ring"})
    pairs = [o.qubits for o in got.operations if o.gate == "cz"]
    assert pairs == [(2, 0), (1, 2), (0, 1), (2, 1), (0, 2), (1, 0)]


def test_all_thetas_of_one_angle_are_one_weight():
    got = program(block=({"rx": {"on": [0, 1], "angle": "theta**2 - theta"}},))
    theta_0, theta_1 = sympy.symbols("theta_:2")
    assert [o.angle for o in got.operations] == [theta_0**2 - theta_0, theta_1**2 - theta_1]


@pytest.mark.parametrize(
    ("text", "angle"),
    [
        ("pi/4", PI / 4),
        ("-pi", -PI),
        ("0.5*pi", PI / 2),
        ("0.1", sympy.Rational(1, 10)),
        ("(1 + 2)*3 - 1e-3", 9 - sympy.Rational(1, 1000)),
        ("2*phi + pi/4", 2 * sympy.Symbol("phi") + PI / 4),
    ],
)
def test_angles_are_exact(text, angle):
    got = program(block=({"rz": {"on": [0], "angle": text}},))
    assert got.operations == (Operation("rz", (0,), angle),)


@pytest.mark.parametrize(
    ("encoder", "start", "inputs", "gates"),
    [
        ({"kind": "amplitude", "features": 8}, "any", 0, ""),
        ({"kind": "angle"}, "zero", 3, "ry 0 x0; ry 1 x1; ry 2 x2; "),
        ({"kind": "angle", "features": 2, "rotation": "rx"}, "zero", 2, "rx 0 x0; rx 1 x1; "),
        (
            {"kind": "iqp", "features": 2, "repeats": 2},
            "zero",
            2,
            "h 0; h 1; h 2; rz 0 x0; rz 1 x1; rzz 0 1 x0*x1; " * 2,
        ),
    ],
)
def test_an_encoder_is_these_gates(encoder, start, inputs, gates):
    got = program(encoder=encoder)
    assert (got.start, got.inputs) == (start, tuple(f"x{i}" for i in range(inputs)))
    assert text(got) == gates + text(program())


def test_inputs_are_in_the_order_of_their_numbers():
    assert program(12, encoder={"kind": "angle"}).inputs == tuple(f"x{i}" for i in range(12))


def test_observables():
    assert program(measure="z").observables == tuple(PauliString(((i, "Z"),)) for i in range(3))
    mixed = program(measure=("zz", "Y2*X0")).observables
    assert list(map(str, mixed)) == ["Z0*Z1", "Z0*Z2", "Z1*Z2", "X0*Y2"]
