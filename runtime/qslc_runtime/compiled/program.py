"""A circuit as the numbers that the compiled kernel reads (``source/plan.c``).

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

from qslc_runtime.compiled.polynomial import Polynomial, Symbols, polynomial
from qslc_runtime.compiled.steps import (
    Amplitudes,
    Gates,
    Measure,
    Parity,
    Permutation,
    Phase,
    Product,
    Step,
)
from qslc_runtime.tables import Signs

LEAST_QUBITS = 4
"""Smaller states get qubits that nothing acts on, before their first."""

_GATES = ("rx", "ry", "rz", "h", "x", "z", "s", "sdg", "t")
_REAL = frozenset({"ry", "h", "x", "z"})
_AMPLITUDES, _PRODUCT, _WORDS, _PERMUTE, _PARITY, _PHASE, _MEASURE = range(7)


def program_of(layer: Any) -> NDArray[np.int32]:
    """The program of a generated class.

    Args:
        layer: has ``circuit``, ``QUBITS``, ``FEATURES`` and ``WEIGHTS``.
    """
    weights = len(layer.WEIGHTS)
    circuit = layer.circuit(Symbols(weights), Symbols(layer.FEATURES, weights))
    writer = _Writer(layer.QUBITS, weights)
    steps = [numbers for part in _merged(circuit) for numbers in writer.step(part)]
    outputs = sum(len(step.outputs) for step in circuit if isinstance(step, Measure))
    sizes = (max(layer.QUBITS, LEAST_QUBITS), layer.FEATURES, weights, outputs)
    counts = (len(writer.angles), len(steps))
    numbers = [*sizes, *counts, *writer.definitions(), *(n for step in steps for n in step)]
    return np.array(numbers, np.int32)


def _merged(circuit: Iterable[Step]) -> Iterator[list[Step]]:
    """Neighbours that are one step of the kernel."""
    for kind, run in groupby(circuit, key=type):
        if kind in {Gates, Phase}:
            yield list(run)
        else:
            yield from ([step] for step in run)


class _Writer:
    """Collects the angles that the steps ask for."""

    def __init__(self, qubits: int, weights: int) -> None:
        self._qubits = qubits
        self._weights = weights
        self.angles: dict[tuple[Any, ...], int] = {}

    def definitions(self) -> Iterator[int]:
        for terms in self.angles:
            yield len(terms)
            for symbols, coefficient in terms:
                yield from (_bits(coefficient), len(symbols), *symbols)

    def step(self, run: Sequence[Step]) -> Iterator[list[int]]:
        """The numbers of neighbouring steps of one type."""
        match run[0]:
            case Amplitudes(bias):
                yield [_AMPLITUDES, int(bias)]
            case Product(gates):
                yield [_PRODUCT, _planes(gates), *self._product(gates)]
            case Gates():
                yield [_WORDS, *self._words([step for step in run if isinstance(step, Gates)])]
            case Permutation(table):
                yield [_PERMUTE, *self._images(table)]
            case Parity(table):
                yield [_PARITY, *self._masks(table)]
            case Phase():
                yield from self._phases([step for step in run if isinstance(step, Phase)])
            case Measure() as measure:
                yield [_MEASURE, *self._measure(measure)]

    def _angle(self, angle: Polynomial | float) -> int:
        return self.angles.setdefault(polynomial(angle).key, len(self.angles))

    def _per_token(self, angle: Polynomial) -> bool:
        return any(symbol >= self._weights for monomial in angle.terms for symbol in monomial)

    def _by_bit(self, gates: Sequence[Gates]) -> dict[int, list[int]]:
        """The gates on each bit, in order, as pairs of gate and angle."""
        words: dict[int, list[int]] = {}
        for row in gates:
            angles = [self._angle(angle) for angle in row.angles] or [-1] * len(row.qubits)
            for qubit, angle in zip(row.qubits, angles, strict=True):
                word = words.setdefault(self._qubits - 1 - qubit, [])
                word += [_GATES.index(row.gate), angle]
        return words

    def _product(self, gates: Sequence[Gates]) -> Iterator[int]:
        words = self._by_bit(gates)
        for bit in range(max(self._qubits, LEAST_QUBITS)):
            word = words.get(bit, [])
            yield from (len(word) // 2, *word)

    def _words(self, gates: Sequence[Gates]) -> Iterator[int]:
        words = self._by_bit(gates)
        yield from (_planes(gates), len(words))
        for bit in sorted(words, reverse=True):
            yield from (bit, len(words[bit]) // 2, *words[bit])

    def _images(self, table: NDArray[np.int32]) -> Iterator[int]:
        """Where row 0 comes from, and what each bit adds: a permutation by CNOT is affine."""
        yield int(table[0])
        yield from (int(table[1 << bit] ^ table[0]) for bit in range(self._qubits))
        yield from (1 << bit for bit in range(self._qubits, LEAST_QUBITS))

    def _masks(self, table: NDArray[np.float32]) -> list[int]:
        """The gates Z and CZ, as masks, that make the signs."""
        negative = table.ravel() < 0
        single = [bool(negative[1 << bit]) for bit in range(self._qubits)]
        masks = [1 << bit for bit in range(self._qubits) if single[bit]]
        masks += [
            1 << a | 1 << b
            for a in range(self._qubits)
            for b in range(a)
            if bool(negative[1 << a | 1 << b]) ^ single[a] ^ single[b]
        ]
        return [len(masks), *masks]

    def _phases(self, phases: Sequence[Phase]) -> Iterator[list[int]]:
        """Rotations that all tokens share, then those that each token has for itself."""
        terms = [
            (mask, polynomial(angle), sign * phase.factor)
            for phase in phases
            for angle, (mask, sign) in zip(phase.angles, _strings(phase.strings), strict=True)
        ]
        for per_token in (False, True):
            own = [term for term in terms if self._per_token(term[1]) == per_token]
            numbers = [n for mask, angle, by in own for n in (mask, self._angle(angle), _bits(by))]
            if own:
                yield [_PHASE, len(own), *numbers]

    def _measure(self, step: Measure) -> Iterator[int]:
        flip = 0 if step.flip is None else int(step.flip[0])
        yield from (flip, int(step.odd), len(step.outputs))
        for output, (mask, sign) in zip(step.outputs, _strings(step.strings), strict=True):
            yield from (mask, sign, output)


def _planes(gates: Iterable[Gates]) -> int:
    """1 for real gates, 2 for complex ones."""
    return 1 if all(row.gate in _REAL for row in gates) else 2


def _strings(signs: Signs) -> Iterator[tuple[int, int]]:
    """The mask of the qubits, and the sign, of each string."""
    (count, high), low = signs.high.shape, signs.low.shape[1]
    bits = (high * low).bit_length() - 1
    for row in range(count):

        def sign(index: int, row: int = row) -> int:
            return int(signs.high[row, index // low] * signs.low[row, index % low])

        own = sign(0)
        yield sum(1 << bit for bit in range(bits) if sign(1 << bit) != own), own


def _bits(value: float) -> int:
    return int(np.float32(value).view(np.int32))
