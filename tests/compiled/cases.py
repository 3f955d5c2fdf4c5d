"""Small compiles of each kind of encoder, and their exact expectations by Cirq."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import cirq
import numpy as np

import qslc

TEXT = """\
qslc: 1
name: small
qubits: 3
encoder: {{kind: {encoder}}}
ansatz: {{depth: 2, rotations: [ry, rz], entangler: {{gate: cnot, pattern: linear}}}}
measure: [z, X0, "X1*Y2"]
device: {{grid: [2, 3]}}
"""
ENCODERS = {
    "angle": "angle",
    "given": "amplitude, features: 8",
    "prepared": "amplitude, features: 8, preparation: multiplexed",
    "variational": "amplitude, features: 8, preparation: {method: variational, depth: 1}",
}


@cache
def compile_case(name: str) -> qslc.Compiled:
    return qslc.compile(TEXT.format(encoder=ENCODERS[name]))


def draw_values(compiled: qslc.Compiled) -> dict[str, float]:
    """An angle for each symbol of the circuits as written and as compiled."""
    names = cirq.parameter_names(compiled.circuit) | cirq.parameter_names(compiled.device_circuit)
    drawn = np.random.default_rng(5).uniform(-np.pi, np.pi, len(names))
    return dict(zip(sorted(names), drawn.tolist(), strict=True))


def measure_written(compiled: qslc.Compiled, values: Mapping[str, float], state: object = 0):
    """Expectations of the circuit as written from a state of its qubits."""
    qubits = cirq.LineQubit.range(compiled.report.logical.qubits)
    strings = [
        cirq.PauliString({qubits[int(factor[1:])]: factor[0] for factor in each.logical.split("*")})
        for each in compiled.report.observables
    ]
    return _measure(compiled.circuit, strings, values, qubits, state)


def measure_compiled(compiled: qslc.Compiled, values: Mapping[str, float], state: object = 0):
    """Expectations on the device, the layout's start leading in the order of a state's bits."""
    start = compiled.layout.start
    others = sorted({*compiled.device_circuit.all_qubits()} - {*start})
    order = [*start, *others]
    if others and not isinstance(state, int):
        rest = np.zeros(1 << len(others))
        rest[0] = 1
        state = np.kron(state, rest)
    return _measure(compiled.device_circuit, compiled.observables, values, order, state)


def _measure(circuit, strings, values, order, state):
    simulator = cirq.Simulator(dtype=np.complex128)
    found = simulator.simulate_expectation_values(
        circuit, strings, cirq.ParamResolver(dict(values)), qubit_order=order, initial_state=state
    )
    return np.real(found)
