"""Merge folded layers that encode tokens alike into one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from keras import ops
from numpy.typing import NDArray

from qslc_runtime.folding.folded import FoldedSublayer, Form
from qslc_runtime.folding.products import Maps, compute_states

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Merged:
    """A folded layer that adds what several add: its form, and its weights by name."""

    form: Form
    weights: Mapping[str, Array]


def merge_folded(layers: Sequence[FoldedSublayer], factors: Sequence[float]) -> Merged:
    """Merge folded layers: all their squares side by side, and linear maps of all their sums.

    Args:
        layers: Layers of the same units.
        factors: What the outputs of each are multiplied by.

    Raises:
        ValueError: The layers encode different vectors.
    """
    first = layers[0]
    for layer in layers[1:]:
        _check_alike(first, layer)
    arrays = [
        {weight.name: np.asarray(ops.convert_to_numpy(weight)) for weight in layer.weights}
        for layer in layers
    ]
    readouts = [each["readout"] for each in arrays]
    weights = {
        "forms": np.concatenate([_compute_forms(layer) for layer in layers], axis=1),
        "readout": _join_diagonally(readouts),
        "up": np.concatenate([f * each["up"] for f, each in zip(factors, arrays, strict=True)]),
    }
    has_offset = any(layer.form.offset for layer in layers)
    if has_offset:
        pairs = zip(factors, arrays, strict=True)
        weights["offset"] = sum(factor * each.get("offset", 0) for factor, each in pairs)
    if "down" in arrays[0]:
        weights["down"] = arrays[0]["down"]
    squares, observables = weights["readout"].shape
    form = replace(
        first.form, squares=squares, observables=observables, factors=0, offset=has_offset
    )
    return Merged(form, {name: values.astype(np.float32) for name, values in weights.items()})


def _check_alike(first: FoldedSublayer, other: FoldedSublayer) -> None:
    for name in ("encoder", "features", "reference", "bias", "project"):
        one, two = getattr(first.form, name), getattr(other.form, name)
        if one != two:
            raise ValueError(f"they encode tokens differently: {name} {one!r} and {two!r}")
    if hasattr(first, "down") and not np.array_equal(first.down, other.down):
        raise ValueError(
            "they encode different projections of a token (their weights `down` differ), each of "
            "which is normalized by itself"
        )


def _compute_forms(layer: FoldedSublayer) -> Array:
    """Return the forms (encoded width, squares), also where they are a product of factors."""
    if not layer.form.factors:
        return np.asarray(ops.convert_to_numpy(layer.forms))
    names = ("order", "signs", "left", "right")
    maps = Maps(**{name: ops.convert_to_tensor(getattr(layer, name)) for name in names})
    vectors = ops.eye(layer.form.encoded)
    return np.asarray(ops.convert_to_numpy(compute_states(vectors, maps)))


def _join_diagonally(blocks: Sequence[Array]) -> Array:
    rows, columns = (sum(block.shape[axis] for block in blocks) for axis in (0, 1))
    joined = np.zeros((rows, columns), np.float32)
    row = column = 0
    for block in blocks:
        joined[row : row + block.shape[0], column : column + block.shape[1]] = block
        row, column = row + block.shape[0], column + block.shape[1]
    return joined
