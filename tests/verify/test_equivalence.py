"""Equal programs are found equal, and each kind of mistake is caught, by both methods."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sympy

from qslc.ir.program import Operation, Placement, Program, rename_qubits
from qslc.verify import Verification, verify
from tests.passes.pass_programs import A, circuit, op
from tests.verify.verify_programs import layered, places, same_place, with_operation

SIZES = [
    pytest.param(4, "state vector", id="small"),
    pytest.param(20, "stabilizer (Heisenberg picture)", id="large"),
]
STARTS = ["any", "zero"]


@pytest.mark.parametrize(("qubits", "method"), SIZES)
@pytest.mark.parametrize("start", STARTS)
def test_a_program_is_equal_to_itself_elsewhere(qubits, method, start):
    program = layered(qubits, 2, start)
    spots = places(qubits, qubits + 3)
    proof = verify(
        program, rename_qubits(program, spots, qubits + 3), Placement(spots, spots), seed=1
    )
    assert (proof.method, proof.verdict) == (method, "equal")
    assert proof.points > 0
    assert proof.max_deviation < 1e-12


def index(program: Program, gate: str) -> int:
    """Return the index of a gate in the first of two layers, which many observables see."""
    found = [i for i, o in enumerate(program.operations) if o.gate == gate]
    return found[len(found) // 4]


def dropped(program: Program, gate: str) -> Program:
    return with_operation(program, index(program, gate))


def changed(program: Program, name: str, /, **fields) -> Program:
    """Return the program with other fields of a gate, each by a function of the old one."""
    at = index(program, name)
    old = program.operations[at]
    new = {field: value(getattr(old, field)) for field, value in fields.items()}
    return with_operation(program, at, replace(old, **new))


def appended(program: Program, operation: Operation) -> Program:
    return replace(program, operations=(*program.operations, operation))


def measured(program: Program, *first) -> Program:
    return replace(program, observables=(*first, *program.observables[len(first) :]))


MISTAKES = {
    "a dropped cnot": lambda p: dropped(p, "cnot"),
    "a dropped rotation": lambda p: dropped(p, "ry"),
    "a dropped controlled rotation": lambda p: dropped(p, "cry"),
    "a cnot turned round": lambda p: changed(p, "cnot", qubits=lambda pair: pair[::-1]),
    "two qubits exchanged at the end": lambda p: appended(p, op("swap 0 2")),
    "an extra gate": lambda p: appended(p, op("x 1")),
    "the sign of an angle": lambda p: changed(p, "rz", angle=lambda t: -t),
    "another angle": lambda p: changed(p, "ry", angle=lambda t: t + sympy.pi / 2),
    "a small constant": lambda p: changed(p, "ry", angle=lambda t: t + sympy.Rational(1, 1000)),
    "another symbol": lambda p: changed(p, "ry", angle=lambda t: t + A / 2),
    "a controlled angle off by a full turn": lambda p: changed(
        p, "cry", angle=lambda t: t + 2 * sympy.pi
    ),
    "another gate": lambda p: changed(p, "ry", gate=lambda _: "rx"),
    "the sign of an observable": lambda p: measured(p, replace(p.observables[0], sign=-1)),
    "two observables exchanged": lambda p: measured(p, p.observables[1], p.observables[0]),
}


def prepend(text: str, program: Program, **fields) -> Program:
    return replace(program, operations=(*circuit(text), *program.operations), **fields)


def judge(program: Program, other: Program) -> Verification:
    return verify(program, other, same_place(program), seed=1)


@pytest.mark.parametrize(("qubits", "method"), SIZES)
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_caught(qubits, method, start, mistake):
    program = layered(qubits, 2, start)
    broken = MISTAKES[mistake](program)
    assert broken != program
    proof = judge(program, broken)
    assert (proof.method, proof.verdict) == (method, "different")
    assert proof.max_deviation > 1e-5


@pytest.mark.parametrize("qubits", [4, 20])
def test_a_wrong_placement_is_caught(qubits):
    program = layered(qubits, 1)
    wrong = Placement((1, 0, *range(2, qubits)), tuple(range(qubits)))
    assert verify(program, program, wrong, seed=1).verdict == "different"


@pytest.mark.parametrize("qubits", [4, 20])
def test_other_device_qubits_start_in_zero(qubits):
    program = layered(qubits, 1)
    harmless = prepend(f"cnot {qubits} 0; rz(a) {qubits}", program, qubits=qubits + 1)
    assert judge(program, harmless).verdict == "equal"
    assert judge(program, prepend(f"h {qubits}", harmless)).verdict == "different"


@pytest.mark.parametrize("qubits", [4, 20])
def test_zeros_may_be_used_only_where_the_program_starts_in_zeros(qubits):
    body = layered(qubits, 2)
    idle = "rz(a) 0; cnot 0 1; h 2; crx(a) 2 3" + ("; swap 4 5" if qubits > 5 else "")
    for state, verdict in (("zero", "equal"), ("any", "different")):
        program = prepend(idle, body, start=state)
        shorter = prepend("h 2; crx(a) 2 3", body, start=state)
        assert judge(program, shorter).verdict == verdict


def test_constants_that_are_no_clifford_gates_are_exact():
    before = prepend("t 0; ry(0.3) 1; t 1", layered(20, 1))
    assert judge(before, before).verdict == "equal"
    assert judge(before, with_operation(before, 1, op("ry(0.301) 1"))).verdict == "different"


def test_the_same_seed_gives_the_same_evidence():
    program = layered(4, 1)
    broken = dropped(program, "ry")
    first, again, other = (verify(program, broken, same_place(program), s) for s in (1, 1, 2))
    assert first == again
    assert not np.isclose(first.max_deviation, other.max_deviation)


def test_a_program_of_127_qubits():
    program = layered(127, 4)
    assert judge(program, program).verdict == "equal"
    assert judge(program, MISTAKES["the sign of an angle"](program)).verdict == "different"


def test_expectations_that_are_no_numbers_are_not_equal():
    broken = prepend("ry(nan) 0", layered(4, 1))
    assert judge(broken, broken).verdict == "different"


def test_angles_of_large_terms_are_precise():
    program = layered(4, 1)
    apart = prepend("ry(10**6*a**10) 0; ry(b) 0", program)
    assert judge(apart, prepend("ry(10**6*a**10+b) 0", program)).max_deviation < 1e-12
    other = prepend("ry(10**6*a**10+b+1/10**4) 0", program)
    assert judge(apart, other).verdict == "different"
