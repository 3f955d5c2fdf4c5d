"""Read what the user wrote: text or Python in, a checked ``Spec`` out."""

from __future__ import annotations

from qslc.spec.dsl import Sublayer, sublayer
from qslc.spec.imported import from_cirq
from qslc.spec.model import Spec, canonical_json, digest, schema
from qslc.spec.source import Source, load, parse

__all__ = [
    "Source",
    "Spec",
    "Sublayer",
    "canonical_json",
    "digest",
    "from_cirq",
    "load",
    "parse",
    "schema",
    "sublayer",
]
