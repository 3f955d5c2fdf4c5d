"""Programs as Qiskit circuits, whose weights and inputs are Qiskit parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from importlib import import_module
from operator import add, mul
from typing import Any

import numpy as np
import sympy

from qslc.diagnostics import Diagnostic, InputError
from qslc.export.measurement import KEY
from qslc.ir.decompositions import expand
from qslc.ir.gate import GENERIC_ANGLE, Gate
from qslc.ir.program import Operation, PauliString, Program
from qslc.ir.settings import Setting


def to_qiskit(program: Program, setting: Setting | None = None) -> Any:
    """Return a program as a ``qiskit.QuantumCircuit``, with the measurement of a setting, if any.

    Qubit i of the program is qubit i of the circuit. Gates that Qiskit's library has are those of
    the library, with the same matrix up to a global phase; others are defined by it.

    Raises:
        InputError: Qiskit is not installed.
        ValueError: For an angle that is not a sum, product or quotient of symbols.
    """
    qiskit = import_qiskit()
    parameter = import_module("qiskit.circuit").Parameter
    measured = len(setting.bases) if setting else 0
    bits = [qiskit.ClassicalRegister(measured, KEY)] if measured else []
    circuit = qiskit.QuantumCircuit(qiskit.QuantumRegister(program.qubits, "q"), *bits)
    symbols = {name: parameter(name) for name in (*program.weights, *program.inputs)}
    _append(circuit, program.operations, symbols)
    if setting is not None:
        _append(circuit, setting.rotations, symbols)
        circuit.measure([qubit for qubit, _ in setting.bases], range(measured))
    return circuit


def to_sparse_pauli_op(terms: Iterable[tuple[float, PauliString]], qubits: int) -> Any:
    """Return a sum of Pauli strings as a ``qiskit.quantum_info.SparsePauliOp`` on so many qubits.

    Raises:
        InputError: Qiskit is not installed.
    """
    import_qiskit()
    make = import_module("qiskit.quantum_info").SparsePauliOp.from_sparse_list
    return make(
        [
            ("".join(p for _, p in each.paulis), list(each.qubits), value * each.sign)
            for value, each in terms
        ],
        qubits,
    )


def import_qiskit() -> Any:
    """Import Qiskit.

    Raises:
        InputError: It is not installed.
    """
    try:
        return import_module("qiskit")
    except ImportError:
        message = "Qiskit is not installed, and a circuit in Qiskit needs it"
        raise InputError(Diagnostic(message, help='pip install "qiskit>=1"')) from None


def _append(circuit: Any, operations: Sequence[Operation], symbols: Mapping[str, Any]) -> None:
    known: dict[str, Any] = import_module("qiskit.circuit.library").get_standard_gate_name_mapping()
    for op in operations:
        kind = op.kind
        angles = [] if op.angle is None else [_convert_angle(op.angle, symbols)]
        found = known.get(kind.qasm or kind.name)
        if found is not None and _is_same(kind, found):
            circuit.append(type(found)(*angles), op.qubits)
        else:
            circuit.append(_define(kind, angles, op.angle, symbols), op.qubits)


def _is_same(kind: Gate, found: Any) -> bool:
    """Tell whether a gate of Qiskit has the matrix of ours, up to a global phase.

    In Qiskit the first qubit is the least significant bit of the index.
    """
    angles = [GENERIC_ANGLE] if kind.rotation else []
    if found.num_qubits != kind.arity or len(found.params) != len(angles):
        return False
    matrix = np.asarray(type(found)(*angles).to_matrix())
    if kind.arity == 2:
        matrix = matrix[[0, 2, 1, 3]][:, [0, 2, 1, 3]]
    overlap = np.vdot(matrix, kind.matrix(*angles))
    return bool(abs(abs(overlap) - len(matrix)) < 1e-9)


def _define(
    kind: Gate, angles: Sequence[Any], angle: sympy.Expr | None, symbols: Mapping[str, Any]
) -> Any:
    """Make a gate that Qiskit's library lacks."""
    inner = import_module("qiskit").QuantumCircuit(kind.arity)
    _append(inner, expand(kind.definition, tuple(range(kind.arity)), angle), symbols)
    gate = import_module("qiskit.circuit").Gate(kind.name, kind.arity, list(angles))
    gate.definition = inner
    return gate


def _convert_angle(angle: sympy.Expr, symbols: Mapping[str, Any]) -> Any:
    """Return an angle in radians as a number, or as an expression of Qiskit's parameters."""
    if not angle.free_symbols:
        return float(angle)
    if isinstance(angle, sympy.Symbol):
        return symbols[angle.name]
    if isinstance(angle, sympy.Add | sympy.Mul):
        parts = (_convert_angle(part, symbols) for part in angle.args)
        return reduce(add if isinstance(angle, sympy.Add) else mul, parts)
    base, exponent = angle.as_base_exp()
    if not isinstance(angle, sympy.Pow) or not exponent.is_Integer:
        raise ValueError(f"Qiskit has no expression for {angle}")
    power = reduce(mul, [_convert_angle(base, symbols)] * abs(int(exponent)))
    return power if exponent > 0 else 1 / power
