"""Draw random numbers of each token's own."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Stream:
    """The random numbers of one token.

    Args:
        digest: Hash of 32 bytes.
    """

    digest: bytes

    @property
    def trajectories(self) -> NDArray[np.uint32]:
        """The seed of the trajectories: (4,)."""
        return np.frombuffer(self.digest, np.uint32, 4)

    def make_shots(self) -> np.random.Generator:
        """Return a generator for the shots and the errors of the readout."""
        return np.random.Generator(np.random.Philox(key=np.frombuffer(self.digest, np.uint64)[2:]))


class Streams:
    """Gives tokens their random numbers, whatever tokens come with them.

    A stream depends on the seed, the numbers of the token, the weights, and on how many times this
    token came before under these weights. So equal tokens have independent streams, and tokens
    that differ have the same ones in any batch, in any order and in any process.

    Args:
        seed: Random seed from 0 to 2**64 - 1.
    """

    def __init__(self, seed: int) -> None:
        self._key = seed.to_bytes(8, "little")
        self._seen: Counter[bytes] = Counter()

    def draw(self, inputs: NDArray[np.float32], theta: NDArray[np.float32]) -> Iterator[Stream]:
        """Yield the stream of each token.

        Args:
            inputs: (tokens, features)
            theta: (P,)
        """
        weights = hashlib.blake2b(_to_bytes(theta), key=self._key, digest_size=32)
        for row in inputs:
            token = weights.copy()
            token.update(_to_bytes(row))
            digest = token.digest()
            token.update(self._seen[digest].to_bytes(8, "little"))
            self._seen[digest] += 1
            yield Stream(token.digest())


def _to_bytes(numbers: NDArray[np.float32]) -> bytes:
    """Return bytes of the numbers, equal where these are: 0 has one sign."""
    return (numbers + np.float32(0)).tobytes()
