"""Which passes run at which optimisation level."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from qslc.passes.absorb_cliffords import absorb_cliffords
from qslc.passes.cancel_inverses import cancel_inverses
from qslc.passes.fuse_rotations import fuse_rotations
from qslc.passes.known_states import simplify_known_states
from qslc.passes.light_cone import drop_outside_light_cone
from qslc.passes.run import Pass

CANCEL_INVERSES = Pass("cancel inverses", cancel_inverses)
FUSE_ROTATIONS = Pass("fuse rotations", fuse_rotations)
LIGHT_CONE = Pass("light cone", drop_outside_light_cone, reads_observables=True)
ABSORB_CLIFFORDS = Pass("absorb Cliffords", absorb_cliffords, reads_observables=True)
# Verification looks for the known states of the program as written, so this pass comes first.
KNOWN_STATES = Pass("known states", simplify_known_states, once=True)

_LOCAL = (CANCEL_INVERSES, FUSE_ROTATIONS)
_GLOBAL = (*_LOCAL, LIGHT_CONE, ABSORB_CLIFFORDS)

PASSES: Mapping[int, tuple[Pass, ...]] = MappingProxyType(
    {0: (), 1: _LOCAL, 2: _GLOBAL, 3: (KNOWN_STATES, *_GLOBAL)}
)
"""The passes of each optimisation level, for logical programs."""

NATIVE_PASSES: Mapping[int, tuple[Pass, ...]] = MappingProxyType(
    {0: (), 1: _LOCAL, 2: (*_LOCAL, LIGHT_CONE), 3: (*_LOCAL, LIGHT_CONE)}
)
"""The same for programs of native gates, which stay native: CZ or CNOT and one-qubit gates."""
