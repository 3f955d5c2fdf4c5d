"""Every gate of Cirq in the gates of the table, against its own matrix."""

from __future__ import annotations

from typing import Any

import cirq
import numpy as np
import pytest
import sympy

from qslc.circuits.gates import expand
from qslc.circuits.rules import GateError
from qslc.ir.gates import GATES
from tests.circuits.simulation import multiply

T, U = sympy.symbols("t u")
Q = cirq.LineQubit.range(5)
RANDOM = [cirq.testing.random_unitary(2**n, random_state=n) for n in range(1, 4)]

SYMBOLIC = [
    *(gate(Q[0]) ** T for gate in (cirq.X, cirq.Y, cirq.Z, cirq.H)),
    *(gate(2 * T + U / 3 - 1)(Q[0]) for gate in (cirq.rx, cirq.ry, cirq.rz)),
    cirq.PhasedXPowGate(phase_exponent=T, exponent=U)(Q[0]),
    cirq.PhasedXZGate(x_exponent=T, z_exponent=U, axis_phase_exponent=T * U)(Q[0]),
    *(gate(*Q[:2]) ** T for gate in (cirq.CZ, cirq.CNOT, cirq.SWAP, cirq.ISWAP)),
    *(gate(*Q[1::-1]) ** T for gate in (cirq.XX, cirq.YY, cirq.ZZ, cirq.CNOT)),
    cirq.FSimGate(T, U)(*Q[:2]),
    cirq.PhasedFSimGate(T, 0.3, 0.2, 0.1, U)(*Q[:2]),
    cirq.PhasedISwapPowGate(phase_exponent=T, exponent=U)(*Q[:2]),
    cirq.givens(T)(*Q[:2]),
    cirq.ms(T)(*Q[:2]),
    cirq.CCX(*Q[:3]) ** T,
    cirq.CCZ(*Q[:3]) ** T,
    cirq.ry(T)(Q[1]).controlled_by(Q[0]),
    cirq.ry(T)(Q[1]).controlled_by(Q[0], control_values=[0]),
    *(cirq.ControlledGate(gate**T)(*Q[:2]) for gate in (cirq.X, cirq.Y, cirq.Z, cirq.H)),
    cirq.ControlledGate(cirq.rx(T), num_controls=2, control_values=[1, 0])(*Q[:3]),
    cirq.ControlledGate(cirq.CCX**T)(*Q[:4]),
    cirq.ControlledGate(cirq.ISWAP**T)(*Q[:3]),
    cirq.PauliStringPhasor(cirq.X(Q[0]) * cirq.Y(Q[1]) * cirq.Z(Q[2]), exponent_neg=T),
    cirq.ParallelGate(cirq.X**T, 3)(*Q[:3]),
    cirq.CircuitOperation(
        cirq.FrozenCircuit(cirq.X(Q[0]) ** T, cirq.CNOT(*Q[:2])),
        repetitions=3,
        use_repetition_ids=False,
    ),
]
FIXED = [
    *(cirq.MatrixGate(matrix).on(*Q[: n + 1]) for n, matrix in enumerate(RANDOM)),
    *(gate(*Q[:2]) for gate in (cirq.ISWAP, cirq.SQRT_ISWAP, cirq.SQRT_ISWAP_INV, cirq.SWAP)),
    *(gate(*Q[:3]) for gate in (cirq.CCX, cirq.CCZ, cirq.CSWAP)),
    *((gate**-1)(Q[0]) for gate in (cirq.S, cirq.T)),
    cirq.PhasedFSimGate(0.3, 0.2, 0.1, 0.5, 0.7)(*Q[:2]),
    cirq.QubitPermutationGate([2, 0, 1])(*Q[:3]),
    cirq.qft(*Q[:3]),
    cirq.DiagonalGate([0.1, 0.2, 0.3, 0.4])(*Q[:2]),
    cirq.ThreeQubitDiagonalGate([0.1 * i for i in range(8)])(*Q[:3]),
    cirq.X(Q[3]).controlled_by(*Q[:3]),
    cirq.SingleQubitCliffordGate.X_sqrt(Q[0]),
    cirq.Y(Q[0]),
    cirq.I(Q[0]),
]


def find_angle(angle: Any, point: dict[str, float]) -> float | None:
    return None if angle is None else float(angle.subs(point))


@pytest.mark.parametrize("op", [*SYMBOLIC, *FIXED], ids=lambda op: " ".join(str(op).split())[:40])
def test_the_parts_are_the_gate_up_to_a_phase(op: cirq.Operation) -> None:
    point = {"t": 0.7312, "u": -1.2345}
    parts = [(gate, on, find_angle(angle, point)) for gate, on, angle in expand(op)]
    assert {gate for gate, _, _ in parts} <= GATES.keys()
    wanted = cirq.unitary(cirq.resolve_parameters(op, point))
    made = multiply(parts, len(op.qubits))
    assert abs(np.vdot(made, wanted)) / len(wanted) == pytest.approx(1, abs=1e-9)


def test_what_is_a_gate_of_the_table_stays_one() -> None:
    named = {"CNOT": "cnot", "CZ": "cz", "SWAP": "swap", "H": "h", "X": "x", "T": "t", "S": "s"}
    for name, own in named.items():
        gate = getattr(cirq, name)
        assert [part[0] for part in expand(gate.on(*Q[: cirq.num_qubits(gate)]))] == [own]
    assert [*expand(cirq.rz(T)(Q[0]))] == [("rz", (0,), T)]
    assert [*expand(cirq.ry(T)(Q[1]).controlled_by(Q[0]))] == [("cry", (0, 1), T)]


class Opaque(cirq.Gate):
    """A gate that says nothing of itself."""

    def _num_qubits_(self) -> int:
        return 1


@pytest.mark.parametrize(
    ("op", "message"),
    [
        (Opaque()(Q[0]), "has no matrix"),
        (cirq.measure(Q[0]), "measures inside"),
        (cirq.reset(Q[0]), "is a channel"),
        (cirq.depolarize(0.1)(Q[0]), "is a channel"),
        (cirq.X(Q[0]).with_classical_controls("a"), "controlled by a measured bit"),
        (cirq.MatrixGate(np.array([[1, 2], [3, 4]]), unitary_check=False)(Q[0]), "not unitary"),
        (cirq.MatrixGate(np.full((8, 8), np.nan), unitary_check=False)(*Q[:3]), "holds NaN"),
        (cirq.MatrixGate(np.full((2, 2), "a"), unitary_check=False)(Q[0]), "no number"),
        (cirq.IdentityGate(1, (3,))(cirq.LineQid(0, 3)), "qudit"),
    ],
)
def test_what_is_no_gate_is_said_so(op: cirq.Operation, message: str) -> None:
    with pytest.raises(GateError, match=message):
        list(expand(op))
