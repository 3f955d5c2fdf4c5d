"""Fixed weights, and whether they are what the seed and the base model give."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import keras
from numpy.typing import NDArray

from qslc_runtime.insertion import fixed
from qslc_runtime.insertion.config import Insertion
from qslc_runtime.insertion.sites import Site


def origin_of(site: Site, sublayer: keras.layers.Layer) -> str | None:
    """A digest of a sublayer's fixed weights and of what they were made from.

    None: it has none, or another machine might make others.
    """
    weights = _fixed(sublayer)
    if not (weights and getattr(sublayer, "determined", True)):
        return None
    digest = hashlib.sha256()
    source = site.source(sublayer)
    if source is not None:
        digest.update(source.tobytes())
    for name in sorted(weights):
        digest.update(name.encode() + b"\0" + weights[name].tobytes())
    return digest.hexdigest()


def made_again(
    site: Site, sublayer: keras.layers.Layer, insertion: Insertion, origins: dict[str, str | None]
) -> frozenset[str]:
    """Names of the fixed weights that any machine makes from the seed and the base as it is now.

    A weight that does not train now may have trained before, may have been assigned, or may have
    been made beside another base. Unless it is what its site made last, the site makes it again.

    Args:
        origins: of what each site made last; brought up to date.
    """
    weights = _fixed(sublayer)
    if not weights:
        return frozenset()
    origin = origin_of(site, sublayer)
    if origin is not None and origins.get(site.path) == origin:
        return frozenset(weights)
    made = site.make(insertion)
    if not getattr(made, "determined", True):
        return frozenset()
    again = {weight.name: keras.ops.convert_to_numpy(weight) for weight in made.weights}
    same = frozenset(name for name in weights if fixed.equal(weights[name], again[name]))
    if same == frozenset(weights):
        origins[site.path] = origin
    return same


def _fixed(sublayer: keras.layers.Layer) -> Mapping[str, NDArray[Any]]:
    return {
        weight.name: keras.ops.convert_to_numpy(weight)
        for weight in sublayer.weights
        if not weight.trainable
    }
