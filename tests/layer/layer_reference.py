"""The expectations of a program by ``cirq.Simulator`` in complex128, gate by gate."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cirq
import numpy as np
from numpy.typing import NDArray

from qslc.ir.program import Operation, PauliString, Program
from tests.export.emit_matrices import FIXED

Array = NDArray[np.float64]

_FIXED = {
    "h": cirq.H,
    "x": cirq.X,
    "z": cirq.Z,
    "s": cirq.S,
    "t": cirq.T,
    "cnot": cirq.CNOT,
    "cz": cirq.CZ,
    "swap": cirq.SWAP,
    "sqrt_iswap": cirq.SQRT_ISWAP,
    "ecr": cirq.MatrixGate(FIXED["ecr"]),
}
_AXIS = {"x": cirq.X, "y": cirq.Y, "z": cirq.Z}


def _rotation(name: str, angle: float) -> cirq.Gate:
    """exp(-i t P / 2) from its definition, controlled or not."""
    matrix = np.eye(1)
    for axis in name[1:] if name[0] == "r" else name[2:]:
        matrix = np.kron(matrix, cirq.unitary(_AXIS[axis]))
    gate = np.cos(angle / 2) * np.eye(len(matrix)) - 1j * np.sin(angle / 2) * matrix
    return cirq.MatrixGate(cirq.block_diag(np.eye(2), gate) if name[0] == "c" else gate)


def _gate(op: Operation, values: Mapping[str, float]) -> cirq.Gate:
    if op.angle is None:
        return _FIXED[op.gate]
    return _rotation(op.gate, float(op.angle.subs(values)))


def encoded(program: Program, x: Array, bias: bool) -> NDArray[np.complex128]:
    """The state in which a token starts."""
    state = np.zeros(2**program.qubits, complex)
    if program.start == "zero":
        state[0] = 1
        return state
    vector = np.append(x, 1.0) if bias else x
    state[: len(vector)] = vector
    norm = np.linalg.norm(state)
    return state / norm if norm else state


def _pauli(observable: PauliString, qubits: int) -> NDArray[np.complex128]:
    letters = dict(observable.paulis)
    matrix = np.eye(1)
    for qubit in range(qubits):
        letter = letters.get(qubit)
        matrix = np.kron(matrix, cirq.unitary(_AXIS[letter.lower()]) if letter else np.eye(2))
    return observable.sign * matrix


def expectations(program: Program, x: Array, theta: Array, bias: bool = False) -> Array:
    """(features,) and (P,) to (M,), in float64."""
    inputs = {f"x{i}": float(value) for i, value in enumerate(x)} if program.inputs else {}
    values = dict(zip(program.weights, map(float, theta), strict=True)) | inputs
    qubits = cirq.LineQubit.range(program.qubits)
    circuit = cirq.Circuit(
        _gate(op, values).on(*(qubits[q] for q in op.qubits)) for op in program.operations
    )
    start = encoded(program, x, bias)
    if not start.any():
        return np.zeros(len(program.observables))
    final = (
        cirq.Simulator(dtype=np.complex128)
        .simulate(circuit, qubit_order=qubits, initial_state=start)
        .final_state_vector
    )
    matrices = (_pauli(observable, program.qubits) for observable in program.observables)
    return np.array([(final.conj() @ matrix @ final).real for matrix in matrices])


def slope(function: Callable[[Array], float], at: Array, step: float = 1e-5) -> Array:
    """Central differences."""
    shifts = step * np.eye(len(at))
    return np.array([(function(at + d) - function(at - d)) / (2 * step) for d in shifts])
