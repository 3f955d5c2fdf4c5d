"""Check that a compiled circuit runs on its device and measures what the logical one does."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import cirq
import numpy as np
from numpy.typing import NDArray

from benchmarks.depth.exchange import Compiled, PauliString, Task
from benchmarks.depth.qasm import Gate, find_uncoupled, read_gates

MAX_CHECKED = 10
"""Logical qubits up to which expectations are compared."""
MAX_SIMULATED = 16
"""Device qubits that a compiled circuit may touch to be simulated."""
TOLERANCE = 1e-6

State = NDArray[np.complex128]

_FIXED: dict[str, cirq.Gate] = {
    "id": cirq.I,
    "x": cirq.X,
    "y": cirq.Y,
    "z": cirq.Z,
    "h": cirq.H,
    "s": cirq.S,
    "sdg": cirq.S**-1,
    "t": cirq.T,
    "tdg": cirq.T**-1,
    "sx": cirq.X**0.5,
    "sxdg": cirq.X**-0.5,
    "cx": cirq.CNOT,
    "cz": cirq.CZ,
    "swap": cirq.SWAP,
}


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
    logical = simulate(read_gates(task.qasm), _make_start(task))
    expected = compute_expectations(logical, task.observables)
    deviation = np.max(np.abs(expected - _simulate_compiled(task, compiled, circuit, used)))
    return f"expectations deviate by {deviation:.1e}" if deviation > TOLERANCE else None


def _simulate_compiled(
    task: Task, compiled: Compiled, circuit: Iterable[Gate], used: Sequence[int]
) -> NDArray[np.float64]:
    """Return the expectations of a compiled circuit, which acts on the ``used`` qubits alone."""
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
    """Return the state after a circuit, up to a global phase; axis i of the state is qubit i."""
    qubits = cirq.LineQubit.range(state.ndim)
    operations = (operation for gate in circuit for operation in make_operations(gate))
    return (
        cirq.Circuit(operations)
        .final_state_vector(initial_state=state, qubit_order=qubits, dtype=np.complex128)
        .reshape(state.shape)
    )


def make_operations(gate: Gate) -> Iterator[cirq.Operation]:
    """Yield a gate by its name in ``qelib1.inc`` or ``stdgates.inc``, up to a global phase.

    Raises:
        ValueError: The gate is unknown.
    """
    match gate.name, gate.angles:
        case (("u" | "u3"), (theta, phi, lam)):
            gates = [cirq.rz(lam), cirq.ry(theta), cirq.rz(phi)]
        case "u2", (phi, lam):
            gates = [cirq.rz(lam), cirq.ry(math.pi / 2), cirq.rz(phi)]
        case (("rz" | "p" | "u1"), (angle,)):
            gates = [cirq.rz(angle)]
        case "ry", (angle,):
            gates = [cirq.ry(angle)]
        case "rx", (angle,):
            gates = [cirq.rx(angle)]
        case name, () if name in _FIXED:
            gates = [_FIXED[name]]
        case name, angles:
            raise ValueError(f"no gate is called {name} with {len(angles)} angles")
    return (each(*map(cirq.LineQubit, gate.qubits)) for each in gates)


def compute_expectations(state: State, strings: Iterable[PauliString]) -> NDArray[np.float64]:
    """Return the expectation of each Pauli string."""
    places = {qubit: qubit.x for qubit in cirq.LineQubit.range(state.ndim)}
    flat = state.reshape(-1)
    return np.array(
        [
            cirq.PauliString({cirq.LineQubit(qubit): letter for qubit, letter in paulis}, sign)
            .expectation_from_state_vector(flat, places)
            .real
            for sign, paulis in strings
        ]
    )
