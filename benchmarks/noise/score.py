"""The error of compiled circuits under the calibrated noise of their device.

Every circuit is brought to the same form first, whoever compiled it: CZ, and one one-qubit gate
where several meet, as a chip runs them; rotations about Z alone are free. Moments are as few as
they can be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import cirq
import numpy as np
from numpy.typing import NDArray

from benchmarks.depth.check import (
    _FIXED,
    _embed,
    compute_expectations,
    simulate,
)
from benchmarks.depth.exchange import Compiled
from benchmarks.depth.qasm import Gate, read_gates
from benchmarks.noise.exchange import NoisyTask
from qslc.feasibility.circuit import NoisyCircuit, Step, add_errors
from qslc.feasibility.simulation import compute_noisy
from qslc.feasibility.transfer import compute_transfer, make_transfer
from qslc.ir.program import PauliString
from qslc.targets.device import Device
from qslc.targets.noise import NoiseModel, Place

Array = NDArray[np.float64]
Matrix = NDArray[np.complex128]
Placed = tuple[tuple[int, ...], Matrix]
"""A matrix on its qubits."""
VECTORS = 8
"""Encoded vectors for each draw of angles."""
CZ = np.diag([1, 1, 1, -1]).astype(complex)
_HADAMARD = np.asarray(cirq.unitary(cirq.H))
_TURNS = {"X": _HADAMARD, "Y": np.asarray(cirq.unitary(cirq.rx(np.pi / 2)))}


def make_matrix(gate: Gate) -> NDArray[np.complex128]:
    """Return the matrix of a one-qubit gate in OpenQASM 2."""
    if gate.name in _FIXED:
        return np.asarray(cirq.unitary(_FIXED[gate.name]))
    angles = gate.angles
    rotations = {"rx": cirq.rx, "ry": cirq.ry, "rz": cirq.rz, "u1": cirq.rz, "p": cirq.rz}
    if gate.name in rotations:
        return np.asarray(cirq.unitary(rotations[gate.name](angles[0])))
    if gate.name == "r":
        theta, phi = angles
        return np.asarray(
            cirq.unitary(cirq.PhasedXPowGate(exponent=theta / np.pi, phase_exponent=phi / np.pi))
        )
    theta, phi, lam = angles if gate.name in {"u", "u3"} else (np.pi / 2, *angles)
    return np.asarray(
        cirq.unitary(cirq.rz(phi)) @ cirq.unitary(cirq.ry(theta)) @ cirq.unitary(cirq.rz(lam))
    )


def make_circuits(
    gates: Iterable[Gate],
    observables: Sequence[tuple[int, tuple[tuple[int, str], ...]]],
    start: Sequence[int],
    device: Device,
    noise: NoiseModel,
) -> tuple[NoisyCircuit, NoisyCircuit]:
    """Return a circuit in the common form with the errors of a device.

    Its gates are as early as they can be, and as late. Letters other than Z are read by a last
    rotation, where one setting reads them all.
    """
    plain = list(_list_plain(gates))
    letters = {pauli for _, paulis in observables for pauli in paulis}
    if len(letters) == len({qubit for qubit, _ in letters}):
        turns = [((qubit,), _TURNS[letter]) for qubit, letter in sorted(letters) if letter != "Z"]
        plain += turns
        observables = [(sign, tuple((q, "Z") for q, _ in paulis)) for sign, paulis in observables]
    merged = list(_merge(plain))
    used = {q for qubits, _ in plain for q in qubits} | {*start}
    used |= {q for _, paulis in observables for q, _ in paulis}
    qubits = tuple(sorted(used))
    index = {qubit: i for i, qubit in enumerate(qubits)}
    ordered: Any = [(sign, tuple(sorted(paulis))) for sign, paulis in observables]
    strings = [PauliString(paulis, sign) for sign, paulis in ordered]
    readings = add_errors([], strings, qubits, device, noise).readings
    early, late = _pack(merged), _pack(merged[::-1])[::-1]
    first, second = (
        NoisyCircuit(qubits, tuple(_list_steps(columns, index, device, noise)), readings)
        for columns in (early, late)
    )
    return first, second


def _list_plain(gates: Iterable[Gate]) -> Iterator[Placed]:
    """Yield gates as CZ and matrices on one qubit."""
    for gate in gates:
        if len(gate.qubits) == 1:
            if gate.name != "id":
                yield gate.qubits, make_matrix(gate)
            continue
        a, b = gate.qubits
        for control, target in ((a, b), (b, a), (a, b)) if gate.name == "swap" else ((a, b),):
            turns = [] if gate.name == "cz" else [((target,), _HADAMARD)]
            yield from (*turns, ((control, target), CZ), *turns)


def _merge(plain: Iterable[Placed]) -> Iterator[Placed]:
    """Merge one-qubit gates that meet; those about Z alone wait for the next gate."""
    waiting: dict[int, NDArray[np.complex128]] = {}
    for qubits, matrix in plain:
        if len(qubits) == 1:
            (q,) = qubits
            waiting[q] = matrix @ waiting.get(q, np.eye(2))
            continue
        for q in qubits:
            if q in waiting and not _is_diagonal(waiting[q]):
                yield (q,), waiting.pop(q)
        yield qubits, matrix
    for q, matrix in sorted(waiting.items()):
        yield (q,), matrix


def _is_diagonal(matrix: Matrix) -> bool:
    return bool(abs(matrix[0, 1]) < 1e-9)


def _pack(operations: Iterable[Placed]) -> list[list[Placed]]:
    """Pack into moments: levels of CZ together, one-qubit gates between them."""
    levels: dict[int, int] = {}
    groups: dict[tuple[int, bool], list[Placed]] = {}
    for op in operations:
        one = len(op[0]) == 1
        level = max(levels.get(q, 0) for q in op[0])
        if not one:
            level += 1
        levels.update(dict.fromkeys(op[0], level))
        groups.setdefault((level, one), []).append(op)
    return [groups[key] for key in sorted(groups)]


def _list_steps(
    columns: Iterable[Sequence[Placed]],
    index: Mapping[int, int],
    device: Device,
    noise: NoiseModel,
) -> Iterator[Step]:
    moments = [e for e in noise.rates if e.place is Place.MOMENT]
    for column in columns:
        two = any(len(qubits) == 2 for qubits, _ in column)
        real = False
        for qubits, matrix in column:
            yield Step(tuple(index[q] for q in qubits), compute_transfer(matrix))
            real = real or len(qubits) == 2 or not _is_diagonal(matrix)
        for effect, rates in noise.rates.items():
            if effect.place not in {Place.ONE_QUBIT_GATE, Place.TWO_QUBIT_GATE}:
                continue
            arity = 1 if effect.place is Place.ONE_QUBIT_GATE else 2
            for qubits, matrix in column:
                if len(qubits) != arity or (arity == 1 and _is_diagonal(matrix)):
                    continue
                rate = rates.get(device.label(*sorted(qubits)), 0.0)
                if np.any(rate):
                    on = tuple(index[q] for q in sorted(qubits))
                    yield Step(on, make_transfer(effect, rate, arity), error=True)
        if real:
            for effect in moments:
                for q, i in index.items():
                    rate = noise.rates[effect].get(device.label(q), 0.0)
                    rate = rate[two] if isinstance(rate, tuple) else rate
                    yield Step((i,), make_transfer(effect, rate, 1), error=True)


def _draw_starts(task: NoisyTask) -> list[Matrix]:
    """Return |0...0>, or random vectors of real features where such are encoded.

    Axis i of each is qubit i. The seed is the task's, so that each draw of angles has its own.
    """
    shape = [2] * task.qubits
    if task.start != "any":
        zero = np.zeros(shape, dtype=complex)
        zero[(0,) * task.qubits] = 1
        return [zero]
    vectors = np.random.default_rng(int(task.digest, 16)).normal(size=(VECTORS, *shape))
    return [vector.astype(complex) / np.linalg.norm(vector) for vector in vectors]


def measure_error(task: NoisyTask, compiled: Compiled, device: Device, noise: NoiseModel) -> float:
    """Return the mean deviation of the readouts of a compiled circuit from the ideal ones.

    Of its gates as early and as late as they can be, the better.
    """
    states = _draw_starts(task)
    gates = read_gates(task.qasm)
    ideal = [compute_expectations(simulate(gates, state), task.observables) for state in states]
    held = compiled.start if task.start == "any" else ()
    gates = read_gates(compiled.qasm, compiled.angles)
    errors = []
    for circuit in make_circuits(gates, compiled.observables, held, device, noise):
        starts: Any = None
        if held:
            places, size = [circuit.qubits.index(qubit) for qubit in held], len(circuit.qubits)
            starts = np.stack([_embed(state, places, size).ravel() for state in states])
        found = compute_noisy(circuit, {}, starts, len(states))
        errors.append(float(np.abs(found - ideal).mean()))
    return min(errors)
