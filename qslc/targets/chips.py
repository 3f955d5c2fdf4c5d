"""Google's Sycamore-generation processors, drawn as their rows and columns.

The shapes of ``cirq_google.engine.create_device_from_processor_id`` (cirq-google 1.5): "x" is a
qubit, and every pair of nearest neighbours is coupled.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

RAINBOW = (
    ".......",
    ".......",
    ".......",
    "..x....",
    ".xxx...",
    "xxxxx..",
    ".xxxxx.",
    "..xxxxx",
    "...xxx.",
    "....x..",
)

WEBER = (
    ".....xx...",
    "....xxxx..",
    "....xxxxx.",
    "..xxxxxxxx",
    ".xxxxxxxxx",
    "xxxxxxxxx.",
    ".xxxxxxx..",
    "..xxxxx...",
    "...xxx....",
    "....x.....",
)

CHIPS: Mapping[str, tuple[str, ...]] = MappingProxyType({"rainbow": RAINBOW, "weber": WEBER})
