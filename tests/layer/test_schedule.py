"""The schedule, run by a small interpreter in numpy, against ``cirq.Simulator``."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import reduce

import numpy as np
import pytest
import sympy
from hypothesis import given, settings

from qslc.diagnostics import CompilerFaultError
from qslc.ir.gate import Gate
from qslc.ir.gates import GATES
from qslc.ir.program import Operation, PauliString, Program
from qslc.lower.logical import logical_program
from qslc.simulate import schedule as schedule_module
from qslc.simulate.schedule import cover_windows, schedule
from qslc.simulate.steps import (
    Amplitudes,
    Block,
    Circuit,
    Measure,
    Parity,
    Permutation,
    Phase,
    ProductState,
    Step,
    Word,
    flatten,
)
from tests.layer.layer_programs import INPUTS, WEIGHTS, programs, spec_of
from tests.layer.layer_reference import encoded, expectations

Z0 = PauliString(((0, "Z"),))
PAULI = {"X": np.array([[0, 1], [1, 0]]), "Y": np.array([[0, -1j], [1j, 0]]), "Z": np.diag([1, -1])}
FIXED = {
    "h": (PAULI["X"] + PAULI["Z"]) / np.sqrt(2),
    "x": PAULI["X"],
    "z": PAULI["Z"],
    "s": np.diag([1, 1j]),
    "sdg": np.diag([1, -1j]),
    "t": np.diag([1, np.exp(0.25j * np.pi)]),
}
Values = Mapping[str, float]


def matrix(word: Word, values: Values) -> np.ndarray:
    result = np.eye(2)
    for gate, angle in word:
        if angle is None:
            factor = FIXED[gate]
        else:
            half = float(angle.subs(values)) / 2
            factor = np.cos(half) * np.eye(2) - 1j * np.sin(half) * PAULI[gate[1].upper()]
        result = factor @ result
    return result


def kron(words: tuple[Word, ...], values: Values) -> np.ndarray:
    return reduce(np.kron, [matrix(word, values) for word in words])


def bit(qubit: int, qubits: int) -> np.ndarray:
    return np.arange(2**qubits) >> (qubits - 1 - qubit) & 1


def acted(step: Step, state: np.ndarray, values: Values, qubits: int) -> np.ndarray:
    """The state after a step."""
    match step:
        case Amplitudes(_, block):
            return acted(block, state, values, qubits) if block else state
        case Circuit(steps):
            return reduce(lambda s, part: acted(part, s, values, qubits), steps, state)
        case ProductState(words):
            return kron(words, values)[:, 0]
        case Block(first, words):
            right = np.eye(2 ** (qubits - first - len(words)))
            return np.kron(np.kron(np.eye(2**first), kron(words, values)), right) @ state
        case Permutation(gates):
            for *control, target in gates:
                flip = bit(control[0], qubits) if control else np.ones_like(bit(0, qubits))
                state = state[np.arange(2**qubits) ^ flip << (qubits - 1 - target)]
            return state
        case Parity(gates):
            ones = sum(np.prod([bit(q, qubits) for q in gate], axis=0) for gate in gates)
            return state * (-1.0) ** ones
        case Phase(terms):
            for term in terms:
                sign = np.prod([1 - 2 * bit(q, qubits) for q in term.string], axis=0)
                angle = term.factor * float(term.angle.subs(values))
                state = state * np.exp(-0.5j * angle * sign)
            return state
    raise AssertionError(step)


def interpreted(program: Program, x: np.ndarray, theta: np.ndarray) -> np.ndarray:
    values = dict(zip(program.weights, theta, strict=True))
    values |= dict(zip(program.inputs, x, strict=False))
    state = encoded(program, x, bias=False)
    results = np.full(len(program.observables), np.nan)
    for step in schedule(program):
        if not isinstance(step, Measure):
            state = acted(step, state, values, program.qubits)
            continue
        for place, observable in zip(step.outputs, step.observables, strict=True):
            held = {qubit: PAULI[letter] for qubit, letter in observable.paulis}
            string = reduce(np.kron, [held.get(q, np.eye(2)) for q in range(program.qubits)])
            results[place] = observable.sign * (state.conj() @ string @ state).real
    return results


@settings(max_examples=150)
@given(programs())
def test_random_programs_keep_their_expectations(program: Program) -> None:
    generator = np.random.default_rng(len(program.operations))
    features = len(INPUTS) if program.inputs else 3
    x, theta = generator.normal(size=features), generator.normal(size=len(WEIGHTS))
    expected = expectations(program, x, theta)
    np.testing.assert_allclose(interpreted(program, x, theta), expected, atol=1e-9)


def kinds(program: Program) -> list[str]:
    return [type(step).__name__ for step in schedule(program)]


def test_a_layer_of_ry_and_a_ring_of_cnot_is_one_block_a_group_and_one_permutation() -> None:
    spec = spec_of(qubits=10, encoder={"kind": "amplitude", "features": 768})
    layer = ["Block", "Block", "Permutation"]
    assert kinds(logical_program(spec)) == ["Amplitudes", *layer[1:], *layer, "Measure"]


def test_a_ring_of_cz_is_one_vector_of_signs() -> None:
    ansatz = {"depth": 2, "entangler": {"gate": "cz", "pattern": "ring"}}
    spec = spec_of(qubits=9, encoder={"kind": "amplitude", "features": 512}, ansatz=ansatz)
    layer = ["Block", "Block", "Parity"]
    assert kinds(logical_program(spec)) == ["Amplitudes", *layer[1:], *layer, "Measure"]


@pytest.mark.parametrize(
    ("qubits", "depth", "joined"), [(3, 2, True), (8, 1, False), (8, 4, True), (9, 30, False)]
)
def test_a_small_circuit_of_many_steps_is_one_matrix(qubits: int, depth: int, joined: bool) -> None:
    entangler = {"gate": "cnot", "pattern": "ring"}
    ansatz = {"depth": depth, "rotations": ["ry"], "entangler": entangler}
    spec = spec_of(qubits=qubits, encoder={"kind": "angle"}, ansatz=ansatz)
    assert (kinds(logical_program(spec)) == ["ProductState", "Circuit", "Measure"]) == joined


def test_iqp_is_a_product_state_and_one_phase_a_repeat() -> None:
    spec = spec_of(
        encoder={"kind": "iqp", "repeats": 2},
        ansatz={"depth": 1, "rotations": ["ry"], "entangler": "none"},
    )
    names = kinds(logical_program(spec))
    assert names == ["ProductState", "Phase", "Block", "Phase", "Block", "Measure"]


def test_rotations_before_the_first_entangler_are_in_the_product_state() -> None:
    program = logical_program(spec_of(encoder={"kind": "angle"}))
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
    assert kinds(program) == ["Amplitudes", "Measure"]


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
