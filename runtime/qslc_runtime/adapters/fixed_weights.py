"""Fixed weights: their digests, and whether the seed and the base model give them again.

A fixed matrix comes from a seed or from the singular vectors of a kernel. Another machine, with
another LAPACK, rounds the same matrix differently, so that no hash of its bits would do. The
digest is a few sums of the weight's numbers with fixed random signs: rounding moves them by parts
in 10 million, and a matrix that differs by the distance D moves each of them by about D.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from qslc_runtime.adapters.insertion import Insertion
from qslc_runtime.adapters.sites import Site

COUNT = 4
TOLERANCE = 1e-6
"""Of a weight's norm: sixteen times what rounding to float32 moves at most."""

Digest = tuple[float, ...]


def digest(weight: NDArray[Any]) -> Digest:
    """Return COUNT sums of the weight's numbers, with signs that depend on its size alone."""
    values = weight.astype(np.float64).ravel()
    return tuple(float(f"{total:.9g}") for total in _draw_signs(values.size) @ values)


def matches(weight: NDArray[Any], expected: Sequence[float]) -> bool:
    """Return whether the weight is, but for rounding, the one that has this digest."""
    if len(expected) != COUNT:
        return False
    allowed = TOLERANCE * float(np.linalg.norm(weight.astype(np.float64)))
    return all(
        math.isfinite(there) and abs(here - there) <= allowed
        for here, there in zip(digest(weight), expected, strict=True)
    )


def are_equal(one: NDArray[Any], other: NDArray[Any]) -> bool:
    """Return whether two weights are the same but for rounding."""
    if one.shape != other.shape:
        return False
    distance = np.linalg.norm(one.astype(np.float64) - other.astype(np.float64))
    return bool(distance <= TOLERANCE * np.linalg.norm(other.astype(np.float64)))


@lru_cache(maxsize=8)
def _draw_signs(size: int) -> NDArray[np.float64]:
    """Return (COUNT, size) of -1 and 1, drawn from a hash, whose output never changes."""
    count = COUNT * size
    drawn = hashlib.shake_128(b"qslc fixed weight").digest(-(-count // 8))
    bits = np.unpackbits(np.frombuffer(drawn, np.uint8), count=count)
    return (2.0 * bits - 1.0).reshape(COUNT, size)


def digest_origin(site: Site, sublayer: keras.layers.Layer) -> str | None:
    """Digest a sublayer's fixed weights and what they were made from.

    None: it has none, or another machine might make others.
    """
    weights = _read_fixed(sublayer)
    if not (weights and getattr(sublayer, "determined", True)):
        return None
    digest = hashlib.sha256()
    source = site.read_source(sublayer)
    if source is not None:
        digest.update(source.tobytes())
    for name in sorted(weights):
        digest.update(name.encode() + b"\0" + weights[name].tobytes())
    return digest.hexdigest()


def find_remade(
    sites: Iterable[Site],
    sublayers: Mapping[str, keras.layers.Layer],
    insertion: Insertion,
    origins: dict[str, str | None],
) -> frozenset[str]:
    """Return the paths of fixed weights that any machine makes from the seed and this base.

    A weight that does not train now may have trained before, may have been assigned, or may have
    been made beside another base. Unless it is what its site made last, the site makes it again.

    Args:
        sites: Places of the sublayers.
        sublayers: Sublayers by path of their site.
        insertion: Record by which a site makes its sublayer.
        origins: Digests of what each site made last; brought up to date.
    """
    return frozenset(
        f"{site.path}/{name}"
        for site in sites
        for name in _find_remade(site, sublayers[site.path], insertion, origins)
    )


def _find_remade(
    site: Site, sublayer: keras.layers.Layer, insertion: Insertion, origins: dict[str, str | None]
) -> Iterable[str]:
    weights = _read_fixed(sublayer)
    if not weights:
        return ()
    origin = digest_origin(site, sublayer)
    if origin is not None and origins.get(site.path) == origin:
        return weights
    made = site.make(insertion)
    if not getattr(made, "determined", True):
        return ()
    again = {weight.name: keras.ops.convert_to_numpy(weight) for weight in made.weights}
    same = {name for name in weights if are_equal(weights[name], again[name])}
    if same == weights.keys():
        origins[site.path] = origin
    return same


def _read_fixed(sublayer: keras.layers.Layer) -> Mapping[str, NDArray[Any]]:
    return {
        weight.name: keras.ops.convert_to_numpy(weight)
        for weight in sublayer.weights
        if not weight.trainable
    }
