"""Make circuits for stars: CNOTs between one qubit, the center, and all others, block after block.

The center moves along a path and is next to the neighbors of its vertices on the way. A neighbor
may have a pendant, another vertex, which only the neighbor is next to. Leaves A and B whose
rotations are about Y are put into the frame

    X_A X_B -> X on the neighbor,    Y_A -> Y on the neighbor,    Y_B -> Y on both

by one gate. A CNOT from the center to the neighbor then reaches both of them, and C(X, Y) on
neighbor and pendant exchanges whose rotation is on the neighbor alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import rustworkx as rx

from qslc.ir.program import Program
from qslc.lower.candidates import Candidate
from qslc.lower.placement.caterpillar import Path, Score, search_paths
from qslc.lower.placement.graph import Graph
from qslc.lower.synthesis.moves import Letters, Move, keeps_setting, replay
from qslc.lower.synthesis.portfolio import Problem

_TRIED = 16
"""Number of paths of each length for which pendants are looked for."""


@dataclass(frozen=True, slots=True)
class FanOuts:
    """A program of fan-outs.

    Args:
        center: Qubit that all two-qubit gates are with.
        blocks: Number of gates it has with another qubit, at most.
        letters: Letters of a gate, at the center and at a leaf.
    """

    center: int
    blocks: int
    letters: Letters


@dataclass(frozen=True, slots=True)
class Walk:
    """Path of the center of fan-outs, and places of the leaves.

    Args:
        path: Vertices on which the center is in a block, in this order or the other.
        neighbors: Leaves that the center is next to at each of them.
        pendants: Pendant of each neighbor that has one.
    """

    path: Path
    neighbors: tuple[tuple[int, ...], ...]
    pendants: Mapping[int, int]

    @property
    def places(self) -> tuple[int, ...]:
        """The first place of the center, then those of the leaves."""
        near = (leaf for leaves in self.neighbors for leaf in leaves)
        return (*self.path, *near, *self.pendants.values())

    def count_surplus(self, blocks: int) -> int:
        """Return the gates beyond one for each leaf and block.

        A step of the center costs one gate in each block, a pendant one in all.
        """
        return blocks * (len(self.path) - 1) + len(self.pendants)


def recognize_fan_outs(program: Program) -> FanOuts | None:
    """Return the program as fan-outs, if it is one and leaves are rotated about Y only."""
    gates = [op for op in program.operations if len(op.qubits) == 2]
    if {op.gate for op in gates} != {"cnot"}:
        return None
    shared = set.intersection(*({*op.qubits} for op in gates))
    leaves = Counter(qubit for op in gates for qubit in {*op.qubits} - shared)
    if len(shared) != 1 or len(leaves) != program.qubits - 1:
        return None
    (center,) = shared
    roles = {op.qubits.index(center) for op in gates}
    rotations = {op.gate for op in program.operations if op.qubits[0] in leaves} - {"cnot"}
    if len(roles) != 1 or rotations - {"ry"}:
        return None
    return FanOuts(center, max(leaves.values()), ("Z", "X") if roles == {0} else ("X", "Z"))


def move_center(problem: Problem, host: Graph) -> list[Candidate]:
    """Return a program of fan-outs with its center moving, if it is one and there is a way."""
    program = problem.program
    fans = recognize_fan_outs(program)
    walk = find_walk(host, program.qubits, fans.blocks) if fans else None
    if not fans or not walk:
        return []
    center, *leaves = walk.places
    start = (*leaves[: fans.center], center, *leaves[fans.center :])
    form = problem.whole
    try:
        circuit, placement = replay(program, form, tuple(_list_moves(fans, walk)), start, host.size)
    except ValueError:
        return []
    note = f"steps: {len(walk.path) - 1}, pendants: {len(walk.pendants)}"
    found = [Candidate(circuit, placement, "walk", note)]
    return found if keeps_setting(program, circuit) else []


def _list_moves(fans: FanOuts, walk: Walk) -> Iterator[Move]:
    """Yield the gates of all blocks; in every second one the center moves back."""
    s, t = fans.letters
    path, neighbors = walk.path, dict(zip(walk.path, walk.neighbors, strict=True))
    yield from ((pendant, leaf, (t, "Y")) for leaf, pendant in walk.pendants.items())
    for block in range(1, fans.blocks + 1):
        for k, here in enumerate(path):
            if k:
                yield path[k - 1], here, (t, s)
                yield path[k - 1], here, (s, t)
            for leaf in neighbors[here]:
                yield here, leaf, (s, t)
                if leaf in walk.pendants:
                    a, b = leaf, walk.pendants[leaf]
                    # The last gate takes the pair back to where its qubits are apart.
                    yield *((a, b) if block < fans.blocks else (b, a)), (t, "Y")
        path = path[::-1]


def find_walk(device: Graph, size: int, blocks: int) -> Walk | None:
    """Find the walk that costs the fewest gates.

    Args:
        device: Couplers that may be used.
        size: Number of places, the center's included.
        blocks: Number of fan-outs.
    """
    best: Walk | None = None
    for steps, ranked in enumerate(search_paths(device, _make_score(device))):
        if best and steps * blocks >= best.count_surplus(blocks):
            break
        found = (_make_walk(path, device, size) for path, _ in ranked[:_TRIED])
        walks = [walk for walk in (best, *found) if walk]
        best = min(walks, key=lambda walk: walk.count_surplus(blocks), default=None)
    return best


def _make_score(device: Graph) -> Score:
    """Return how many places a path has at most, with its neighbors and their pendants."""
    around = [sum(1 << w for w in neighbors) for neighbors in device.neighbors]

    def count_reach(path: Path, near: int) -> int:
        leaves = near.bit_count() - len(path)
        further = sum(1 << v for v in range(device.size) if around[v] & near and not near >> v & 1)
        return near.bit_count() + min(leaves, further.bit_count())

    return count_reach


def _make_walk(path: Path, device: Graph, size: int) -> Walk | None:
    """Return the walk along a path, with as few pendants as that many places need."""
    met: dict[int, int] = {}
    for here in path:
        for leaf in device.neighbors[here]:
            if leaf not in path:
                met.setdefault(leaf, here)
    missing = size - len(path) - len(met)
    pendants = _match_pendants(met, {*path, *met}, device) if missing > 0 else {}
    if size < len(path) or len(pendants) < missing:
        return None
    kept = list(met)[: size - len(path)]
    neighbors = tuple(tuple(leaf for leaf in kept if met[leaf] == here) for here in path)
    return Walk(path, neighbors, dict(list(pendants.items())[: max(0, missing)]))


def _match_pendants(leaves: Iterable[int], taken: set[int], device: Graph) -> dict[int, int]:
    """Return pendants for as many leaves as can have one of their own: a maximum matching."""
    leaves = {*leaves}
    graph = rx.PyGraph()
    graph.add_nodes_from(range(device.size))
    graph.add_edges_from_no_data(
        [(leaf, v) for leaf in leaves for v in device.neighbors[leaf] if v not in taken]
    )
    matched = rx.max_weight_matching(graph, max_cardinality=True)
    return dict(sorted(pair if pair[0] in leaves else pair[::-1] for pair in matched))
