"""A contender in NumPy: the machine's memory bandwidth."""

from __future__ import annotations

import numpy as np

from benchmarks.layer_speed.cases import Case
from benchmarks.layer_speed.contenders import Step


def copy_memory(case: Case, length: int) -> Step:
    """Make a copy that fits no cache of a core."""
    del case
    source, target = np.ones(length, np.float32), np.empty(length, np.float32)
    return lambda: np.copyto(target, source)
