from __future__ import annotations

import math

import pytest

from benchmarks.depth.qasm import Cost, Gate, count_cost, find_uncoupled, read_gates


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
