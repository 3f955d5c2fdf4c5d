"""Permutations, signs and Pauli strings on the basis states, each given by its qubits.

A generated layer makes them when it is imported; the arrays follow when they are first asked for.
Qubit 0 is the most significant bit of a basis index.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Qubits: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class Permutation:
    """The permutation of the basis that CNOT and X gates make.

    Args:
        qubits: Number of qubits of the state.
        gates: The gates in order; ``(control, target)`` is a CNOT and ``(target,)`` an X.
    """

    qubits: int
    gates: tuple[Qubits, ...]

    @cached_property
    def table(self) -> NDArray[np.int32]:
        """Source of each amplitude, (2**qubits,): ``new_state = state[table]``."""
        return self.find_sources(np.arange(2**self.qubits, dtype=np.int32))

    @cached_property
    def inverse(self) -> NDArray[np.int32]:
        """Destination of each amplitude, (2**qubits,)."""
        return np.argsort(self.table).astype(np.int32)

    def find_sources(self, rows: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return where the amplitudes of some basis states come from."""
        for *control, target in reversed(self.gates):
            flipped = _read_bit(rows, control[0], self.qubits) if control else 1
            rows = rows ^ (flipped << (self.qubits - 1 - target))
        return rows

    @property
    def images(self) -> tuple[int, ...]:
        """Source of basis state 0, then what each bit of the index adds, bit 0 first.

        Permutations by CNOT and X are affine maps of the bits.
        """
        bits = 1 << np.arange(self.qubits, dtype=np.int32)
        first, *others = self.find_sources(np.array([0, *bits], np.int32)).tolist()
        return (first, *(other ^ first for other in others))


@dataclass(frozen=True)
class Parity:
    """The signs that gates Z and CZ put on the amplitudes.

    Args:
        qubits: Number of qubits of the state.
        gates: The gates; ``(a, b)`` is a CZ and ``(a,)`` a Z.
    """

    qubits: int
    gates: tuple[Qubits, ...]

    @cached_property
    def table(self) -> NDArray[np.float32]:
        """The signs, (2**qubits, 1): ``new_state = state * table``."""
        index = np.arange(2**self.qubits)
        ones = np.zeros_like(index)
        for gate in self.gates:
            ones ^= np.bitwise_and.reduce([_read_bit(index, qubit, self.qubits) for qubit in gate])
        return (1.0 - 2.0 * ones).astype(np.float32)[:, None]

    @property
    def masks(self) -> tuple[int, ...]:
        """The bits of each gate in the basis index, without gates that cancel each other."""
        counts = Counter(_make_mask(gate, self.qubits) for gate in self.gates)
        odd = (mask for mask, count in counts.items() if count % 2)
        return tuple(sorted(odd, key=lambda mask: (mask.bit_count(), mask)))


@dataclass(frozen=True)
class Strings:
    """Pauli strings, and the eigenvalues +1 and -1 of their diagonals.

    X counts as the identity on the diagonal: whoever measures it flips the bit. Y is i X Z, so it
    counts as Z, and -1 stands for every pair of Y beyond the first power of i.

    The sign of string i at the basis state whose high bits are h and low bits are l is
    ``high[i, h] * low[i, l]``. The full table would hold k * 2**n numbers.

    Args:
        qubits: Number n of qubits of the state.
        strings: The k strings, such as "Z0", "-Z1*Z4" or "X0*Y2".
    """

    qubits: int
    strings: tuple[str, ...]

    @cached_property
    def high(self) -> NDArray[np.float32]:
        """The first factor, (k, 2**(n // 2)), with the sign of the string itself."""
        half = self.qubits // 2
        rows = [
            sign * _make_diagonal(mask >> self.qubits - half, half) for mask, sign in self.terms
        ]
        return np.array(rows, np.float32).reshape(len(rows), 2**half)

    @cached_property
    def low(self) -> NDArray[np.float32]:
        """The second factor, (k, 2**(n - n // 2))."""
        half = self.qubits - self.qubits // 2
        rows = [_make_diagonal(mask & (1 << half) - 1, half) for mask, _ in self.terms]
        return np.array(rows, np.float32).reshape(len(rows), 2**half)

    @property
    def dense(self) -> NDArray[np.float32]:
        """The full table of signs, (k, 2**n)."""
        return (self.high[:, :, None] * self.low[:, None, :]).reshape(len(self.strings), -1)

    @property
    def terms(self) -> tuple[tuple[int, int], ...]:
        """For each string the bits in the basis index that turn its sign, and the sign without."""
        return tuple(self._parse())

    def _parse(self) -> Iterator[tuple[int, int]]:
        for text in self.strings:
            body = text.lstrip("-")
            factors = [(part[0], int(part[1:])) for part in body.split("*") if part]
            pairs_of_y = sum(pauli == "Y" for pauli, _ in factors) // 2
            on = tuple(qubit for pauli, qubit in factors if pauli != "X")
            yield _make_mask(on, self.qubits), (-1) ** (pairs_of_y + (body != text))


def make_permutation(qubits: int, *gates: Qubits) -> Permutation:
    """Return the permutation of the basis by CNOT ``(control, target)`` and X ``(target,)``."""
    return Permutation(qubits, gates)


def make_parity(qubits: int, *gates: Qubits) -> Parity:
    """Return the signs of the amplitudes by gates CZ ``(a, b)`` and Z ``(a,)``."""
    return Parity(qubits, gates)


def make_strings(qubits: int, *strings: str) -> Strings:
    """Return Pauli strings, such as "Z0", "-Z1*Z4" or "X0*Y2", with their signs."""
    return Strings(qubits, strings)


def _make_mask(on: Qubits, qubits: int) -> int:
    """Return the bits of some qubits in the basis index."""
    return sum(1 << (qubits - 1 - qubit) for qubit in on)


def _make_diagonal(mask: int, qubits: int) -> NDArray[np.int64]:
    index = np.arange(2**qubits)
    ones = sum((index >> bit & 1 for bit in range(qubits) if mask >> bit & 1), np.zeros_like(index))
    return 1 - 2 * (ones % 2)


def _read_bit(index: NDArray[np.int_], qubit: int, qubits: int) -> NDArray[np.int_]:
    return index >> (qubits - 1 - qubit) & 1
