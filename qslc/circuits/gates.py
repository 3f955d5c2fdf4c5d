"""Write any operation of Cirq in the gates of the table, up to a global phase.

Gates with an angle or an exponent stay symbolic. What is known by its matrix alone is taken apart
by Cirq: one qubit into three rotations, two into six around XX, YY and ZZ (the KAK form), more into
uniformly controlled rotations.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import cirq
import numpy as np
import sympy

from qslc.circuits.rules import GateError, Part, expand_phased_xz, find_rule, turn
from qslc.diagnostics import CompilerFaultError
from qslc.ir.gates import compute_unitary
from qslc.ir.matrices import apply_matrix, list_entries

MOST_QUBITS = 6
"""Qubits of a gate that is known by its matrix alone: 7 would be some 16,000 gates."""
_CHECKED = 4
"""Qubits of a gate up to which its parts are multiplied and compared with its matrix."""
_DEEPEST = 40
_MOST_REPETITIONS = 10_000
_ROUNDING = 1e-9
_WIDTH = 60
_UNITARY = 1e-6


def expand(op: cirq.Operation, depth: int = 0) -> Iterator[Part]:
    """Yield the gates of the table whose product an operation is.

    Raises:
        GateError: It has no matrix, or one that is not unitary; it depends on its symbols in a way
            that has no decomposition; or it is controlled by a measured bit.
    """
    op = op.untagged
    _check_kind(op)
    if isinstance(op, cirq.CircuitOperation):
        yield from _expand_all(op, list_operations(op), depth)
        return
    if isinstance(op.gate, cirq.MatrixGate):
        _compute_matrix(op)
    rule = find_rule(op)
    if rule is not None:
        yield from rule
        return
    if not cirq.is_parameterized(op) and len(op.qubits) <= 2:
        yield from _expand_matrix(op, _compute_matrix(op))
        return
    parts = cirq.decompose_once(op, default=None)
    if parts is not None and depth < _DEEPEST:
        yield from _expand_all(op, parts, depth)
        return
    if cirq.is_parameterized(op):
        raise GateError(
            f"{name_operation(op)} has no decomposition while its symbols have no values",
            "write it in gates of Cirq with an exponent, or give it numbers",
        )
    matrix = _compute_matrix(op)
    if len(op.qubits) > MOST_QUBITS:
        raise GateError(
            f"{name_operation(op)} is a matrix on {len(op.qubits)} qubits; at most "
            f"{MOST_QUBITS} are taken apart",
            "write it in smaller gates",
        )
    parts = cirq.quantum_shannon_decomposition([*op.qubits], matrix)
    yield from _expand_all(op, parts, depth)


def list_operations(op: cirq.CircuitOperation) -> list[cirq.Operation]:
    """Return the operations of a subcircuit, its repetitions one after the other.

    Raises:
        GateError: It is repeated until something was measured, or too often.
    """
    if op.repeat_until is not None:
        raise GateError(f"{name_operation(op)} is repeated until something was measured")
    if not isinstance(op.repetitions, int) or abs(op.repetitions) > _MOST_REPETITIONS:
        raise GateError(f"{name_operation(op)} is repeated more than {_MOST_REPETITIONS} times")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Cirq, about names of repetitions
        return [*op.mapped_circuit(deep=False).all_operations()]


def check(op: cirq.Operation, parts: tuple[Part, ...]) -> None:
    """Multiply the parts of an operation, and compare them with its matrix.

    Raises:
        CompilerFaultError: They differ by more than a global phase.
    """
    if len(op.qubits) > _CHECKED:
        return
    names = sorted(cirq.parameter_names(op))
    values = np.random.default_rng(len(names)).uniform(0.3, 2.8, len(names))
    point = dict(zip(map(sympy.Symbol, names), values.tolist(), strict=True))
    wanted = cirq.unitary(cirq.resolve_parameters(op, point), default=None)
    if wanted is None:
        return
    count = len(op.qubits)
    state: Any = np.eye(1 << count).reshape((2,) * count + (1 << count,))
    for gate, qubits, angle in parts:
        radians = None if angle is None else float(angle.xreplace(point))
        state = apply_matrix(list_entries(compute_unitary(gate, radians)), qubits, state)
    made = state.reshape(1 << count, 1 << count)
    if abs(abs(np.vdot(made, wanted)) / len(made) - 1) > _UNITARY:
        raise CompilerFaultError(f"the parts of {name_operation(op)} are another gate")


def _check_kind(op: cirq.Operation) -> None:
    """Refuse what is no gate."""
    if cirq.control_keys(op) or op.classical_controls:
        raise GateError(
            f"{name_operation(op)} is controlled by a measured bit",
            "a layer's circuit has gates alone: use a gate that is controlled by a qubit",
        )
    if cirq.is_measurement(op):
        raise GateError(
            f"{name_operation(op)} measures inside the circuit",
            "leave it out: what is measured at the end are the observables",
        )
    if not all(dimension == 2 for dimension in cirq.qid_shape(op)):
        raise GateError(f"{name_operation(op)} acts on a qudit", "use qubits")
    if cirq.is_parameterized(op) or cirq.has_unitary(op):
        return
    if isinstance(op, cirq.CircuitOperation):
        return  # its operations say more
    if cirq.has_kraus(op) or cirq.has_mixture(op):
        raise GateError(
            f"{name_operation(op)} is a channel, which has no matrix",
            "leave it out, and write errors under noise",
        )
    if isinstance(getattr(op.gate, "_matrix", None), np.ndarray):
        return  # its numbers say more
    raise GateError(
        f"{name_operation(op)} has no matrix", "give it a decomposition or a unitary matrix"
    )


def _expand_all(op: cirq.Operation, parts: Any, depth: int) -> Iterator[Part]:
    """Yield the gates of the operations that make an operation, on its qubits."""
    places = {qubit: place for place, qubit in enumerate(op.qubits)}
    for part in parts:
        if not {*part.qubits} <= places.keys():
            raise GateError(f"{name_operation(op)} needs more qubits than its own")
        own = [places[qubit] for qubit in part.qubits]
        for gate, qubits, angle in expand(part, depth + 1):
            yield gate, tuple(own[place] for place in qubits), angle


def _compute_matrix(op: cirq.Operation) -> Any:
    """Return the matrix of an operation.

    Raises:
        GateError: It is not made of numbers, or it is not unitary.
    """
    matrix = cirq.unitary(op, default=None)
    if matrix is None:
        matrix = getattr(op.gate, "_matrix", None)
    try:
        matrix = np.asarray(matrix, np.complex128)
    except (TypeError, ValueError):
        raise GateError(f"the matrix of {name_operation(op)} holds what is no number") from None
    if matrix.shape != (1 << len(op.qubits),) * 2:
        raise GateError(f"{name_operation(op)} has no matrix")
    if not np.isfinite(matrix).all():
        raise GateError(f"the matrix of {name_operation(op)} holds NaN or infinity")
    if abs(matrix @ matrix.conj().T - np.eye(len(matrix))).max() > _UNITARY:
        raise GateError(f"the matrix of {name_operation(op)} is not unitary")
    return matrix


def _expand_matrix(op: cirq.Operation, matrix: Any) -> Iterator[Part]:
    """Yield rotations for a matrix on one or two qubits."""
    if not op.qubits:
        return
    if len(op.qubits) == 1:
        turned = cirq.single_qubit_matrix_to_phxz(matrix, atol=_ROUNDING)
        yield from () if turned is None else expand_phased_xz(turned)
        return
    form = cirq.kak_decomposition(matrix)
    for place, before in enumerate(form.single_qubit_operations_before):
        yield from _expand_one(before, place)
    for letters, amount in zip(("XX", "YY", "ZZ"), form.interaction_coefficients, strict=True):
        yield from turn(letters, -2 * amount / np.pi, 0, 1)
    for place, after in enumerate(form.single_qubit_operations_after):
        yield from _expand_one(after, place)


def _expand_one(matrix: Any, place: int) -> Iterator[Part]:
    turned = cirq.single_qubit_matrix_to_phxz(matrix, atol=_ROUNDING)
    for gate, _, angle in () if turned is None else expand_phased_xz(turned):
        yield gate, (place,), angle


def name_operation(op: cirq.Operation) -> str:
    """Return an operation as it is named in messages: short, in one line."""
    qubits = ", ".join(map(str, op.qubits[:4])) + ", ..." * (len(op.qubits) > 4)
    own = isinstance(op.untagged, cirq.GateOperation)
    name = "measure" if cirq.is_measurement(op) and own else _print(op.gate if own else op)
    short = name if len(name) <= _WIDTH else f"{name[: _WIDTH - 3]}..."
    return f'"{short}({qubits})"' if own else f'"{short}"'


def _print(gate: Any) -> str:
    """Return a gate as Cirq prints it, in one line, or its class where that says more."""
    if isinstance(gate, cirq.MatrixGate):
        return type(gate).__name__
    try:
        return " ".join(str(gate).split())
    except Exception:
        return type(gate).__name__
