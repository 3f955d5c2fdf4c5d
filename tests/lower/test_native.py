from __future__ import annotations

import pytest
import sympy

from qslc.ir.decompositions import count_two_qubit_gates
from qslc.ir.gates import GATES
from qslc.ir.program import Operation, Program
from qslc.lower.native import lower_to_native
from qslc.targets.device import Device
from tests.lower.exact_simulation import equal_up_to_phase, unitary

PAIRS = [name for name, gate in GATES.items() if gate.arity == 2]
VALUES = {"t": 0.7321, "u": -1.91}
T, U = sympy.symbols("t u")


def device(*gates: str) -> Device:
    return Device("pair", ((0,), (1,)), ((0, 1),), gates)


def gate(name: str, *qubits: int, angle: sympy.Expr = T) -> Operation:
    return Operation(name, qubits, angle if GATES[name].rotation else None)


def two_qubit(program: Program) -> list[str]:
    return [op.gate for op in program.operations if len(op.qubits) == 2]


@pytest.mark.parametrize("gates", [("cz",), ("cnot",), ("cz", "cnot"), ("cnot", "cz")])
@pytest.mark.parametrize("qubits", [(0, 1), (1, 0)])
@pytest.mark.parametrize("name", PAIRS)
def test_each_gate_keeps_its_unitary_and_its_cost(name, qubits, gates):
    program = Program(2, (gate(name, *qubits),), ())
    result = lower_to_native(program, device(*gates))
    assert equal_up_to_phase(unitary(program, VALUES), unitary(result, VALUES))
    assert set(two_qubit(result)) <= set(gates)
    assert len(two_qubit(result)) == count_two_qubit_gates(name)


@pytest.mark.parametrize("gates", [("cz",), ("cnot",)])
@pytest.mark.parametrize("swapped", [(0, 1), (1, 0)])
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("name", [name for name in PAIRS if name != "swap"])
def test_a_swap_beside_a_gate_costs_one_more_than_the_gate(name, first, swapped, gates):
    ops = (gate("swap", *swapped), gate(name, 0, 1))
    program = Program(2, ops if first else ops[::-1], ())
    result = lower_to_native(program, device(*gates))
    assert equal_up_to_phase(unitary(program, VALUES), unitary(result, VALUES))
    assert len(two_qubit(result)) == count_two_qubit_gates(name) + 1


def test_a_gate_between_keeps_the_swap_apart():
    ops = (gate("cnot", 0, 1), gate("rx", 1), gate("swap", 0, 1), gate("swap", 1, 0))
    program = Program(2, ops, ())
    result = lower_to_native(program, device("cz"))
    assert equal_up_to_phase(unitary(program, VALUES), unitary(result, VALUES))


def test_a_swap_merges_once():
    ops = (gate("cry", 0, 1), gate("swap", 0, 1), gate("swap", 0, 1), gate("rzz", 0, 1, angle=U))
    program = Program(2, ops, ())
    result = lower_to_native(program, device("cz"))
    assert equal_up_to_phase(unitary(program, VALUES), unitary(result, VALUES))


def test_native_gates_stay_as_they_are():
    program = Program(3, (gate("cz", 0, 1), gate("ry", 1), gate("h", 2), gate("cz", 2, 1)), ())
    assert lower_to_native(program, device("cz")).operations == program.operations


def test_angles_stay_symbolic():
    result = lower_to_native(Program(2, (gate("crz", 0, 1, angle=2 * T + U),), ()), device("cnot"))
    assert [op.angle for op in result.operations if op.angle is not None] == [
        T + U / 2,
        -T - U / 2,
    ]
