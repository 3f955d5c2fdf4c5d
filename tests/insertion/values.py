"""Values of weights, to compare those of now with those of before."""

from __future__ import annotations

import numpy as np
from keras import ops


def copy_values(weights):
    """Return the values of weights, by path in the model; of a mapping, by its keys."""
    named = weights if isinstance(weights, dict) else {w.path: w for w in weights}
    return {name: ops.convert_to_numpy(weight) for name, weight in named.items()}


def find_changed(weights, before):
    """Return the names of the weights whose values are no longer those of ``copy_values``."""
    after = copy_values(weights)
    assert after.keys() == before.keys()
    return {name for name in after if not np.array_equal(after[name], before[name])}
