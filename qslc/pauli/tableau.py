"""Many signed Pauli strings at once, conjugated by Pauli rotations of quarter turns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qslc.ir.angles import count_quarter_turns
from qslc.ir.decompositions import decompose_to_rotations
from qslc.ir.program import Operation, Pauli, PauliString

_BITS: Mapping[str, tuple[int, int]] = {"X": (1, 0), "Y": (1, 1), "Z": (0, 1)}
LETTERS: Mapping[tuple[int, int], Pauli] = {(1, 0): "X", (1, 1): "Y", (0, 1): "Z"}


@dataclass(frozen=True, slots=True)
class Tableau:
    """Pauli strings as columns of bits: bit k of every integer belongs to string k.

    ``x[q]`` marks the strings with X or Y on qubit q, ``z[q]`` those with Z or Y, ``negative``
    those with a minus sign. A gate costs a few integer operations, however many the strings are.
    """

    size: int
    x: Mapping[int, int]
    z: Mapping[int, int]
    negative: int


def make_tableau(strings: Iterable[PauliString]) -> Tableau:
    """Make the tableau of some Pauli strings."""
    x: dict[int, int] = {}
    z: dict[int, int] = {}
    negative = size = 0
    for string in strings:
        _mark(x, z, size, string.paulis)
        negative |= (string.sign < 0) << size
        size += 1
    return Tableau(size, x, z, negative)


def insert_string(table: Tableau, index: int, paulis: Iterable[tuple[int, str]]) -> Tableau:
    """Return the tableau with one more string, with a plus sign, at an index that was empty."""
    x, z = dict(table.x), dict(table.z)
    _mark(x, z, index, paulis)
    return Tableau(max(table.size, index + 1), x, z, table.negative)


def _mark(
    x: dict[int, int], z: dict[int, int], index: int, paulis: Iterable[tuple[int, str]]
) -> None:
    for qubit, pauli in paulis:
        in_x, in_z = _BITS[pauli]
        x[qubit] = x.get(qubit, 0) | in_x << index
        z[qubit] = z.get(qubit, 0) | in_z << index


def list_strings(table: Tableau) -> tuple[PauliString, ...]:
    """Return the Pauli strings of a tableau, each by rising qubit."""
    paulis: list[list[tuple[int, Pauli]]] = [[] for _ in range(table.size)]
    for qubit in sorted(table.x):
        x, z = table.x[qubit], table.z[qubit]
        for k in list_bits(x | z):
            paulis[k].append((qubit, LETTERS[x >> k & 1, z >> k & 1]))
    return tuple(
        PauliString(tuple(p), -1 if table.negative >> k & 1 else 1) for k, p in enumerate(paulis)
    )


def find_anticommuting(table: Tableau, paulis: Iterable[tuple[int, str]]) -> int:
    """Return the strings that anticommute with a product of Paulis, as bits."""
    odd = 0
    for qubit, pauli in paulis:
        in_x, in_z = _BITS[pauli]
        odd ^= table.z.get(qubit, 0) * in_x ^ table.x.get(qubit, 0) * in_z
    return odd


def commute(first: PauliString, second: PauliString) -> bool:
    """Return whether two Pauli strings differ, both not 1, on an even number of qubits."""
    letters = dict(first.paulis)
    return sum(letters.get(qubit, p) != p for qubit, p in second.paulis) % 2 == 0


def turn_by_quarter(table: Tableau, paulis: tuple[tuple[int, str], ...]) -> Tableau:
    """Return U^dagger Q U for every string Q, with U = exp(-i pi/4 P) for a product P of Paulis.

    Q stays if it commutes with P, and otherwise becomes -i Q P.
    """
    turned = find_anticommuting(table, paulis)
    x, z = dict(table.x), dict(table.z)
    # The power of i in front of each string, a two-bit counter that starts at -i = i**3.
    low = high = turned
    for qubit, pauli in paulis:
        in_x, in_z = _BITS[pauli]
        plus, minus = _find_phases(x.get(qubit, 0), z.get(qubit, 0), pauli)
        high, low = high ^ (low & plus), low ^ plus
        low ^= minus
        high ^= low & minus
        x[qubit] = x.get(qubit, 0) ^ turned * in_x
        z[qubit] = z.get(qubit, 0) ^ turned * in_z
    return Tableau(table.size, x, z, table.negative ^ (high & turned))


def apply_gate(table: Tableau, op: Operation, *, inverse: bool = False) -> Tableau | None:
    """Return U Q U^dagger for every string Q, or None where that is no single Pauli string.

    Args:
        table: Strings Q.
        op: Gate U.
        inverse: Whether to return U^dagger Q U.
    """
    rotations = decompose_to_rotations(op)
    for paulis, angle in reversed(rotations) if inverse else rotations:
        turns = count_quarter_turns(angle)
        if turns is None:
            if find_anticommuting(table, paulis):
                return None
            continue
        for _ in range((turns if inverse else -turns) % 4):
            table = turn_by_quarter(table, paulis)
    return table


def _find_phases(x: int, z: int, pauli: str) -> tuple[int, int]:
    """Return which letters times ``pauli`` are i, and which -i, times the third letter: XY = iZ."""
    only_x, both, only_z = x & ~z, x & z, z & ~x
    if pauli == "X":
        return only_z, both
    return (only_x, only_z) if pauli == "Y" else (both, only_x)


def are_measurable_together(table: Tableau, qubits: Iterable[int] | None = None) -> bool:
    """Return whether on each of some qubits, or of all, the strings share one letter."""
    chosen = table.x if qubits is None else qubits
    columns = ((table.x.get(qubit, 0), table.z.get(qubit, 0)) for qubit in chosen)
    return all(sum(map(bool, (x & ~z, x & z, z & ~x))) <= 1 for x, z in columns)


def list_bits(mask: int) -> Iterable[int]:
    """Yield the indices of the bits that are set, in rising order."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
