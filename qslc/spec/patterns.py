"""Entangling patterns: which pairs of qubits a two-qubit gate acts on, gate by gate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

Pairs: TypeAlias = tuple[tuple[int, int], ...]


def pairs(pattern: str | Pairs, qubits: int, layer: int) -> Pairs:
    """The pairs of a pattern, in the order of the gates; the control comes first.

    Args:
        pattern: a name, or explicit pairs, which are returned as they are.
        qubits: the number of qubits n. One qubit has no pairs; a ring of two qubits has two,
            (0, 1) and (1, 0).
        layer: index of the layer, from 0; in the block form, index of the repetition. Only
            ``shifted_ring`` depends on it.
    """
    if not isinstance(pattern, str):
        return pattern
    return _PATTERNS[pattern](qubits, layer) if qubits > 1 else ()


def _linear(n: int, _: int) -> Pairs:
    return tuple((i, i + 1) for i in range(n - 1))


def _ring(n: int, layer: int) -> Pairs:
    return (*_linear(n, layer), (n - 1, 0))


def _all_to_all(n: int, _: int) -> Pairs:
    return tuple((i, j) for i in range(n) for j in range(i + 1, n))


def _brick(n: int, _: int) -> Pairs:
    return tuple((i, i + 1) for first in (0, 1) for i in range(first, n - 1, 2))


def _star(n: int, _: int) -> Pairs:
    return tuple((0, i) for i in range(1, n))


def _shifted_ring(n: int, layer: int) -> Pairs:
    """Circuit 15 of Sim, Johnson and Aspuru-Guzik (2019)."""
    if layer % 2 == 0:
        return tuple((i, (i + 1) % n) for i in reversed(range(n)))
    return tuple((i % n, (i - 1) % n) for i in range(n - 1, 2 * n - 1))


_PATTERNS: Mapping[str, Callable[[int, int], Pairs]] = MappingProxyType(
    {
        "linear": _linear,
        "ring": _ring,
        "all_to_all": _all_to_all,
        "brick": _brick,
        "star": _star,
        "shifted_ring": _shifted_ring,
    }
)
