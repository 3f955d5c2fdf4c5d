"""How many tokens are simulated together."""

from __future__ import annotations

_AMPLITUDES = 2**19
"""A real state of this size is 2 MiB: it stays in the caches from step to step."""

_FEWEST, _MOST = 16, 4096


def chunk_size(qubits: int) -> int:
    """The most tokens of a chunk: enough for long rows, few enough for the cache."""
    return min(_MOST, max(_FEWEST, _AMPLITUDES >> qubits))
