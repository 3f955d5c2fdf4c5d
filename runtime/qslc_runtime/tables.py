"""Constant tables of a circuit, made once when a generated layer is imported.

Qubit 0 is the most significant bit of a basis index.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Signs(NamedTuple):
    """The eigenvalues +1 and -1 of k strings of Z on n qubits, as two factors.

    The sign of string i at the basis state whose high bits are h and low bits are l is
    ``high[i, h] * low[i, l]``. The full table would hold k * 2**n numbers.

    Args:
        high: (k, 2**(n // 2)), with the sign of the string itself.
        low: (k, 2**(n - n // 2)).
    """

    high: NDArray[np.float32]
    low: NDArray[np.float32]

    @property
    def dense(self) -> NDArray[np.float32]:
        """The full table (k, 2**n)."""
        return (self.high[:, :, None] * self.low[:, None, :]).reshape(len(self.high), -1)


def permutation(qubits: int, *gates: tuple[int, ...]) -> NDArray[np.int32]:
    """Where each amplitude comes from when gates that permute the basis have acted.

    Args:
        qubits: of the state.
        gates: in order; ``(control, target)`` is a CNOT and ``(target,)`` an X.

    Returns:
        (2**qubits,): ``new_state = state[permutation]``.
    """
    index = np.arange(2**qubits, dtype=np.int32)
    for *control, target in reversed(gates):
        flipped = _bit(index, control[0], qubits) if control else 1
        index = index ^ (flipped << (qubits - 1 - target))
    return index


def parity(qubits: int, *gates: tuple[int, ...]) -> NDArray[np.float32]:
    """The signs that gates Z and CZ put on the amplitudes.

    Args:
        qubits: of the state.
        gates: ``(a, b)`` is a CZ and ``(a,)`` a Z.

    Returns:
        (2**qubits, 1): ``new_state = state * parity``.
    """
    index = np.arange(2**qubits)
    ones = np.zeros_like(index)
    for gate in gates:
        ones ^= np.bitwise_and.reduce([_bit(index, qubit, qubits) for qubit in gate])
    return (1.0 - 2.0 * ones).astype(np.float32)[:, None]


def signs(qubits: int, *strings: str) -> Signs:
    """The diagonals of Pauli strings, for ``kernel.measure``, ``pairs`` and phases.

    X counts as the identity: whoever measures it flips the bit. Y is i X Z, so it counts as Z,
    and -1 stands for every pair of Y beyond the first power of i.

    Args:
        qubits: of the state.
        strings: such as "Z0", "-Z1*Z4" or "X0*Y2".
    """
    half = qubits // 2
    high = np.ones((len(strings), 2**half), np.float32)
    low = np.ones((len(strings), 2 ** (qubits - half)), np.float32)
    for row, text in enumerate(strings):
        sign, factors = _factors(text)
        high[row] = sign * _diagonal([q for p, q in factors if p != "X" and q < half], half)
        low[row] = _diagonal(
            [q - half for p, q in factors if p != "X" and q >= half], qubits - half
        )
    return Signs(high, low)


def _factors(text: str) -> tuple[int, list[tuple[str, int]]]:
    body = text.lstrip("-")
    factors = [(part[0], int(part[1:])) for part in body.split("*") if part]
    turns = sum(pauli == "Y" for pauli, _ in factors) // 2
    return (-1) ** (turns + (body != text)), factors


def _diagonal(on: list[int], qubits: int) -> NDArray[np.int64]:
    index = np.arange(2**qubits)
    ones = sum((_bit(index, qubit, qubits) for qubit in on), np.zeros_like(index))
    return 1 - 2 * (ones % 2)


def _bit(index: NDArray[np.int_], qubit: int, qubits: int) -> NDArray[np.int_]:
    return index >> (qubits - 1 - qubit) & 1
