"""Copies of a circuit side by side on a chip: each measures a token of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cirq
import networkx as nx
import numpy as np
from networkx.algorithms.isomorphism import GraphMatcher
from numpy.typing import NDArray

from qslc_runtime.artifact import Artifact
from qslc_runtime.sampling.measured import KEY, MeasuredCircuit


@dataclass(frozen=True)
class Copies:
    """Places of the copies of a circuit; the first one is where the compile put it.

    Args:
        moves: For each copy, its device qubit in the place of each of the circuit's.
    """

    moves: tuple[Mapping[cirq.Qid, cirq.Qid], ...] = ({},)

    @property
    def count(self) -> int:
        """Number of copies."""
        return len(self.moves)

    @property
    def keys(self) -> tuple[str, ...]:
        """The name of each copy's measurement."""
        return (KEY, *(f"{KEY}_{i}" for i in range(1, self.count)))

    def find_qubits(self, qubits: Sequence[cirq.Qid], copy: int) -> list[cirq.Qid]:
        """Return the device qubits that stand in the place of the circuit's in a copy."""
        return [self.moves[copy].get(qubit, qubit) for qubit in qubits]

    def place(self, measured: MeasuredCircuit) -> cirq.Circuit:
        """Return the circuit with all copies, in the same moments."""
        circuits = [
            _rename(measured, move, i) if i else measured.circuit
            for i, move in enumerate(self.moves)
        ]
        moments = zip(*circuits, strict=True)
        return cirq.Circuit(
            cirq.Moment(op for moment in copies for op in moment) for copies in moments
        )

    def resolve(
        self, measured: MeasuredCircuit, angles: Sequence[NDArray[np.float64]]
    ) -> cirq.ParamResolver:
        """Return the values of the symbols, of a row (A,) in radians for each copy.

        Copies without one repeat the first.
        """
        filled = [*angles, *[angles[0]] * (self.count - len(angles))]
        return cirq.ParamResolver(
            {
                _name(symbol, i): value
                for i, row in enumerate(filled)
                for symbol, value in zip(measured.names, row.tolist(), strict=True)
            }
        )


def _rename(
    measured: MeasuredCircuit, move: Mapping[cirq.Qid, cirq.Qid], copy: int
) -> cirq.Circuit:
    symbols = {name: _name(name, copy) for name in measured.names}
    moved = measured.circuit.transform_qubits(dict(move))
    renamed = cirq.resolve_parameters(moved, symbols, recursive=False)
    return cirq.with_measurement_key_mapping(renamed, {KEY: f"{KEY}_{copy}"})


def _name(symbol: str, copy: int) -> str:
    return f"{symbol}_copy_{copy}" if copy else symbol


def find_copies(
    circuit: cirq.Circuit, qubits: Sequence[cirq.Qid], couplers: nx.Graph, most: int
) -> Copies:
    """Find room for copies of a circuit: other qubits with the same couplers.

    Copies share no qubit, but may be neighbors, where a chip may have crosstalk. Calibrated errors
    differ from copy to copy.

    Args:
        circuit: The compiled circuit.
        qubits: Its device qubits, in the order that copies keep.
        couplers: The couplers of the device.
        most: Largest number of copies.
    """
    patch = nx.Graph(op.qubits for op in circuit.all_operations() if len(op.qubits) == 2)
    patch.add_nodes_from(qubits)
    free = couplers.subgraph(set(couplers) - set(qubits))
    moves: list[Mapping[cirq.Qid, cirq.Qid]] = [{}]
    while len(moves) < most and (move := _find_room(patch, free)) is not None:
        moves.append(move)
        free = free.subgraph(set(free) - set(move.values()))
    return Copies(tuple(moves))


def _find_room(patch: nx.Graph, free: nx.Graph) -> Mapping[cirq.Qid, cirq.Qid] | None:
    """Return where a copy fits: device qubit by qubit of the patch."""
    if len(free) < len(patch):
        return None
    ordered = nx.Graph()
    ordered.add_nodes_from(sorted(free))
    ordered.add_edges_from(sorted(tuple(sorted(edge)) for edge in free.edges))
    found = next(GraphMatcher(ordered, patch).subgraph_monomorphisms_iter(), None)
    return None if found is None else {mine: theirs for theirs, mine in found.items()}


def find_couplers(artifact: Artifact, sampler: cirq.Sampler) -> nx.Graph | None:
    """Return the couplers of the device; None where neither sampler nor spec says them."""
    if (couplers := getattr(sampler, "couplers", None)) is not None:
        return nx.Graph(couplers)
    processor = getattr(sampler, "processor", None)
    device = processor.get_device() if processor else getattr(sampler, "device", None)
    graph = getattr(getattr(device, "metadata", None), "nx_graph", None)
    if graph is not None:
        return nx.Graph(graph)
    device = artifact.spec.get("device")
    if not isinstance(device, Mapping):
        return None
    if "grid" in device:
        rows, columns = device["grid"]
        return nx.relabel_nodes(
            nx.grid_2d_graph(rows, columns), lambda place: cirq.GridQubit(*place)
        )
    if "edges" in device:
        return nx.Graph((cirq.LineQubit(a), cirq.LineQubit(b)) for a, b in device["edges"])
    return None
