"""The peers, in the order in which they run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer.

    Args:
        packages: Whose versions its results depend on.
        ordinary: Whether this is how the package is ordinarily used, without opt-in passes.
    """

    packages: tuple[str, ...]
    ordinary: bool = False


PEERS: Mapping[str, Peer] = MappingProxyType(
    {
        "qiskit_o3": Peer(("qiskit",), ordinary=True),
        "tket": Peer(("pytket",), ordinary=True),
        "cirq_router": Peer(("cirq-core",), ordinary=True),
        "bqskit_search": Peer(("bqskit",), ordinary=True),
        "qiskit_linear": Peer(("qiskit",)),
        "tket_aware": Peer(("pytket",)),
        "tket_then_qiskit": Peer(("pytket", "qiskit")),
    }
)
"""By the name of the file that runs them."""
