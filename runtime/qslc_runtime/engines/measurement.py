"""Measure Pauli strings as a chip does: in a few settings, with errors of the readout.

A setting rotates every qubit that it needs to the Z basis, without error, and then reads all bits.
Strings whose letters agree on every qubit that they share are read in one setting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qslc_runtime.circuit.gates import TO_Z


@dataclass(frozen=True, slots=True)
class SignedString:
    """A Pauli string: its letter by qubit, and its sign."""

    paulis: Mapping[int, str]
    sign: int = 1


@dataclass(frozen=True, slots=True)
class Setting:
    """Strings read from the same bits.

    Args:
        bases: The letter that is read of each qubit; a qubit that it leaves out is read as Z.
        members: Indices of the strings.
    """

    bases: Mapping[int, str]
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Readout:
    """Errors of reading a bit.

    Args:
        p01: By qubit, the probability that a 0 is read as 1: (qubits,).
        p10: By qubit, the probability that a 1 is read as 0: (qubits,).
    """

    p01: NDArray[np.float64]
    p10: NDArray[np.float64]

    def flip(self, bits: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.bool_]:
        """Return the bits that are read: (shots, qubits) -> (shots, qubits)."""
        return bits ^ (rng.random(bits.shape) < np.where(bits, self.p10, self.p01))


def group_settings(strings: Sequence[SignedString]) -> tuple[Setting, ...]:
    """Group strings into settings, each string in the first one that suits it."""
    groups: list[tuple[dict[int, str], list[int]]] = []
    for i, string in enumerate(strings):
        paulis = string.paulis.items()
        suits = (
            g for g in groups if all(g[0].get(qubit, pauli) == pauli for qubit, pauli in paulis)
        )
        bases, members = next(suits, ({}, []))
        if not members:
            groups.append((bases, members))
        bases.update(string.paulis)
        members.append(i)
    return tuple(Setting(bases, tuple(members)) for bases, members in groups)


def find_probabilities(state: NDArray[np.complex64], setting: Setting) -> NDArray[np.float64]:
    """Return the distribution of the bits in a setting: (2**qubits,) -> (2**qubits,), sum 1."""
    qubits = state.size.bit_length() - 1
    tensor = state.reshape((2,) * qubits)
    for qubit, pauli in setting.bases.items():
        if pauli != "Z":
            tensor = np.moveaxis(
                np.tensordot(TO_Z[pauli].astype(np.complex64), tensor, (1, qubit)), 0, qubit
            )
    squared = np.square(tensor.real, dtype=np.float64) + np.square(tensor.imag, dtype=np.float64)
    return squared.reshape(-1) / squared.sum()


class Means:
    """The exact means of strings over a distribution of bits, as they are read.

    What is read of a string is a product over the qubits. So the means are the distribution
    between the products over the first half of the qubits and those over the second.

    Args:
        strings: The k strings.
        readout: Errors of reading each qubit.
    """

    def __init__(self, strings: Sequence[SignedString], readout: Readout) -> None:
        qubits = len(readout.p01)
        signs = np.array([[string.sign] for string in strings], np.float64)
        self._high = signs * _multiply_readings(strings, readout, range(qubits // 2))
        self._low = _multiply_readings(strings, readout, range(qubits // 2, qubits))

    def __call__(self, distribution: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the means: (2**qubits,) to (k,)."""
        table = distribution.reshape(self._high.shape[1], self._low.shape[1])
        means: NDArray[np.float64] = np.sum(self._high @ table * self._low, axis=1)
        return means


def _multiply_readings(
    strings: Sequence[SignedString], readout: Readout, qubits: range
) -> NDArray[np.float64]:
    """Return what is read of the strings on some qubits, by their bits: (strings, 2**qubits).

    Of a bit 0 it is 1, of a bit 1 -1, but for errors.
    """
    products = np.ones((len(strings), 1))
    for qubit in qubits:
        reading = np.array([1 - 2 * readout.p01[qubit], 2 * readout.p10[qubit] - 1])
        factors = np.array([reading if qubit in s.paulis else np.ones(2) for s in strings])
        products = (products[:, :, None] * factors[:, None, :]).reshape(len(strings), -1)
    return products


def sample(
    distribution: NDArray[np.float64], shots: int, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Draw bits from a distribution (2**qubits,): (shots, qubits), qubit 0 first."""
    cumulative = np.cumsum(distribution)
    drawn = np.searchsorted(cumulative, rng.random(shots) * cumulative[-1], side="right")
    qubits = distribution.size.bit_length() - 1
    return (drawn[:, None] >> np.arange(qubits - 1, -1, -1) & 1).astype(bool)


def average(bits: NDArray[np.bool_], string: SignedString) -> float:
    """Return the mean of a string over shots (shots, qubits)."""
    parity = bits[:, list(string.paulis)].sum(axis=1) % 2
    return string.sign * float(np.mean(1 - 2 * parity))


def average_counts(
    counts: Mapping[str, int], strings: Sequence[SignedString]
) -> NDArray[np.float64]:
    """Return the mean of each string over shots: (strings,).

    Args:
        counts: Number of shots of each bit string, such as "0110", qubit 0 first.
        strings: The strings.
    """
    bits = np.array([[*map(int, outcome)] for outcome in counts])
    weights = np.array([*counts.values()], np.float64)
    parities = np.array([bits[:, list(s.paulis)].sum(axis=1) % 2 for s in strings])
    signs = np.array([string.sign for string in strings])
    means: NDArray[np.float64] = signs * ((1 - 2 * parities) @ weights / weights.sum())
    return means
