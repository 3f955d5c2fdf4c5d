"""Shapes of devices: where the qubits are and which of them are coupled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise


@dataclass(frozen=True, slots=True)
class Shape:
    """Qubits and couplers, without a name.

    Args:
        coordinates: Of each qubit, (row, column) or (number,).
        edges: Coupled pairs of indices into the coordinates, the smaller first, sorted.

    Raises:
        ValueError: Two qubits are at one place, or the edges are not as they should be.
    """

    coordinates: tuple[tuple[int, ...], ...]
    edges: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        qubits = len(self.coordinates)
        if len({*self.coordinates}) < qubits:
            raise ValueError("a shape has two qubits at one place")
        for a, b in self.edges:
            if not 0 <= a < b < qubits:
                raise ValueError(
                    f"a shape has the coupler ({a}, {b}): of its qubits, 0 to {qubits - 1}, the "
                    "smaller comes first"
                )
        if any(one >= next_one for one, next_one in pairwise(self.edges)):
            raise ValueError("the couplers of a shape are sorted, each of them once")


def couple_all(qubits: int) -> Shape:
    """Couple every pair of qubits."""
    return _number(qubits, combinations(range(qubits), 2))


def make_line(qubits: int) -> Shape:
    """Couple qubit i to qubit i + 1."""
    return _number(qubits, pairwise(range(qubits)))


def make_ring(qubits: int) -> Shape:
    """Couple the qubits of a line, and its ends."""
    closing = [(0, qubits - 1)] if qubits > 2 else []
    return _number(qubits, [*pairwise(range(qubits)), *closing])


def make_lattice(places: Iterable[tuple[int, int]]) -> Shape:
    """Couple all nearest neighbors among some places of the square lattice."""
    coordinates = tuple(sorted(places))
    index = {place: i for i, place in enumerate(coordinates)}
    edges = (
        (index[r, c], index[neighbor])
        for r, c in coordinates
        for neighbor in ((r, c + 1), (r + 1, c))
        if neighbor in index
    )
    return Shape(coordinates, _sort(edges))


def read_picture(picture: Sequence[str]) -> Shape:
    """Couple the nearest neighbors in a picture of rows, in which "x" is a qubit."""
    rows = enumerate(picture)
    return make_lattice((r, c) for r, row in rows for c, mark in enumerate(row) if mark == "x")


def make_heavy_hex(distance: int) -> Shape:
    """Make the heavy-hexagon lattice of an odd code distance."""
    import rustworkx as rx  # specs are read without it

    graph = rx.generators.heavy_hex_graph(distance)
    return _number(graph.num_nodes(), graph.edge_list())


def make_from_couplers(couplers: Sequence[tuple[int, int]]) -> Shape:
    """Take the numbers that occur in some couplers as the qubits, in rising order."""
    numbers = sorted({number for coupler in couplers for number in coupler})
    index = {number: i for i, number in enumerate(numbers)}
    edges = _sort((index[a], index[b]) for a, b in couplers)
    return Shape(tuple((number,) for number in numbers), edges)


def _number(qubits: int, edges: Iterable[tuple[int, int]]) -> Shape:
    return Shape(tuple((x,) for x in range(qubits)), _sort(edges))


def _sort(edges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    ordered = ((a, b) if a < b else (b, a) for a, b in edges)
    return tuple(sorted(dict.fromkeys(ordered)))  # which is fast where they are sorted already
