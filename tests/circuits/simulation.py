"""Expectations of a spec and of the circuit of Cirq that it came from, by independent code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cirq
import numpy as np
import sympy
from numpy.typing import NDArray

from qslc.lower.logical import lower_to_logical
from qslc.spec.model import Spec
from qslc.spec.observables import expand_outputs
from qslc.verify.state_vector import compute_expectations


def compute_of_spec(
    spec: Spec, inputs: Sequence[float], weights: Mapping[str, float]
) -> NDArray[np.float64]:
    """Return the outputs of a spec, (M,), for its inputs in order and its weights by name."""
    program = lower_to_logical(spec)
    assert set(program.weights) == set(weights)
    values = {sympy.Symbol(f"x{i}"): sympy.Float(value) for i, value in enumerate(inputs)}
    values |= {sympy.Symbol(name): sympy.Float(value) for name, value in weights.items()}
    state = np.zeros((2,) * spec.qubits)
    state[(0,) * spec.qubits] = 1
    strings = [string.paulis for string in program.observables]
    measured = compute_expectations(program, values, state)
    return np.array(
        [
            sum(value * (measured[strings.index(terms)] if terms else 1) for value, terms in output)
            for output in expand_outputs(spec.measure, spec.qubits)
        ]
    )


def compute_of_cirq(
    circuit: cirq.Circuit,
    observables: Sequence[Any],
    values: Mapping[str, float],
    qubits: Sequence[cirq.Qid] | None = None,
) -> NDArray[np.float64]:
    """Return the expectations of observables, (M,), by Cirq's simulator."""
    order = sorted(circuit.all_qubits()) if qubits is None else qubits
    unitary = cirq.Circuit(op for op in circuit.all_operations() if not cirq.is_measurement(op))
    resolved = cirq.resolve_parameters(unitary, dict(values))
    state = resolved.final_state_vector(qubit_order=order, dtype=np.complex128)
    places = {qubit: i for i, qubit in enumerate(order)}
    sums = (cirq.PauliSum.wrap(observable) for observable in observables)
    return np.array([s.expectation_from_state_vector(state, places).real for s in sums])


def multiply(parts: Sequence[Any], qubits: int) -> NDArray[np.complex128]:
    """Return the matrix of gates of the table at no angle but numbers, by Kronecker products."""
    from qslc.ir.gates import compute_unitary

    whole = np.eye(1 << qubits, dtype=np.complex128)
    for gate, places, angle in parts:
        radians = None if angle is None else float(angle)
        gate_matrix = compute_unitary(gate, radians).reshape((2,) * (2 * len(places)))
        state = whole.reshape((2,) * qubits + (-1,))
        axes = range(len(places), 2 * len(places))
        turned = np.tensordot(gate_matrix, state, (tuple(axes), places))
        whole = np.moveaxis(turned, range(len(places)), places).reshape(1 << qubits, -1)
    return whole
