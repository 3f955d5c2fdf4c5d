from __future__ import annotations

import pytest
import sympy

from qslc.ir.program import Operation, PauliString
from qslc.lower.logical import logical_program
from qslc.spec.model import Spec

PI = sympy.pi
LAYER = {"depth": 1, "rotations": ["ry"], "entangler": {"gate": "cnot", "pattern": "linear"}}


def program(qubits=3, ansatz=LAYER, encoder=None, measure="z"):
    return logical_program(
        Spec(
            qslc=1,
            name="a",
            qubits=qubits,
            encoder=encoder or {"kind": "none"},
            ansatz=ansatz,
            measure=measure,
        )
    )


def block(*entries, repeat=1, qubits=3):
    return program(qubits, {"repeat": repeat, "block": entries})


def texts(program):
    """ "ry 0 theta_0" for each operation."""
    return [
        " ".join(map(str, (o.gate, *o.qubits, *([] if o.angle is None else [o.angle]))))
        for o in program.operations
    ]


def test_a_layer_is_rotations_then_entangler():
    ansatz = {**LAYER, "depth": 2, "rotations": ["ry", "rz"]}
    got = program(2, ansatz)
    assert texts(got) == [
        "ry 0 theta_0",
        "ry 1 theta_1",
        "rz 0 theta_2",
        "rz 1 theta_3",
        "cnot 0 1",
        "ry 0 theta_4",
        "ry 1 theta_5",
        "rz 0 theta_6",
        "rz 1 theta_7",
        "cnot 0 1",
    ]
    assert got.weights == tuple(f"theta_{i}" for i in range(8))
    assert got.inputs == ()


def test_rotations_once_more_at_the_end():
    assert texts(program(2, {**LAYER, "final_rotations": True}))[-2:] == [
        "ry 0 theta_2",
        "ry 1 theta_3",
    ]


def test_an_entangler_with_an_angle_takes_fresh_weights():
    ansatz = {**LAYER, "depth": 2, "entangler": {"gate": "crx", "pattern": "ring"}}
    found = texts(program(2, ansatz))
    assert found[2:4] == ["crx 0 1 theta_2", "crx 1 0 theta_3"]
    assert found[-1] == "crx 1 0 theta_7"


def test_no_entangler():
    assert texts(program(1, {**LAYER, "entangler": "none"})) == ["ry 0 theta_0"]


def test_shifted_ring_sees_the_layer():
    ansatz = {**LAYER, "depth": 2, "entangler": {"gate": "cz", "pattern": "shifted_ring"}}
    pairs = [o.qubits for o in program(3, ansatz).operations if o.gate == "cz"]
    assert pairs == [(2, 0), (1, 2), (0, 1), (2, 1), (0, 2), (1, 0)]


def test_fresh_and_shared_weights_by_first_occurrence():
    got = block(
        {"rz": {"on": [0], "angle": "phi"}},
        {"ry": {"on": "all", "angle": "theta"}},
        {"crz": {"on": "linear", "angle": "theta*phi + psi"}},
        repeat=2,
        qubits=2,
    )
    assert got.weights == (
        "phi", "theta_0", "theta_1", "theta_2", "psi", "theta_3", "theta_4", "theta_5",
    )  # fmt: skip
    assert texts(got)[:4] == [
        "rz 0 phi", "ry 0 theta_0", "ry 1 theta_1", "crz 0 1 phi*theta_2 + psi",
    ]  # fmt: skip


def test_all_thetas_of_one_angle_are_one_weight():
    got = block({"rx": {"on": [0, 1], "angle": "theta**2 - theta"}})
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
    assert block({"rz": {"on": [0], "angle": text}}).operations == (Operation("rz", (0,), angle),)


def test_fixed_gates_on_all_on_a_list_and_on_pairs():
    got = block({"h": {"on": "all"}}, {"t": {"on": [2, 0]}}, {"swap": {"on": [[2, 0], [0, 1]]}})
    assert texts(got) == ["h 0", "h 1", "h 2", "t 2", "t 0", "swap 2 0", "swap 0 1"]
    assert got.weights == ()


def test_amplitude_encoding_leaves_no_gates():
    got = program(encoder={"kind": "amplitude", "features": 8})
    assert (got.start, got.inputs, texts(got)[0]) == ("any", (), "ry 0 theta_0")


def test_angle_encoding():
    got = program(encoder={"kind": "angle", "features": 2, "rotation": "rx"})
    assert texts(got)[:3] == ["rx 0 x0", "rx 1 x1", "ry 0 theta_0"]
    assert (got.start, got.inputs) == ("zero", ("x0", "x1"))
    assert program(encoder={"kind": "angle"}).inputs == ("x0", "x1", "x2")


def test_iqp_encoding():
    got = program(encoder={"kind": "iqp", "features": 2, "repeats": 2})
    once = ["h 0", "h 1", "h 2", "rz 0 x0", "rz 1 x1", "rzz 0 1 x0*x1"]
    assert texts(got)[:12] == once * 2
    assert got.inputs == ("x0", "x1")


def test_inputs_are_in_the_order_of_their_numbers():
    assert program(12, encoder={"kind": "angle"}).inputs == tuple(f"x{i}" for i in range(12))


def test_observables():
    assert program(measure="z").observables == tuple(PauliString(((i, "Z"),)) for i in range(3))
    mixed = program(measure=("zz", "Y2*X0")).observables
    assert list(map(str, mixed)) == ["Z0*Z1", "Z0*Z2", "Z1*Z2", "X0*Y2"]
