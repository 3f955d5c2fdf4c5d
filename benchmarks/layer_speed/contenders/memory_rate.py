"""The machine's memory bandwidth: a copy that fits no cache of a core."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.layer_speed.cases import Case


def step(case: Case, length: int) -> Callable[[], object]:
    del case
    source, target = np.ones(length, np.float32), np.empty(length, np.float32)
    return lambda: np.copyto(target, source)
