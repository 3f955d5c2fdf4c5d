"""Equal programs are found equal, and each kind of mistake is caught, by both methods."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sympy

from qslc.ir.program import Placement, Program
from qslc.verify import verify
from tests.verify.verify_programs import A, layered, moved, op, places, same_place, with_operation

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
    proof = verify(program, moved(program, spots, qubits + 3), Placement(spots, spots), seed=1)
    assert (proof.method, proof.verdict) == (method, "equal")
    assert proof.points > 0
    assert proof.max_deviation < 1e-12


def index(program: Program, gate: str) -> int:
    """Return the index of a gate in the first of two layers, which many observables see."""
    found = [i for i, o in enumerate(program.operations) if o.gate == gate]
    return found[len(found) // 4]


def dropped(program, gate):
    return with_operation(program, index(program, gate))


def turned(program, gate, change):
    old = program.operations[index(program, gate)]
    return with_operation(program, index(program, gate), replace(old, angle=change(old.angle)))


MISTAKES = {
    "a dropped cnot": lambda p: dropped(p, "cnot"),
    "a dropped rotation": lambda p: dropped(p, "ry"),
    "a dropped controlled rotation": lambda p: dropped(p, "cry"),
    "a cnot turned round": lambda p: with_operation(
        p,
        i := index(p, "cnot"),
        replace(p.operations[i], qubits=p.operations[i].qubits[::-1]),
    ),
    "two qubits insert_swaps at the end": lambda p: replace(
        p, operations=(*p.operations, op("swap 0 2"))
    ),
    "an extra gate": lambda p: replace(p, operations=(*p.operations, op("x 1"))),
    "the sign of an angle": lambda p: turned(p, "rz", lambda angle: -angle),
    "another angle": lambda p: turned(p, "ry", lambda angle: angle + sympy.pi / 2),
    "a small constant": lambda p: turned(p, "ry", lambda angle: angle + sympy.Rational(1, 1000)),
    "another symbol": lambda p: turned(p, "ry", lambda angle: angle + A / 2),
    "a controlled angle off by a full turn": lambda p: turned(
        p, "cry", lambda angle: angle + 2 * sympy.pi
    ),
    "another gate": lambda p: with_operation(
        p, i := index(p, "ry"), replace(p.operations[i], gate="rx")
    ),
    "the sign of an observable": lambda p: replace(
        p, observables=(replace(p.observables[0], sign=-1), *p.observables[1:])
    ),
    "two observables exchanged": lambda p: replace(
        p, observables=(p.observables[1], p.observables[0], *p.observables[2:])
    ),
}


@pytest.mark.parametrize(("qubits", "method"), SIZES)
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_caught(qubits, method, start, mistake):
    program = layered(qubits, 2, start)
    broken = MISTAKES[mistake](program)
    assert broken != program
    proof = verify(program, broken, same_place(program), seed=1)
    assert (proof.method, proof.verdict) == (method, "different")
    assert proof.max_deviation > 1e-5


@pytest.mark.parametrize(("qubits", "method"), SIZES)
def test_a_wrong_placement_is_caught(qubits, method):
    program = layered(qubits, 1)
    wrong = Placement((1, 0, *range(2, qubits)), tuple(range(qubits)))
    assert verify(program, program, wrong, seed=1).verdict == "different"


@pytest.mark.parametrize(("qubits", "method"), SIZES)
def test_other_device_qubits_start_in_zero(qubits, method):
    program = layered(qubits, 1)
    spare = qubits
    harmless = replace(
        program,
        qubits=qubits + 1,
        operations=(op(f"cnot {spare} 0"), op(f"rz {spare}", A), *program.operations),
    )
    assert verify(program, harmless, same_place(program), seed=1).verdict == "equal"
    harmful = replace(harmless, operations=(op(f"h {spare}"), *harmless.operations))
    assert verify(program, harmful, same_place(program), seed=1).verdict == "different"


@pytest.mark.parametrize(("qubits", "method"), SIZES)
def test_zeros_may_be_used_only_where_the_program_starts_in_zeros(qubits, method):
    body = layered(qubits, 2)
    idle = (op("rz 0", A), op("cnot 0 1"), op("h 2"), op("crx 2 3", A), op("swap 4 5"))
    start = idle[:4] if qubits < 6 else idle
    kept = op("h 2"), op("crx 2 3", A)
    for state, verdict in (("zero", "equal"), ("any", "different")):
        program = replace(body, operations=(*start, *body.operations), start=state)
        shorter = replace(body, operations=(*kept, *body.operations), start=state)
        assert verify(program, shorter, same_place(program), seed=1).verdict == verdict


def test_constants_that_are_no_clifford_gates_are_exact():
    program = layered(20, 1)
    constants = op("t 0"), op("ry 1", 0.3), op("t 1")
    before = replace(program, operations=(*constants, *program.operations))
    assert verify(before, before, same_place(before), seed=1).verdict == "equal"
    other = with_operation(before, 1, op("ry 1", 0.301))
    assert verify(before, other, same_place(before), seed=1).verdict == "different"


def test_the_same_seed_gives_the_same_evidence():
    program = layered(4, 1)
    broken = dropped(program, "ry")
    first, again, other = (verify(program, broken, same_place(program), s) for s in (1, 1, 2))
    assert first == again
    assert not np.isclose(first.max_deviation, other.max_deviation)


def test_a_program_of_127_qubits():
    program = layered(127, 4)
    assert verify(program, program, same_place(program), seed=1).verdict == "equal"
    broken = MISTAKES["the sign of an angle"](program)
    assert verify(program, broken, same_place(program), seed=1).verdict == "different"


def test_expectations_that_are_no_numbers_are_not_equal():
    program = layered(4, 1)
    broken = replace(program, operations=(op("ry 0", sympy.nan), *program.operations))
    assert verify(broken, broken, same_place(program), seed=1).verdict == "different"


def test_angles_of_large_terms_are_precise():
    program = layered(4, 1)
    large = 10**6 * A**10 + sympy.Symbol("b")
    apart = replace(
        program,
        operations=(
            op("ry 0", 10**6 * A**10),
            op("ry 0", sympy.Symbol("b")),
            *program.operations,
        ),
    )
    fused = replace(program, operations=(op("ry 0", large), *program.operations))
    assert verify(apart, fused, same_place(program), seed=1).max_deviation < 1e-12
    other = with_operation(fused, 0, op("ry 0", large + sympy.Rational(1, 10**4)))
    assert verify(apart, other, same_place(program), seed=1).verdict == "different"
