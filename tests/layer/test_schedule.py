"""The steps in which a layer simulates a program; ``test_expectations`` runs them."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy

from qslc.diagnostics import CompilerFaultError
from qslc.ir.gate import Gate
from qslc.ir.gates import GATES
from qslc.ir.program import Operation, PauliString, Program
from qslc.lower.logical import lower_to_logical
from qslc.simulate import schedule as schedule_module
from qslc.simulate.schedule import cover_windows, schedule
from qslc.simulate.steps import (
    Measure,
    ProductState,
    flatten,
)
from tests.layer.layer_programs import ansatz, make_spec

Z0 = PauliString(((0, "Z"),))


def list_kinds(program: Program) -> list[str]:
    return [type(step).__name__ for step in schedule(program)]


def test_a_layer_of_ry_and_a_ring_of_cnot_is_one_block_a_group_and_one_permutation() -> None:
    spec = make_spec(qubits=10, encoder={"kind": "amplitude", "features": 768})
    layer = ["Block", "Block", "Permutation"]
    assert list_kinds(lower_to_logical(spec)) == ["Amplitudes", *layer[1:], *layer, "Measure"]


def test_a_ring_of_cz_is_one_vector_of_signs() -> None:
    encoder = {"kind": "amplitude", "features": 512}
    spec = make_spec(qubits=9, encoder=encoder, ansatz=ansatz(2, "ry", gate="cz"))
    layer = ["Block", "Block", "Parity"]
    assert list_kinds(lower_to_logical(spec)) == ["Amplitudes", *layer[1:], *layer, "Measure"]


@pytest.mark.parametrize(
    ("qubits", "depth", "joined"), [(3, 2, True), (8, 1, False), (8, 4, True), (9, 30, False)]
)
def test_a_small_circuit_of_many_steps_is_one_matrix(qubits: int, depth: int, joined: bool) -> None:
    spec = make_spec(qubits=qubits, encoder={"kind": "angle"}, ansatz=ansatz(depth, "ry"))
    assert (list_kinds(lower_to_logical(spec)) == ["ProductState", "Circuit", "Measure"]) == joined


def test_iqp_is_a_product_state_and_one_phase_a_repeat() -> None:
    spec = make_spec(
        encoder={"kind": "iqp", "repeats": 2},
        ansatz={"depth": 1, "rotations": ["ry"], "entangler": "none"},
    )
    names = list_kinds(lower_to_logical(spec))
    assert names == ["ProductState", "Phase", "Block", "Phase", "Block", "Measure"]


def test_rotations_before_the_first_entangler_are_in_the_product_state() -> None:
    program = lower_to_logical(make_spec(encoder={"kind": "angle"}))
    start = schedule(program)[0]
    assert isinstance(start, ProductState)
    assert [[gate for gate, _ in word] for word in start.words] == [["ry", "ry"]] * 3


def test_a_diagonal_gate_does_not_make_a_real_block_complex() -> None:
    theta = sympy.Symbol("theta_0")
    gates = (Operation("ry", (0,), theta), Operation("rz", (0,), theta))
    program = Program(1, gates, (Z0,), ("theta_0",), start="any")
    steps = [type(step).__name__ for step in flatten(schedule(program))]
    assert steps == ["Amplitudes", "Block", "Phase", "Measure"]


def test_gates_that_cancel_leave_no_step() -> None:
    gates = ("h", "h", "cnot", "cnot", "z", "z", "cz", "cz", "x", "x")
    pairs = (Operation(gate, (0, 1)[: 2 if gate[0] == "c" else 1]) for gate in gates)
    program = Program(2, tuple(pairs), (Z0,), start="any")
    assert list_kinds(program) == ["Amplitudes", "Measure"]


def test_observables_that_flip_the_same_qubits_are_measured_together() -> None:
    texts = (((0, "X"), (1, "Z")), ((1, "Z"),), ((0, "Y"), (1, "X")), ((0, "X"),), ((0, "Y"),))
    program = Program(2, (), tuple(PauliString(paulis) for paulis in texts))
    measures = [step for step in schedule(program) if isinstance(step, Measure)]
    assert [step.outputs for step in measures] == [(0, 3), (1,), (2,), (4,)]
    assert [step.flipped for step in measures] == [(0,), (), (0, 1), (0,)]


@pytest.mark.parametrize(
    ("active", "expected"),
    [
        (tuple(range(10)), ((0, 4), (5, 9))),
        (tuple(range(12)), ((0, 3), (4, 7), (8, 11))),
        (tuple(range(6)), ((0, 2), (3, 5))),
        ((0, 4, 9), ((0, 4), (9, 9))),
        ((3,), ((3, 3),)),
        ((), ()),
    ],
)
def test_blocks_are_few_and_narrow(
    active: tuple[int, ...], expected: tuple[tuple[int, int], ...]
) -> None:
    assert cover_windows(active) == expected


THETA, X0 = sympy.symbols("theta_0 x0")
IN_STANDARD = {"cirq": lambda *_: None, "qasm": "known"}
"""Fields of a gate that OpenQASM knows, so that it needs no definition."""


@pytest.mark.parametrize("start", ["zero", "any"])
@pytest.mark.parametrize(
    ("generators", "angle"),
    [
        ((("XX", Fraction(-1, 2)), ("YY", Fraction(-1, 2))), None),
        ((("YZ", Fraction(1)),), THETA),
        ((("YZ", Fraction(1)),), X0),
        ((("Y", Fraction(1)),), None),
        ((("Y", Fraction(1)),), THETA),
        ((("Y", Fraction(1)),), X0),
    ],
)
def test_a_gate_without_a_step_is_named(generators, angle, start):
    arity = len(generators[0][0])
    gate = Gate(
        "odd", "Odd.", generators, ("O",) * arity, rotation=angle is not None, **IN_STANDARD
    )
    operations = (
        Operation("h", (0,)),
        Operation("cnot", (0, 1)),
        Operation("odd", tuple(range(arity)), angle),
    )
    circuit = Program(2, operations, (Z0,), ("theta_0",), ("x0",), start)
    with (
        GATES.temporarily(gate),
        pytest.raises(CompilerFaultError, match="simulates the gate 'odd'"),
    ):
        schedule(circuit)


def test_a_round_that_takes_nothing_names_the_gate(monkeypatch):
    circuit = Program(2, (Operation("cz", (0, 1)),), (Z0,), start="any")
    monkeypatch.setattr(schedule_module, "_is_diagonal", lambda op: op.gate == "z")
    with pytest.raises(CompilerFaultError, match="simulates the gate 'cz'"):
        schedule(circuit)
