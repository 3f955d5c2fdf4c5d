"""Write a circuit as the numbers that the compiled kernel reads (``source/plan.c``).

All are int32; coefficients are the bits of a float32. First stand the sizes: qubits, features,
weights, observables, angles, steps. Then the angles, each as its number of monomials, each
monomial as coefficient, number of symbols, symbols. Then the steps, each as its kind and what
the kind needs. Qubits are bits of the basis index, the last qubit bit 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qslc_runtime.circuit import steps
from qslc_runtime.circuit.gates import find_gate

LEAST_QUBITS = 4
"""Smaller states get qubits that nothing acts on, before their first."""

KERNEL_GATES = ("rx", "ry", "rz", "h", "x", "z", "s", "sdg", "t")
"""The gates of the compiled kernel, by their numbers there (``Gate`` in ``source/plan.h``)."""

_AMPLITUDES, _PRODUCT, _GATES, _PERMUTE, _PARITY, _PHASE, _MEASURE = range(7)


def write_program(layer: Any, *, adds_reference: bool = False) -> NDArray[np.int32]:
    """Write the circuit of a generated class.

    Args:
        layer: A class with ``circuit``, ``QUBITS``, ``FEATURES`` and ``WEIGHTS``.
        adds_reference: Whether the kernel puts the features, ``REFERENCE`` of them, beside the
            reference state.

    Raises:
        TypeError: The kernel does not know a step or a gate, or the start is not the first step.
    """
    weights, circuit = len(layer.WEIGHTS), steps.list_steps(layer)
    if any(isinstance(step, steps.Amplitudes | steps.Product) for step in circuit[1:]):
        raise TypeError("a circuit has one start state, Amplitudes or Product, and it stands first")
    reference = 1 << (layer.QUBITS - 1) if adds_reference else 0
    writer = _Writer(layer.QUBITS, weights, reference)
    written = [numbers for run in _group(circuit) for numbers in writer.write(run)]
    outputs = sum(len(step.outputs) for step in steps.list_measurements(circuit))
    features = layer.REFERENCE if adds_reference else layer.FEATURES
    sizes = (max(layer.QUBITS, LEAST_QUBITS), features, weights, outputs)
    counts = (len(writer.angles), len(written))
    numbers = [*sizes, *counts, *writer.write_angles(), *(n for step in written for n in step)]
    return np.array(numbers, np.int32)


def _group(circuit: Iterable[steps.Step]) -> Iterator[list[steps.Step]]:
    """Yield neighbors that are one step of the kernel."""
    for kind, run in groupby(circuit, key=type):
        if kind in {steps.Gates, steps.Phase}:
            yield list(run)
        else:
            yield from ([step] for step in run)


class _Writer:
    """Write steps as numbers, and collect the angles that they ask for."""

    def __init__(self, qubits: int, weights: int, reference: int) -> None:
        self._qubits = qubits
        self._weights = weights
        self._reference = reference
        self.angles: dict[tuple[Any, ...], int] = {}

    def write_angles(self) -> Iterator[int]:
        for terms in self.angles:
            yield len(terms)
            for symbols, coefficient in terms:
                yield from (_encode_float(coefficient), len(symbols), *symbols)

    def write(self, run: Sequence[steps.Step]) -> Iterator[list[int]]:
        """Yield the numbers of neighboring steps of one type."""
        match run[0]:
            case steps.Amplitudes(bias):
                yield [_AMPLITUDES, int(bias), self._reference]
            case steps.Product(gates):
                yield [_PRODUCT, _count_components(gates), *self._write_product(gates)]
            case steps.Gates():
                yield [_GATES, *self._write_gates([s for s in run if isinstance(s, steps.Gates)])]
            case steps.Permutation(permutation):
                unused = (1 << bit for bit in range(self._qubits, LEAST_QUBITS))
                yield [_PERMUTE, *permutation.images, *unused]
            case steps.Parity(parity):
                yield [_PARITY, len(parity.masks), *parity.masks]
            case steps.Phase():
                yield from self._write_phases([s for s in run if isinstance(s, steps.Phase)])
            case steps.Measure() as measure:
                yield [_MEASURE, *self._write_measure(measure)]
            case unknown:
                raise TypeError(f"the compiled kernel does not know the step {unknown!r}")

    def _number_angle(self, angle: steps.Polynomial | float) -> int:
        return self.angles.setdefault(steps.to_polynomial(angle).key, len(self.angles))

    def _is_per_token(self, angle: steps.Polynomial) -> bool:
        return any(symbol >= self._weights for monomial in angle.terms for symbol in monomial)

    def _group_by_bit(self, gates: Sequence[steps.Gates]) -> dict[int, list[int]]:
        """Return the gates on each bit, in order, as pairs of gate and angle."""
        by_bit: dict[int, list[int]] = {}
        for row in gates:
            angles = [self._number_angle(angle) for angle in row.angles] or [-1] * len(row.qubits)
            for qubit, angle in zip(row.qubits, angles, strict=True):
                own = by_bit.setdefault(self._qubits - 1 - qubit, [])
                own += [_number_gate(row.gate), angle]
        return by_bit

    def _write_product(self, gates: Sequence[steps.Gates]) -> Iterator[int]:
        by_bit = self._group_by_bit(gates)
        for bit in range(max(self._qubits, LEAST_QUBITS)):
            own = by_bit.get(bit, [])
            yield from (len(own) // 2, *own)

    def _write_gates(self, gates: Sequence[steps.Gates]) -> Iterator[int]:
        by_bit = self._group_by_bit(gates)
        yield from (_count_components(gates), len(by_bit))
        for bit in sorted(by_bit, reverse=True):
            yield from (bit, len(by_bit[bit]) // 2, *by_bit[bit])

    def _write_phases(self, phases: Sequence[steps.Phase]) -> Iterator[list[int]]:
        """Yield rotations that all tokens share, then those that each token has for itself."""
        terms = [
            (mask, steps.to_polynomial(angle), sign * phase.factor)
            for phase in phases
            for angle, (mask, sign) in zip(phase.angles, phase.strings.terms, strict=True)
        ]
        for per_token in (False, True):
            own = [term for term in terms if self._is_per_token(term[1]) == per_token]
            numbers = [
                n
                for mask, angle, by in own
                for n in (mask, self._number_angle(angle), _encode_float(by))
            ]
            if own:
                yield [_PHASE, len(own), *numbers]

    def _write_measure(self, step: steps.Measure) -> Iterator[int]:
        flip = 0 if step.flip is None else step.flip.images[0]
        yield from (flip, int(step.odd), len(step.outputs))
        for output, (mask, sign) in zip(step.outputs, step.strings.terms, strict=True):
            yield from (mask, sign, output)


def _number_gate(gate: str) -> int:
    if gate not in KERNEL_GATES:
        raise TypeError(f"the compiled kernel does not know the gate {gate!r}")
    return KERNEL_GATES.index(gate)


def _count_components(gates: Iterable[steps.Gates]) -> int:
    """Return 1 if all gates are real, otherwise 2."""
    return 1 if all(find_gate(row.gate).is_real for row in gates) else 2


def _encode_float(value: float) -> int:
    return int(np.float32(value).view(np.int32))
