"""Make bricks along the couplers of a device."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count, islice

import rustworkx as rx

from qslc_runtime.preparation.brick import Brick, Level, Pair

_HELD = 6
"""Qubits of the amplitudes that hold nearly all of the norm of falling ones."""


def make_brick(
    qubits: int,
    couplers: Iterable[Pair],
    *,
    depth: int | None = None,
    gates: int | None = None,
    periods: Mapping[Pair, int] | None = None,
) -> Brick:
    """Make a brick along couplers: the colors of their edge coloring, in turn.

    Args:
        qubits: Number of qubits, 0 to qubits - 1.
        couplers: Pairs of qubits with a native gate; in any order, and some may occur twice.
        depth: Number of levels.
        gates: Number of CZ; the last level may have fewer than there are couplers of its color.
            Without depth and gates there are as many as any state needs (``count_exact_gates``).
        periods: How often couplers (a, b), a < b, take their turn: each time (1), every second time
            (2), ...; see ``list_falling_periods``.

    Raises:
        ValueError: Couplers leave a qubit unconnected or name one that does not exist, depth and
            gates are both given or negative, or a period is not positive.
    """
    if depth is not None and gates is not None:
        raise ValueError("depth and gates exclude each other")
    if min(depth or 0, gates or 0) < 0:
        raise ValueError(f"depth and gates are not negative: {depth if gates is None else gates}")
    if depth is None and gates is None:
        gates = count_exact_gates(qubits)
    if any(period < 1 for period in (periods or {}).values()):
        raise ValueError(f"periods are positive: {periods}")
    colors = color_couplers(qubits, couplers)
    levels = tuple(islice(_take_turns(colors, gates, periods or {}), depth))
    return Brick(qubits, levels)


def list_falling_periods(qubits: int, couplers: Iterable[Pair]) -> dict[Pair, int]:
    """List periods of couplers where amplitudes fall in size, as along principal axes.

    The first qubits are nearly in |0> where the first 64 amplitudes hold nearly all of the norm,
    and need fewer CZ: on lines of 7 and 8 qubits periods take a fifth to a third off the infidelity
    of 21 to 42 CZ, for a quarter more levels (measured on hidden states).
    """
    pairs = {(min(pair), max(pair)) for pair in couplers}
    return {pair: 1 << max(0, qubits - _HELD - pair[0]) for pair in sorted(pairs)}


def _take_turns(
    colors: Sequence[Level], gates: int | None, periods: Mapping[Pair, int]
) -> Iterator[Level]:
    """Yield levels that have a CZ, without end where the number of gates is not given."""
    for turn in count() if colors else ():
        for color in colors:
            level = tuple(pair for pair in color if turn % periods.get(pair, 1) == 0)[:gates]
            gates = None if gates is None else gates - len(level)
            if level:
                yield level
        if gates == 0:
            return


def color_couplers(qubits: int, couplers: Iterable[Pair]) -> list[Level]:
    """Divide couplers into levels in which no qubit occurs twice, the largest first.

    As few levels as the most couplers of a qubit where the graph is bipartite (line, even ring,
    grid, heavy hex, tree: König 1916), otherwise at most one more (Misra and Gries 1992).

    Raises:
        ValueError: Couplers leave a qubit unconnected or name one that does not exist.
    """
    pairs = sorted({(min(pair), max(pair)) for pair in couplers})
    for pair in pairs:
        if pair[0] == pair[1] or not 0 <= pair[0] <= pair[1] < qubits:
            raise ValueError(f"the coupler {pair} is not a pair of qubits from 0 to {qubits - 1}")
    graph = rx.PyGraph()
    graph.add_nodes_from(range(qubits))
    graph.add_edges_from_no_data(pairs)
    if qubits > 1 and not (pairs and rx.is_connected(graph)):
        parts = [sorted(part) for part in rx.connected_components(graph)]
        raise ValueError(f"no coupler connects the qubits {parts[0]} with {parts[1]}")
    bipartite = rx.two_color(graph) is not None
    color = rx.graph_bipartite_edge_color if bipartite else rx.graph_misra_gries_edge_color
    colors: dict[int, list[Pair]] = {}
    for edge, of_edge in color(graph).items():
        colors.setdefault(of_edge, []).append(pairs[edge])
    levels = [tuple(sorted(level)) for level in colors.values()]
    return sorted(levels, key=lambda level: (-len(level), level))


def count_exact_gates(qubits: int) -> int:
    """Count the CZ with which a brick prepares nearly every real state.

    The parameters of a state, and from 4 qubits on 1/30 more, at least one: without these a search
    from one start fails for one vector in five (measured on lines of 4 to 8 qubits).
    """
    least = max(0, (1 << qubits) - 1 - qubits + qubits // 2)
    gates = (least + 1) // 2
    return gates + max(gates // 30, int(qubits > 3))
