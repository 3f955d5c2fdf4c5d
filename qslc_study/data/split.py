"""A split by source: the same for a seed on any machine, and no source in two parts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from qslc_study.spec.data import Split


def split_sources(
    sources: Iterable[str], split: Split
) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The sources of the training, validation and test data.

    Sources are ranked by a keyed digest: neither their order in the file nor rows added later for
    the same sources change their order.
    """
    ranked = sorted(set(sources), key=lambda source: _rank(source, split.seed))
    test = max(1, round(split.test * len(ranked)))
    validation = max(1, round(split.validation * len(ranked)))
    return (
        frozenset(ranked[test + validation :]),
        frozenset(ranked[test : test + validation]),
        frozenset(ranked[:test]),
    )


def _rank(source: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}\0{source}".encode()).digest()
