"""Rotations in Cirq circuits: their angles, as polynomials, and two-qubit rotations taken apart."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cirq
import numpy as np
import sympy

_ROTATIONS = {cirq.XPowGate: "rx", cirq.YPowGate: "ry", cirq.ZPowGate: "rz"}

_TO_Z = {
    cirq.XXPowGate: (cirq.H, cirq.H),
    cirq.YYPowGate: (cirq.rx(math.pi / 2), cirq.rx(-math.pi / 2)),
    cirq.ZZPowGate: (cirq.I, cirq.I),
}
"""For each two-qubit rotation, the gate that turns its axis to Z, and the inverse."""


def find_rotation(gate: Any) -> str | None:
    """Return "rx", "ry" or "rz" if that function of Cirq made the gate, otherwise None."""
    name = next((name for kind, name in _ROTATIONS.items() if isinstance(gate, kind)), None)
    return name if name and gate.global_shift == -0.5 else None


def read_radians(gate: Any) -> Any:
    """Return the angle t of a gate exp(-i t P / 2)."""
    return gate.exponent * (sympy.pi if cirq.is_parameterized(gate) else math.pi)


def name_angles(
    circuit: cirq.Circuit, *, entangling: bool = False
) -> tuple[cirq.Circuit, tuple[str, ...], list[sympy.Expr]]:
    """Give each symbolic rotation a symbol of its own; the moments stay as they are.

    Args:
        circuit: A circuit.
        entangling: Whether controlled and two-qubit rotations may be symbolic too.

    Returns:
        The circuit, the new symbols, and the angle in radians that each stands for.

    Raises:
        ValueError: A symbolic gate is no such rotation.
    """
    expressions: list[sympy.Expr] = []

    def rename(op: cirq.Operation) -> cirq.Operation:
        if not cirq.is_parameterized(op):
            return op
        symbol = sympy.Symbol(f"angle_{len(expressions)}")
        angle, gate = _replace_angle(op, symbol, entangling)
        expressions.append(angle)
        return gate.on(*op.qubits)

    renamed = cirq.Circuit(cirq.Moment(map(rename, moment)) for moment in circuit)
    return renamed, tuple(f"angle_{i}" for i in range(len(expressions))), expressions


def _replace_angle(
    op: cirq.Operation, symbol: sympy.Symbol, entangling: bool
) -> tuple[sympy.Expr, cirq.Gate]:
    """Return the angle of a rotation, and the rotation by another angle."""
    gate: Any = op.gate
    inner = gate.sub_gate if entangling and isinstance(gate, cirq.ControlledGate) else gate
    rotation = find_rotation(inner)
    if rotation is not None:
        turned = getattr(cirq, rotation)(symbol)
        return read_radians(inner), turned if inner is gate else cirq.ControlledGate(turned)
    if entangling and type(gate) in _TO_Z:
        exponent = symbol / sympy.pi
        return read_radians(gate), type(gate)(exponent=exponent, global_shift=gate.global_shift)
    raise ValueError(f"{op} is symbolic, but not a rotation of one qubit")


def decompose(circuit: cirq.Circuit, qubits: int) -> cirq.Circuit:
    """Take controlled and two-qubit rotations apart, so that only rotations of one qubit turn.

    TensorFlow Quantum differentiates no controlled rotation, and the derivative of a gate is the
    same gate with its angle shifted only where the gate is exp(-i t P / 2).

    Returns:
        The circuit on ``cirq.LineQubit`` 0 to n-1, with an identity on each in front, so that each
        of them occurs.
    """
    gates = (gate for op in circuit.all_operations() for gate in _decompose_gate(op))
    return cirq.Circuit(map(cirq.I, cirq.LineQubit.range(qubits)), gates)


def _decompose_gate(op: cirq.Operation) -> Iterator[cirq.Operation]:
    if isinstance(op.gate, cirq.ControlledGate):
        yield from _decompose_controlled(op.gate.sub_gate, op.qubits)
    elif type(op.gate) in _TO_Z:
        yield from _decompose_pair(op.gate, op.qubits)
    elif isinstance(op.gate, cirq.MatrixGate):
        yield from _decompose_matrix(op)
    else:
        yield op


def _decompose_matrix(op: cirq.Operation) -> Iterator[cirq.Operation]:
    """Yield CZ and one-qubit gates for a gate that is known by its matrix alone."""
    if len(op.qubits) == 1:
        yield from (
            gate.on(*op.qubits) for gate in cirq.single_qubit_matrix_to_gates(cirq.unitary(op))
        )
        return
    parts = cirq.two_qubit_matrix_to_cz_operations(
        *op.qubits, cirq.unitary(op), allow_partial_czs=False
    )
    for part in parts:
        in_one = isinstance(part.gate, cirq.PhasedXZGate)
        yield from cirq.decompose_once(part) if in_one else (part,)


def _decompose_controlled(gate: Any, qubits: tuple[cirq.Qid, ...]) -> Iterator[cirq.Operation]:
    """Yield R(t/2) and R(-t/2) between flips that anticommute with the axis of R."""
    rotation, half = find_rotation(gate), read_radians(gate) / 2
    if rotation is None:
        raise ValueError(f"the controlled gate {gate} is no rotation of one qubit")
    rotate, flip = getattr(cirq, rotation), cirq.CZ if rotation == "rx" else cirq.CNOT
    yield rotate(half).on(qubits[1])
    yield flip.on(*qubits)
    yield rotate(-half).on(qubits[1])
    yield flip.on(*qubits)


def _decompose_pair(gate: Any, qubits: tuple[cirq.Qid, ...]) -> Iterator[cirq.Operation]:
    """Yield exp(-i t ZZ / 2) between changes of basis."""
    there, back = _TO_Z[type(gate)]
    yield from map(there, qubits)
    yield cirq.CNOT.on(*qubits)
    yield cirq.rz(read_radians(gate)).on(qubits[1])
    yield cirq.CNOT.on(*qubits)
    yield from map(back, qubits)


@dataclass(frozen=True, slots=True)
class Polynomials:
    """Angles as polynomials in V variables, with T monomials, evaluated all at once.

    Simulators resolve a gate's symbol by look-up, and TensorFlow Quantum accepts nothing but a
    multiple of a symbol. So every rotation gets a symbol of its own (``name_angles``), and its
    value in terms of the weights and the inputs is a matrix product over monomials.

    Args:
        factors: The factors of each monomial, as indices into the variables followed by the
            constant 1 (index V): (T, degree) int32.
        coefficients: The coefficient of each monomial in each angle: (T, angles) float64.
    """

    factors: np.ndarray
    coefficients: np.ndarray

    def __call__(self, variables: np.ndarray) -> np.ndarray:
        """Return the angles in radians: (rows, V) to (rows, angles), in float64."""
        extended = np.concatenate([variables, np.ones((len(variables), 1))], axis=1)
        return extended[:, self.factors].prod(axis=-1) @ self.coefficients

    def pull_back(self, variables: np.ndarray, slopes: np.ndarray) -> np.ndarray:
        """Return derivatives by the variables, by the chain rule: (rows, V).

        Args:
            variables: (rows, V)
            slopes: Derivatives by the angles: (rows, angles).
        """
        extended = np.concatenate([variables, np.ones((len(variables), 1))], axis=1)
        by_monomial = slopes @ self.coefficients.T
        result = np.zeros_like(extended)
        for position in range(self.factors.shape[1]):
            others = np.delete(self.factors, position, axis=1)
            by_factor = by_monomial * extended[:, others].prod(axis=-1)
            np.add.at(result, (slice(None), self.factors[:, position]), by_factor)
        return result[:, :-1]


def make_polynomials(expressions: Sequence[sympy.Expr], variables: Sequence[str]) -> Polynomials:
    """Return the polynomials of symbolic expressions.

    Raises:
        ValueError: An expression names something that is no variable, or is not a polynomial.
    """
    index = {name: i for i, name in enumerate(variables)}
    terms = [_find_terms(expression, index) for expression in expressions]
    monomials = {monomial: row for row, monomial in enumerate(sorted(set().union(*terms)))}
    degree = max(map(len, monomials), default=1) or 1
    factors = np.full((len(monomials), degree), len(index), np.int32)
    coefficients = np.zeros((len(monomials), len(terms)))
    for monomial, row in monomials.items():
        factors[row, : len(monomial)] = monomial
    for column, term in enumerate(terms):
        coefficients[[monomials[m] for m in term], column] = list(term.values())
    return Polynomials(factors, coefficients)


def _find_terms(expression: sympy.Expr, index: dict[str, int]) -> dict[tuple[int, ...], float]:
    """Return coefficients by monomial, which lists each variable as often as its power."""
    symbols = sorted(expression.free_symbols, key=str)
    unknown = next((s.name for s in symbols if s.name not in index), None)
    if unknown is not None:
        raise ValueError(f"the angle {expression} holds {unknown}, which is no weight and no input")
    polynomial = expression.as_poly(*symbols)
    if polynomial is None:
        raise ValueError(f"the angle {expression} is not a polynomial")
    columns = [index[s.name] for s in symbols]
    return {
        tuple(sorted(c for c, power in zip(columns, powers, strict=True) for _ in range(power))): (
            float(coefficient)
        )
        for powers, coefficient in polynomial.terms()
    }
