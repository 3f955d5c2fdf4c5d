"""List the pairs of qubits that a two-qubit gate acts on in each entangling pattern."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TypeAlias

from qslc.diagnostics import CompilerFaultError
from qslc.registry import Registry

Pairs: TypeAlias = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class EntanglingPattern:
    """An entry of ``PATTERNS``.

    Args:
        name: The name under which a spec asks for it.
        list_pairs: A function of the number of qubits, 2 or more, and the index of the layer, from
            0 (in the block form, of the repetition); returns the pairs in the order of the gates,
            the control first. In every layer they are the same pairs up to their order.
    """

    name: str
    list_pairs: Callable[[int, int], Pairs]


def list_pairs(pattern: str | Pairs, qubits: int, layer: int) -> Pairs:
    """Return the pairs of a pattern, in the order of the gates; the control comes first.

    Args:
        pattern: The name of a pattern, or explicit pairs, which are returned as they are.
        qubits: Number of qubits. One qubit has no pairs; a ring of two qubits has two, (0, 1) and
            (1, 0).
        layer: Index of the layer, from 0; in the block form, of the repetition.

    Raises:
        KeyError: There is no such pattern.
        CompilerFaultError: The entry of the pattern lists what are no pairs of these qubits, or
            others than in layer 0.
    """
    if not isinstance(pattern, str):
        return pattern
    entry = PATTERNS[pattern]
    if qubits == 1:
        return ()
    found = tuple(entry.list_pairs(qubits, layer))
    for pair in found:
        if not _is_pair(pair, qubits):
            message = f"lists {pair!r}, which is no pair of {qubits} qubits"
            raise CompilerFaultError(f"the entangling pattern {pattern!r} {message}")
    if layer and _sort(found) != _sort(entry.list_pairs(qubits, 0)):
        message = f"lists other pairs in layer {layer} than in layer 0"
        raise CompilerFaultError(f"the entangling pattern {pattern!r} {message}")
    return found


def _is_pair(pair: tuple[int, ...], qubits: int) -> bool:
    if type(pair) is not tuple or len(pair) != 2:
        return False
    a, b = pair
    return type(a) is type(b) is int and a != b and 0 <= a < qubits and 0 <= b < qubits


def _sort(pairs: Pairs) -> list[list[int]]:
    return sorted(map(sorted, pairs))


def _list_shifted_ring(n: int, layer: int) -> Pairs:
    """Return the pairs of circuit 15 of Sim, Johnson and Aspuru-Guzik (2019)."""
    if layer % 2 == 0:
        return tuple((i, (i + 1) % n) for i in reversed(range(n)))
    return tuple((i % n, (i - 1) % n) for i in range(n - 1, 2 * n - 1))


PATTERNS = Registry(
    "entangling pattern",
    [
        EntanglingPattern("linear", lambda n, _: tuple(pairwise(range(n)))),
        EntanglingPattern("ring", lambda n, _: (*pairwise(range(n)), (n - 1, 0))),
        EntanglingPattern("all_to_all", lambda n, _: tuple(combinations(range(n), 2))),
        EntanglingPattern(
            "brick", lambda n, _: tuple((i, i + 1) for k in (0, 1) for i in range(k, n - 1, 2))
        ),
        EntanglingPattern("star", lambda n, _: tuple((0, i) for i in range(1, n))),
        EntanglingPattern("shifted_ring", _list_shifted_ring),
    ],
)
