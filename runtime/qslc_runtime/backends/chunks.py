"""How tokens are divided into chunks."""

from __future__ import annotations


def chunk_sizes(tokens: int, size: int) -> tuple[int, int]:
    """The number of chunks, at least 1, and the tokens of each, at most ``size``.

    The chunks are equal and as few as can be: together they have room for all tokens, and for
    less than one token a chunk more.
    """
    chunks = max(1, -(-tokens // size))
    return chunks, -(-tokens // chunks)
