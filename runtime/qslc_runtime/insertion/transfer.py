"""Weights of a model to an adapter file and back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from qslc_runtime.insertion import adapter_file

Weights = Mapping[str, keras.Variable]


def save(path: str | os.PathLike[str], record: Mapping[str, Any], weights: Weights) -> None:
    """Write the weights and the record (``Insertion.to_json``) to one file, atomically."""
    values = {
        key: keras.ops.convert_to_numpy(weight).astype(np.float32)
        for key, weight in weights.items()
    }
    adapter_file.write(path, adapter_file.AdapterFile(record, values))


def load(path: str | os.PathLike[str], record: Mapping[str, Any], weights: Weights) -> None:
    """Assign the weights of a file. Everything is checked before anything is changed.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no adapter file, or does not fit; the message lists what differs.
    """
    file = adapter_file.read(path)
    differences = [
        *_record_differences(file.insertion, record),
        *_weight_differences(file.weights, weights),
    ]
    if differences:
        raise ValueError(
            "\n  ".join([f"the adapter {os.fspath(path)!r} does not fit:", *differences])
        )
    for key, weight in weights.items():
        weight.assign(file.weights[key])


def _record_differences(saved: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    return [
        f"{name}: {saved[name]!r} in the file, {here[name]!r} in the model"
        for name in ("layer", "digest", "targets", "blocks")
        if saved[name] != here[name]
    ]


def _weight_differences(saved: Mapping[str, NDArray[np.float32]], here: Weights) -> list[str]:
    shapes = {path: tuple(weight.shape) for path, weight in here.items()}
    return [
        f"{path}: {_shape(saved, path)} in the file, {shapes.get(path, 'absent')} in the model"
        for path in sorted({*saved, *shapes})
        if path not in saved or saved[path].shape != shapes.get(path)
    ]


def _shape(weights: Mapping[str, NDArray[np.float32]], path: str) -> object:
    return weights[path].shape if path in weights else "absent"
