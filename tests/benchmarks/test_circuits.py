from __future__ import annotations

import math
from dataclasses import replace

import cirq
import numpy as np
import pytest

from benchmarks.depth.check import compute_expectations, find_fault, make_operations, simulate
from benchmarks.depth.exchange import Compiled, Task, move_observables
from benchmarks.depth.qasm import Cost, Gate, count_cost, find_uncoupled, read_gates
from tests.benchmarks.depth_tasks import chain_task

IN_PLACE = {0: 0, 1: 1, 2: 2}


def check(task, text, start=(0, 1, 2), end=IN_PLACE):
    return find_fault(task, Compiled(text, start, move_observables(task, end)))


@pytest.mark.parametrize("start", ["zero", "any"])
def test_the_same_circuit_is_right(start):
    task = chain_task(start)
    assert check(task, task.qasm) is None


def test_permuted_qubits_are_followed():
    task = chain_task("any")
    text = f"swap q[2],q[3];\n{task.qasm.split('qreg q[3];')[1]}swap q[0],q[1];\n"
    end = {0: 1, 1: 0, 2: 2}
    assert check(task, text, (0, 1, 3), end) is None
    assert "deviate" in check(task, text, (0, 1, 3), IN_PLACE)
    assert "deviate" in check(task, text, (1, 0, 3), end)


def test_absorbed_cnots_are_read_from_parities():
    task = chain_task("any")
    rotations = task.qasm.split("cx")[0]
    parities = tuple((1, tuple((j, "Z") for j in range(i + 1))) for i in range(3))
    assert find_fault(task, Compiled(rotations, (0, 1, 2), parities)) is None
    wrong = ((-1, parities[0][1]), *parities[1:])
    assert "deviate" in find_fault(task, Compiled(rotations, (0, 1, 2), wrong))


@pytest.mark.parametrize(("start", "right"), [("zero", True), ("any", False)])
def test_a_start_of_zero_may_be_used_and_an_unknown_one_not(start, right):
    text = f"{chain_task().qasm.split('ry')[0]}cx q[0],q[1];\n"
    task = replace(chain_task(start), qasm=text)
    assert (check(task, "x q[0]; x q[0];") is None) is right


def test_gates_must_follow_the_couplers():
    task = chain_task()
    assert "coupled" in check(task, task.qasm + "cz q[0],q[2];\ncz q[0],q[2];\n")


def test_large_circuits_are_checked_for_couplers_alone():
    observables = ((1, ((0, "Z"),)),)
    task = Task("large", "cx q[0],q[1];", 11, ((0, 1),), "zero", observables)
    assert find_fault(task, Compiled("cz q[0],q[1];", tuple(range(11)), observables)) is None


def make_u3(theta: float, phi: float, lam: float) -> np.ndarray:
    """The matrix of the standard for a gate on one qubit."""
    cos, sin = np.cos(theta / 2), np.sin(theta / 2)
    turn, back = np.exp(1j * phi), np.exp(1j * lam)
    return np.array([[cos, -back * sin], [turn * sin, turn * back * cos]])


@pytest.mark.parametrize(
    ("name", "angles", "euler"),
    [
        ("u3", (0.3, 0.7, 0.5), (0.3, 0.7, 0.5)),
        ("u", (0.3, 0.7, 0.5), (0.3, 0.7, 0.5)),
        ("u2", (0.7, 0.5), (np.pi / 2, 0.7, 0.5)),
        ("rx", (0.3,), (0.3, -np.pi / 2, np.pi / 2)),
        ("ry", (0.3,), (0.3, 0, 0)),
        *((name, (0.3,), (0, 0, 0.3)) for name in ("rz", "p", "u1")),
        ("h", (), (np.pi / 2, 0, np.pi)),
        ("sdg", (), (0, 0, -np.pi / 2)),
        ("tdg", (), (0, 0, -np.pi / 4)),
        ("sx", (), (np.pi / 2, -np.pi / 2, np.pi / 2)),
        ("sxdg", (), (-np.pi / 2, -np.pi / 2, np.pi / 2)),
    ],
)
def test_gates_are_those_of_the_standard(name, angles, euler):
    unitary = cirq.unitary(cirq.Circuit(make_operations(Gate(name, (0,), angles))))
    assert cirq.equal_up_to_global_phase(unitary, make_u3(*euler))


@pytest.mark.parametrize(("name", "angles"), [("ccx", ()), ("rx", ()), ("h", (0.1,))])
def test_an_unknown_gate_is_named(name, angles):
    with pytest.raises(ValueError, match=f"no gate is called {name} with {len(angles)} angles"):
        make_operations(Gate(name, (0,), angles))


def test_expectations_of_a_bell_state():
    state = np.zeros((2, 2), dtype=complex)
    state[0, 0] = 1
    bell = simulate(read_gates("h q[1]; cx q[1],q[0];"), state)
    strings = [(1, ((0, "Z"),)), (1, ((0, "Z"), (1, "Z"))), (-1, ((0, "X"), (1, "X"))), (-1, ())]
    assert compute_expectations(bell, strings) == pytest.approx([0, 1, -1, -1])


def test_one_qubit_gates_count_nowhere_and_a_swap_counts_three_times():
    circuit = read_gates("h q[0]; cx q[0],q[1]; ry(0.1) q[1]; swap q[1],q[2]; cz q[3],q[4];")
    assert count_cost(circuit) == Cost(depth=4, gates=5)


def test_depth_is_compared_before_gates():
    assert Cost(3, 9) < Cost(4, 4) < Cost(4, 5)


def test_a_gate_of_unknown_cost_is_refused():
    with pytest.raises(ValueError, match="ccx"):
        count_cost(read_gates("ccx q[0],q[1],q[2];"))


def test_couplers_work_both_ways():
    circuit = read_gates("cx q[1],q[0]; cz q[0],q[2];")
    assert find_uncoupled(circuit, [(0, 1), (1, 2)]) == {(0, 2)}


def test_what_compilers_write_is_read():
    text = """
    OPENQASM 3.0;
    include "stdgates.inc";
    input float[64] theta_0;
    gate rzz(radians) a, b { cx a, b; rz(radians) b; cx a, b; }
    qubit[2] q; // q[1] is idle
    rz(-theta_0/2 + pi) q[0];
    u3(pi/2,3.0/4*pi,-1e-3) q[1];
    barrier q[0],q[1];
    measure q[0] -> c[0];
    """
    assert read_gates(text, {"theta_0": 1.0}) == (
        Gate("rz", (0,), (math.pi - 0.5,)),
        Gate("u3", (1,), (math.pi / 2, 0.75 * math.pi, -1e-3)),
    )


@pytest.mark.parametrize("text", ["rx(f(1)) q[0];", "rx(beta) q[0];", "x;", "x q;"])
def test_what_is_not_a_gate_is_refused(text):
    with pytest.raises(ValueError, match="not"):
        read_gates(text)
