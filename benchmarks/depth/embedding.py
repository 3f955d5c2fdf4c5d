"""Tell whether a circuit fits its device as it is, or needs routing."""

from __future__ import annotations

import rustworkx as rx

from benchmarks.depth.exchange import Task
from benchmarks.depth.qasm import read_gates

MAX_CALLS = 3_000_000


def needs_routing(task: Task) -> bool:
    """Tell whether no placement puts every two-qubit gate of the logical circuit on a coupler.

    The search (Cordella et al. 2004, VF2) is bounded; what it cannot place counts as needing
    routing. An odd ring is told from a device without odd rings before any search.
    """
    pairs = {gate.qubits for gate in read_gates(task.qasm) if len(gate.qubits) == 2}
    pattern, device = rx.PyGraph(multigraph=False), rx.PyGraph(multigraph=False)
    pattern.extend_from_edge_list(sorted(pairs))
    device.extend_from_edge_list(sorted(task.edges))
    if rx.is_bipartite(device) and not rx.is_bipartite(pattern):
        return True
    return not rx.is_subgraph_isomorphic(device, pattern, induced=False, call_limit=MAX_CALLS)
