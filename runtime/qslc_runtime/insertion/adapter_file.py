"""Adapter files: the weights of the sublayers alone, in one HDF5 file.

A dataset per weight, float32, under its path ("transformer_layer_0/query/theta"); what was
inserted stands as JSON in the attribute ``qslc_adapter`` of the file.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

FORMAT = 1
_ATTRIBUTE = "qslc_adapter"


@dataclass(frozen=True)
class AdapterFile:
    """The record of an insertion (``Insertion.to_json``) and the weights by path."""

    insertion: Mapping[str, Any]
    weights: Mapping[str, NDArray[np.float32]]


def write(path: str | os.PathLike[str], adapter: AdapterFile) -> None:
    """Write the file whole or not at all: readers see the old one until the new one is complete."""
    target = Path(path)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=target.name, delete=False) as file:
        try:
            file.write(_bytes(adapter))
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).chmod(0o666 & ~_umask())
            Path(file.name).replace(target)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def read(path: str | os.PathLike[str]) -> AdapterFile:
    """Read a file that ``write`` wrote.

    Raises:
        FileNotFoundError: there is none.
        ValueError: it is something else, is damaged, or has a newer format.
    """
    try:
        with h5py.File(path, "r") as file:
            return AdapterFile(_record(file), _weights(file))
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no adapter file {os.fspath(path)!r}") from None
    except (OSError, KeyError, TypeError, RuntimeError, ValueError) as error:
        raise ValueError(f"{os.fspath(path)!r} is not an adapter file: {error}") from error


def _bytes(adapter: AdapterFile) -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs[_ATTRIBUTE] = json.dumps({"format": FORMAT, **adapter.insertion})
        for path, weight in adapter.weights.items():
            file.create_dataset(path, data=np.asarray(weight, np.float32))
    return buffer.getvalue()


def _umask() -> int:
    """The permissions that new files lack: a temporary file lacks all but its owner's."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _record(file: h5py.File) -> dict[str, Any]:
    record = json.loads(file.attrs[_ATTRIBUTE])
    if record.pop("format") != FORMAT:
        raise ValueError(f"its format is not {FORMAT}, the only one that this version reads")
    missing = {"layer", "digest", "targets", "blocks", "seed", "options"} - set(record)
    if missing:
        raise ValueError(f"its record lacks {', '.join(sorted(missing))}")
    return dict(record)


def _weights(file: h5py.File) -> dict[str, NDArray[np.float32]]:
    weights: dict[str, NDArray[np.float32]] = {}

    def visit(path: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Dataset):
            weights[path] = np.asarray(item[()], np.float32)

    file.visititems(visit)
    return weights
