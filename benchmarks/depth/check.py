"""Check that a compiled circuit runs on its device and measures what the logical one does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.depth.counter import find_uncoupled
from benchmarks.depth.exchange import Compiled, PauliString, Task
from benchmarks.depth.matrices import make_matrix
from benchmarks.depth.qasm import Gate, read_gates

MAX_CHECKED = 10
"""Logical qubits up to which expectations are compared."""
MAX_SIMULATED = 16
"""Device qubits that a compiled circuit may touch to be simulated."""
TOLERANCE = 1e-6

State = NDArray[np.complex128]


def find_fault(task: Task, compiled: Compiled) -> str | None:
    """Return what is wrong with a compiled circuit, or None."""
    circuit = read_gates(compiled.qasm, compiled.angles)
    stray = find_uncoupled(circuit, task.edges)
    if stray:
        return f"gates between qubits that are not coupled: {sorted(stray)[:3]}"
    if task.qubits > MAX_CHECKED:
        return None
    acted = {qubit for gate in circuit for qubit in gate.qubits}
    read = {qubit for _, paulis in compiled.observables for qubit, _ in paulis}
    used = sorted({*compiled.start, *acted, *read})
    if len(used) > MAX_SIMULATED:
        return f"{len(used)} qubits are too many to check"
    deviation = np.max(
        np.abs(_simulate_task(task) - _simulate_compiled(task, compiled, circuit, used))
    )
    return f"expectations deviate by {deviation:.1e}" if deviation > TOLERANCE else None


def _simulate_task(task: Task) -> NDArray[np.float64]:
    return compute_expectations(
        simulate(read_gates(task.qasm), _make_start(task)), task.observables
    )


def _simulate_compiled(
    task: Task, compiled: Compiled, circuit: Iterable[Gate], used: Sequence[int]
) -> NDArray[np.float64]:
    place = {qubit: i for i, qubit in enumerate(used)}
    moved = (Gate(gate.name, tuple(place[q] for q in gate.qubits), gate.angles) for gate in circuit)
    strings = (
        (sign, tuple((place[qubit], letter) for qubit, letter in paulis))
        for sign, paulis in compiled.observables
    )
    state = _embed(_make_start(task), [place[qubit] for qubit in compiled.start], len(used))
    return compute_expectations(simulate(moved, state), strings)


def _embed(state: State, places: Sequence[int], size: int) -> State:
    """Return the state with qubit i on ``places[i]`` of ``size`` qubits, the others in |0>."""
    padded = np.zeros([2] * size, dtype=complex)
    spare = size - len(places)
    padded[(...,) + (0,) * spare] = state
    others = [i for i in range(size) if i not in places]
    return np.moveaxis(padded, range(size), [*places, *others])


def _make_start(task: Task) -> State:
    """Return |0...0>, or a random state where the circuit must work for any; axis i is qubit i."""
    shape = [2] * task.qubits
    state = np.zeros(shape, dtype=complex)
    state[(0,) * task.qubits] = 1
    if task.start == "any":
        rng = np.random.default_rng(task.qubits)
        state = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    return state / np.linalg.norm(state)


def simulate(circuit: Iterable[Gate], state: State) -> State:
    """Return the state after a circuit; axis i of the state is qubit i."""
    for gate in circuit:
        arity = len(gate.qubits)
        tensor = make_matrix(gate.name, gate.angles).reshape([2] * (2 * arity))
        state = np.tensordot(tensor, state, axes=(range(arity, 2 * arity), gate.qubits))
        state = np.moveaxis(state, range(arity), gate.qubits)
    return state


def compute_expectations(state: State, strings: Iterable[PauliString]) -> NDArray[np.float64]:
    return np.array([_compute_expectation(state, *string) for string in strings])


def _compute_expectation(state: State, sign: int, paulis: Iterable[tuple[int, str]]) -> float:
    acted = simulate((Gate(letter.lower(), (qubit,), ()) for qubit, letter in paulis), state)
    return sign * float(np.real(np.vdot(state, acted)))
