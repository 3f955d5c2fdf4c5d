"""The linear map behind the expectations, from M observables to ``units``.

| kind | map | trained |
|---|---|---|
| "dense" | up (M, units) | up |
| "low_rank" | core (M, rank), up (rank, units) | core |
| "fixed" | gain (M,), up (M, units) | gain |
| "circuit" | gain (M,), readouts (M, features), up (features, units) | gain and theta_up |

All start as zero, in what is trained but for angles; every other ``up`` has orthonormal rows. The
readouts are the expectations of the unit vectors of all features, with angles of their own: the
same circuit leads from the features to the gains and from the gains to the outputs.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from keras import ops

from qslc_runtime.circuit.real import Tensor
from qslc_runtime.layer.weights import add_weight, draw_orthogonal

UpProjection = Literal["dense", "low_rank", "fixed", "circuit"]


def check(layer: Any, kind: object, rank: object) -> None:
    """Raise a ValueError unless the layer's circuit has such a map."""
    if kind not in get_args(UpProjection):
        names = ", ".join(map(repr, get_args(UpProjection)))
        raise ValueError(f"up_projection is one of {names}, not {kind!r}")
    if (rank is not None) != (kind == "low_rank"):
        raise ValueError('rank goes with up_projection="low_rank", and with nothing else')
    if rank is not None and not (type(rank) is int and rank > 0):
        raise ValueError(f"rank is a positive whole number, not {rank!r}")
    if kind == "circuit" and layer.ENCODER != "amplitude":
        raise ValueError(
            'up_projection="circuit" needs an amplitude encoder; '
            f"{type(layer).__name__} has the encoder {layer.ENCODER}"
        )


def build(layer: Any, features: int, units: int) -> None:
    """Give the layer the weights of its map."""
    observables = len(layer.OBSERVABLES)
    rows = {"low_rank": layer.rank, "fixed": observables, "circuit": features}
    match layer.up_projection:
        case "dense":
            layer.up = add_weight(layer, "up", np.zeros((observables, units), np.float32))
            return
        case "low_rank":
            zeros = np.zeros((observables, layer.rank), np.float32)
            layer.core = add_weight(layer, "core", zeros)
        case "fixed" | "circuit":
            layer.gain = add_weight(layer, "gain", np.zeros(observables, np.float32))
    fixed = draw_orthogonal(rows[layer.up_projection], units, layer.seed + 2)
    layer.up = add_weight(layer, "up", fixed, trainable=False)


def matrix(layer: Any, readouts: Tensor | None) -> Tensor:
    """Return the map, (M, units).

    Args:
        readouts: (M, features) of "circuit".
    """
    match layer.up_projection:
        case "dense":
            return layer.up
        case "low_rank":
            return ops.matmul(layer.core, layer.up)
        case "fixed":
            return ops.expand_dims(layer.gain, 1) * layer.up
    return ops.expand_dims(layer.gain, 1) * ops.matmul(readouts, layer.up)
