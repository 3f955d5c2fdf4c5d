"""Calibrate the sublayers of a model, and keep their calibrations in adapter files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from qslc_runtime.adapters.record import Header
from qslc_runtime.circuit.sums import list_strings
from qslc_runtime.folder import escape
from qslc_runtime.mitigation.calibration import Calibration, Rescale

NAME = "calibration"
"""Last part of the path of a calibration's tensor."""

Layers = Mapping[str, Any]


def calibrate_sublayers(
    backbone: Any,
    layers: Layers,
    inputs: Any,
    sampler: Any,
    to: Any,
    rescale: Rescale | None,
    count: int,
    seed: int,
    options: Mapping[str, Any],
) -> dict[str, Calibration]:
    """Return a calibration of each sublayer, measured on the hidden states that it sees.

    The hidden states are those of the ideal model, so that no sublayer waits for another.

    Args:
        backbone: The model that holds the sublayers.
        layers: The sublayers by path, in the order of the model.
        inputs: What the backbone takes.
        sampler: As ``choose_source`` takes it.
        to: As ``choose_target`` takes it.
        rescale: As ``calibrate_readouts`` takes it.
        count: Most tokens that are measured for each sublayer.
        seed: Random seed of their choice.
        options: Options of engine "sampler".

    Raises:
        ValueError: The sublayers cannot be calibrated.
    """
    from qslc_runtime.layer.correction import (
        calibrate_readouts,
        choose_source,
        choose_target,
        record_features,
    )

    _check(layers, count)
    first = next(iter(layers.values()))
    own = options if to is None else {}
    shared = None if sampler is None and not own else choose_source(first, sampler, own)
    target = choose_target(first, to, options)
    sources = {path: shared or choose_source(layer, None, {}) for path, layer in layers.items()}
    with ExitStack() as stack:
        seen = {path: stack.enter_context(record_features(x)) for path, x in layers.items()}
        backbone(inputs, training=False)
    chosen = _choose_tokens(inputs, len(np.concatenate(next(iter(seen.values())))), count, seed)
    return {
        path: calibrate_readouts(
            layer, np.concatenate(seen[path])[chosen], sources[path], rescale, target
        )
        for path, layer in layers.items()
    }


def _check(layers: Layers, count: object) -> None:
    if type(count) is not int or count < 1:
        raise ValueError(f"count is a positive whole number, not {count!r}")
    others = [path for path, layer in layers.items() if not hasattr(layer, NAME)]
    if others or not layers:
        what = f"{others[0]} is no quantum sublayer" if others else "there is no sublayer"
        raise ValueError(f"{what}: only quantum sublayers are calibrated, and not folded ones")


def prepare_inputs(model: Any, tokens: Any) -> Any:
    """Return what the backbone takes for texts, or for what it takes already.

    Raises:
        ValueError: Texts are given, and the model has no preprocessor.
    """
    texts = [tokens] if isinstance(tokens, str) else tokens
    if not (isinstance(texts, Sequence) and texts and all(isinstance(t, str) for t in texts)):
        return tokens
    preprocessor = getattr(model, "preprocessor", None)
    if preprocessor is None:
        raise ValueError("the model has no preprocessor for texts; give what its backbone takes")
    made = preprocessor(list(texts))
    return made[0] if isinstance(made, tuple) else made


def _choose_tokens(inputs: Any, size: int, count: int, seed: int) -> NDArray[np.intp]:
    """Return the positions of some tokens that are not padding."""
    mask = inputs.get("padding_mask") if isinstance(inputs, Mapping) else None
    real = np.ones(size, bool)
    if mask is not None and np.size(mask) == size:
        real = ops.convert_to_numpy(mask).reshape(-1).astype(bool)
    places = np.flatnonzero(real)
    if len(places) <= count:
        return places
    return np.sort(np.random.default_rng(seed).choice(places, count, replace=False))


def describe_calibrations(layers: Layers) -> tuple[dict[str, Any], dict[str, NDArray[np.float32]]]:
    """Return what a file's record says of the calibrations, and their tensors, by path."""
    held = {path: found for path, x in layers.items() if (found := x.calibration) is not None}
    about = {path: calibration.about for path, calibration in held.items()}
    return about, {f"{path}/{NAME}": calibration.table for path, calibration in held.items()}


def drop_calibrations(header: Header) -> Header:
    """Return a header without the tensors of calibrations."""
    paths = {f"{path}/{NAME}" for path in header.record.calibration}
    rest = {path: tensor for path, tensor in header.tensors.items() if path not in paths}
    return replace(header, tensors=rest)


def find_misfits(header: Header, layers: Layers) -> Iterator[str]:
    """Yield the calibrations of a file that have no layer, or no tensor."""
    for path in header.record.calibration:
        if path not in layers:
            yield f"{escape(path, 80)}: calibrated in the file, no quantum sublayer in the model"
        elif f"{path}/{NAME}" not in header.tensors:
            yield f"{path}/{NAME}: absent in the file"
        elif header.tensors[f"{path}/{NAME}"].shape[1:] != (len(list_strings(layers[path])),):
            readouts = len(list_strings(layers[path]))
            yield f"{path}/{NAME}: not of the {readouts} readouts of the model"


def read_calibrations(header: Header, values: Mapping[str, NDArray[Any]]) -> dict[str, Calibration]:
    """Return the calibrations of a file by path.

    Raises:
        ValueError: One is damaged.
    """
    return {
        path: Calibration.from_table(about, values[f"{path}/{NAME}"])
        for path, about in header.record.calibration.items()
    }
