"""Qubits that a preparation needs near each other when the layer begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from qslc.diagnostics import Diagnostic, InputError
from qslc.lower.placement.graph import Graph
from qslc.targets.device import Device


@dataclass(frozen=True, slots=True)
class Anchors:
    """Requirements of a preparation on the placement of a layer.

    Args:
        qubits: Program qubits that are prepared.
        host: Couplers of the device that a preparation may use.
        adjacent: Whether couplers among the qubits themselves have to connect them, or any may.
    """

    qubits: tuple[int, ...]
    host: Graph
    adjacent: bool

    def fit(self, start: Sequence[int]) -> bool:
        """Tell whether the program qubits may start at these places.

        Any couplers have to connect all of them, so that an exact preparation can be routed.
        """
        if (self.host.distances[start[0], list(start)] >= self.host.size).any():
            return False
        places = [start[qubit] for qubit in self.qubits]
        return not self.adjacent or len(self.host.subgraph(places).components) == 1


def join_components(pattern: Graph) -> Graph:
    """Return a pattern with more pairs, which connect all its qubits."""
    ends = [
        sorted(part, key=lambda v: (len(pattern.neighbors[v]), v)) for part in pattern.components
    ]
    added = {
        (min(pair), max(pair))
        for one, other in pairwise(ends)
        for pair in [(one[min(1, len(one) - 1)], other[0])]
    }
    return Graph(pattern.size, tuple(sorted({*pattern.edges, *added})))


def explain_misfit(anchors: Anchors, device: Device) -> InputError:
    """Explain that no placement was found that suits the preparation."""
    dead = len(device.edges) - len(anchors.host.edges)
    message = (
        f"the preparation needs {len(anchors.qubits)} qubits that couplers connect, and no such "
        f"place for the layer was found on {device.name}"
    )
    if dead:
        message += f", where {dead} of {len(device.edges)} couplers fail more often than not"
    other = ", or `preparation: multiplexed`" if anchors.adjacent else ""
    advice = f"use fewer qubits or another device{other}"
    return InputError(Diagnostic(message, where="device", help=advice))
