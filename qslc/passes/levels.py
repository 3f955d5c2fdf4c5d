"""The table of passes, and which of them run at which optimization level."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from qslc.passes.absorb_cliffords import absorb_cliffords
from qslc.passes.cancel_inverses import cancel_inverses
from qslc.passes.fuse_rotations import fuse_rotations
from qslc.passes.known_states import simplify_known_states
from qslc.passes.light_cone import drop_outside_light_cone
from qslc.passes.run import LEVELS, Pass, Passes
from qslc.registry import Registry

# Verification looks for the known states of the program as written, so this pass comes first.
KNOWN_STATES = Pass("known states", simplify_known_states, level=3, once=True)
CANCEL_INVERSES = Pass("cancel inverses", cancel_inverses, level=1, native_level=1)
FUSE_ROTATIONS = Pass("fuse rotations", fuse_rotations, level=1, native_level=1)
LIGHT_CONE = Pass(
    "light cone", drop_outside_light_cone, level=2, native_level=2, reads_observables=True
)
ABSORB_CLIFFORDS = Pass("absorb Cliffords", absorb_cliffords, level=2, reads_observables=True)

PASS_TABLE = Registry(
    "pass", (KNOWN_STATES, CANCEL_INVERSES, FUSE_ROTATIONS, LIGHT_CONE, ABSORB_CLIFFORDS)
)
"""All passes, in the order in which a round applies them."""


class _PassesByLevel(Mapping[int, Passes]):
    """The passes of each optimization level, as the table has them now."""

    def __init__(self, first_level: Callable[[Pass], int | None]) -> None:
        self._first_level = first_level

    def __getitem__(self, level: int) -> Passes:
        if level not in LEVELS:
            raise KeyError(f"unknown optimization level {level}; known are 0 to {LEVELS[-1]}")
        firsts = ((each, self._first_level(each)) for each in PASS_TABLE.values())
        return tuple(each for each, first in firsts if first is not None and first <= level)

    def __iter__(self) -> Iterator[int]:
        return iter(LEVELS)

    def __len__(self) -> int:
        return len(LEVELS)


PASSES = _PassesByLevel(lambda each: each.level)
"""The passes of each optimization level, for logical programs."""

NATIVE_PASSES = _PassesByLevel(lambda each: each.native_level)
"""The same for programs of native gates, which stay native."""
