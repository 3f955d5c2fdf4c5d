"""Simulate the noisy circuit of a compiled layer for some tokens."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import qslc_runtime
from keras import ops
from numpy.typing import NDArray

from qslc.diagnostics import Diagnostic, InputError
from qslc_study.training import Report

AT_ONCE = 16
"""Tokens between two messages of progress."""


def simulate(job: Mapping[str, Any], report: Report) -> list[list[float]]:
    """Return the expectations of each token, (tokens, observables), as float32 has them.

    Args:
        job: ``places`` of the compiled ``layer`` and of the features (``data``), the angles
            ``theta`` in radians or None, and ``options`` of the engine "qsim".

    Raises:
        InputError: The engine cannot run the circuit.
    """
    features = np.load(Path(job["places"]["data"]))
    try:
        layer = qslc_runtime.load(job["places"]["layer"])(
            engine="qsim", engine_options=job["options"], dtype="float32"
        )
        tokens = _widen(layer, features)
    except ValueError as error:
        raise InputError(Diagnostic(str(error))) from error
    if job["theta"] is not None:
        layer.theta.assign(np.asarray(job["theta"], np.float32))
    rows: list[list[float]] = []
    for first in range(0, len(tokens), AT_ONCE):
        found = layer(tokens[first : first + AT_ONCE])
        rows += ops.convert_to_numpy(found).tolist()
        report({"tokens": len(rows)})
    return rows


def _widen(layer: Any, features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Build the layer, and return hidden states of which it encodes just these features."""
    if isinstance(layer.PROJECT, tuple):
        first, last = layer.PROJECT
        states = np.zeros((len(features), last), np.float32)
        states[:, first:last] = features
    else:
        states = features
    layer.build((None, states.shape[1]))
    if hasattr(layer, "down"):
        layer.down.assign(np.eye(states.shape[1], dtype=np.float32))
    return states
