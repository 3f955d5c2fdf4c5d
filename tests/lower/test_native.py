from __future__ import annotations

import pytest

from qslc.ir.decompositions import count_two_qubit_gates
from qslc.ir.gates import GATES
from qslc.ir.program import Operation, Program
from qslc.lower.native import lower_to_native
from qslc.targets.device import Device
from tests.lower.exact_simulation import equal_up_to_phase, unitary
from tests.lower.synthesis.samples import VALUES
from tests.passes.pass_programs import A, circuit

PAIRS = [name for name, gate in GATES.items() if gate.arity == 2]


def lower(operations: tuple[Operation, ...], *gates: str) -> Program:
    """Lower gates on two qubits, which keep their unitary, for a device with some gates."""
    program = Program(2, operations, ())
    result = lower_to_native(program, Device("pair", ((0,), (1,)), ((0, 1),), gates))
    assert equal_up_to_phase(unitary(program, VALUES), unitary(result, VALUES))
    return result


def gate(name: str, *qubits: int) -> Operation:
    return Operation(name, qubits, A if GATES[name].rotation else None)


def two_qubit(program: Program) -> list[str]:
    return [op.gate for op in program.operations if len(op.qubits) == 2]


@pytest.mark.parametrize("gates", [("cz",), ("cnot",), ("cz", "cnot"), ("cnot", "cz")])
@pytest.mark.parametrize("qubits", [(0, 1), (1, 0)])
@pytest.mark.parametrize("name", PAIRS)
def test_each_gate_keeps_its_unitary_and_its_cost(name, qubits, gates):
    result = lower((gate(name, *qubits),), *gates)
    assert set(two_qubit(result)) <= set(gates)
    assert len(two_qubit(result)) == count_two_qubit_gates(name)


@pytest.mark.parametrize("gates", [("cz",), ("cnot",)])
@pytest.mark.parametrize("swapped", [(0, 1), (1, 0)])
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("name", [name for name in PAIRS if name != "swap"])
def test_a_swap_beside_a_gate_costs_one_more_than_the_gate(name, first, swapped, gates):
    ops = (gate("swap", *swapped), gate(name, 0, 1))
    result = lower(ops if first else ops[::-1], *gates)
    assert len(two_qubit(result)) == count_two_qubit_gates(name) + 1


@pytest.mark.parametrize(
    "text",
    ["cnot 0 1; rx(a) 1; swap 0 1; swap 1 0", "cry(a) 0 1; swap 0 1; swap 0 1; rzz(b) 0 1"],
    ids=["a gate between keeps the SWAP apart", "a SWAP merges once"],
)
def test_swaps_that_do_not_merge_stay_swaps(text):
    lower(circuit(text), "cz")


def test_native_gates_stay_as_they_are():
    native = circuit("cz 0 1; ry(a) 1; h 0; cz 1 0")
    assert lower(native, "cz").operations == native


def test_angles_stay_symbolic():
    result = lower(circuit("crz(2*a+b) 0 1"), "cnot")
    wanted = circuit("rz(a+b/2) 1; rz(-a-b/2) 1")
    assert [op for op in result.operations if op.angle is not None] == [*wanted]
