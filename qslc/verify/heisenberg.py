"""Observables carried backwards through a circuit, as sums of Pauli strings.

The Heisenberg picture of Gottesman (1998), arXiv:quant-ph/9807006. A Clifford gate maps a Pauli
string to one Pauli string; any other gate branches into at most 4**k of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from qslc.diagnostics import Diagnostic, InputError
from qslc.ir.matrices import PAULIS, Matrix
from qslc.ir.program import PauliString

LETTERS = "IXYZ"
MAX_TERMS = 2**20
_EPSILON = 1e-12

Gate = tuple[tuple[int, ...], Sequence[Matrix]]
"""Qubits, and a matrix that holds at all points or one for each."""


@dataclass(frozen=True, slots=True)
class Terms:
    """A sum of Pauli strings for each of several observables at each point.

    A point is a value for every angle. There is one column for each term.

    Args:
        paulis: shape (qubits, terms), uint8: the index in "IXYZ".
        coefficients: shape (terms,), float64.
        owners: shape (terms,), int32: which sum the term belongs to; those of the first point
            come first.
        points: shape (terms,), int32: which point the sum is at.
    """

    paulis: NDArray[np.uint8]
    coefficients: NDArray[np.float64]
    owners: NDArray[np.int32]
    points: NDArray[np.int32]


def terms(observables: Sequence[PauliString], qubits: int, points: int = 1) -> Terms:
    """The observables themselves, at each point."""
    paulis = np.zeros((qubits, len(observables)), dtype=np.uint8)
    for column, observable in enumerate(observables):
        for qubit, pauli in observable.paulis:
            paulis[qubit, column] = LETTERS.index(pauli)
    signs = np.array([observable.sign for observable in observables], dtype=np.float64)
    return Terms(
        np.tile(paulis, points),
        np.tile(signs, points),
        np.arange(points * len(observables), dtype=np.int32),
        np.repeat(np.arange(points, dtype=np.int32), len(observables)),
    )


def propagated(terms: Terms, gates: Iterable[Gate]) -> Terms:
    """U^dagger P U of every term P, for the circuit U.

    Args:
        terms: at the end of the circuit.
        gates: the last gate first.

    Raises:
        InputError: there are more than ``MAX_TERMS`` terms.
    """
    terms = replace(terms, paulis=terms.paulis.copy(), coefficients=terms.coefficients.copy())
    merged = len(terms.owners)
    for qubits, matrices in gates:
        code = _codes(terms, qubits)
        if not code.any():
            continue
        transfers = [_transfer(matrix.tobytes(), len(qubits)) for matrix in matrices]
        terms = _conjugated(terms, code, qubits, transfers)
        if len(terms.owners) > 2 * merged:
            terms = simplified(terms)
            merged = len(terms.owners)
            _check_size(merged)
    return simplified(terms)


def simplified(terms: Terms) -> Terms:
    """Equal strings of one observable added up, and those that cancel left out."""
    owners = terms.owners[:, None].view(np.uint8)
    rows = np.ascontiguousarray(np.concatenate([owners, terms.paulis.T], axis=1))
    keys = rows.view(np.dtype((np.void, rows.shape[1])))[:, 0]
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    sums = np.zeros(len(first))
    np.add.at(sums, inverse, terms.coefficients)
    left = np.abs(sums) > _EPSILON
    chosen = first[left]
    return Terms(terms.paulis[:, chosen], sums[left], terms.owners[chosen], terms.points[chosen])


def _codes(terms: Terms, qubits: tuple[int, ...]) -> NDArray[np.uint8]:
    """The local Pauli of each term as one number in base 4, the first qubit most significant."""
    code: NDArray[np.uint8] = terms.paulis[qubits[0]].copy()
    for qubit in qubits[1:]:
        code = 4 * code + terms.paulis[qubit]
    return code


def _conjugated(
    terms: Terms, code: NDArray[np.uint8], qubits: tuple[int, ...], transfers: Sequence[Transfer]
) -> Terms:
    at = terms.points if len(transfers) > 1 else np.zeros_like(terms.points)
    row = at, code
    if (np.array([each.branches for each in transfers])[row] == 1).all():
        terms.coefficients[:] *= np.array([each.factor for each in transfers])[row]
        _replace(terms.paulis, qubits, np.array([each.image for each in transfers])[row])
        return terms
    matrix = np.array([each.matrix for each in transfers])[row]
    source, image = np.nonzero(matrix)
    paulis = terms.paulis[:, source]
    _replace(paulis, qubits, image.astype(np.uint8))
    coefficients = terms.coefficients[source] * matrix[source, image]
    return Terms(paulis, coefficients, terms.owners[source], terms.points[source])


def _replace(paulis: NDArray[np.uint8], qubits: tuple[int, ...], code: NDArray[np.uint8]) -> None:
    paulis[qubits[-1]] = code & 3
    if len(qubits) == 2:
        paulis[qubits[0]] = code >> 2


@dataclass(frozen=True, slots=True)
class Transfer:
    """What conjugation by a gate does to the Pauli strings on its k qubits.

    Args:
        matrix: shape (4**k, 4**k): row P holds the coefficients of U^dagger P U.
        branches: how many coefficients of each row are not 0.
        image, factor: of each row, the first such coefficient: where it is, and its value.
    """

    matrix: NDArray[np.float64]
    branches: NDArray[np.int64]
    image: NDArray[np.uint8]
    factor: NDArray[np.float64]


@lru_cache(maxsize=4096)
def _transfer(matrix: bytes, arity: int) -> Transfer:
    gate = np.frombuffer(matrix, dtype=np.complex128).reshape(2**arity, 2**arity)
    strings = [_string(letters) for letters in product(LETTERS, repeat=arity)]
    conjugated = [gate.conj().T @ string @ gate for string in strings]
    table = np.array([[np.trace(q @ c).real / 2**arity for q in strings] for c in conjugated])
    table[np.abs(table) < _EPSILON] = 0
    image = np.argmax(table != 0, axis=1)
    return Transfer(
        table,
        np.count_nonzero(table, axis=1),
        image.astype(np.uint8),
        table[np.arange(4**arity), image],
    )


def _string(letters: Sequence[str]) -> Matrix:
    out = np.eye(1, dtype=np.complex128)
    for letter in letters:
        out = np.kron(out, PAULIS[letter])
    return out


def _check_size(size: int) -> None:
    if size > MAX_TERMS:
        raise InputError(
            Diagnostic(
                "the circuit has too many qubits to simulate and too many gates with constant "
                "angles other than multiples of pi/2 to verify",
                help="T gates and such angles double the work, each time an observable meets one",
            )
        )
