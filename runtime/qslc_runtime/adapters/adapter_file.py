"""Adapter files: what was trained, and how the rest is made again.

A file is in the safetensors format: a tensor for each weight under its path
("transformer_layer_0/query/theta"), and under ``qslc_adapter`` of the metadata a ``Record`` as
JSON, with the format's number and a digest of the record and of all tensors. It is recognized by
its content, whatever its name. HDF5 files of earlier versions can be read (``hdf5_file``).
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from qslc_runtime.adapters import hdf5_file
from qslc_runtime.adapters.record import (
    Header,
    Record,
    TensorType,
    parse_json,
    parse_record,
    to_json,
)
from qslc_runtime.atomic_file import replace_file
from qslc_runtime.folder import escape

FORMAT = 2
MAX_HEADER = 2**22
"""Bytes of a safetensors header: that of 1,000 weights has 0.2 MB."""
_METADATA = "qslc_adapter"
_TYPES = {"F32": "float32", "I32": "int32"}

Weights = Mapping[str, NDArray[Any]]


def write(path: str | os.PathLike[str], record: Record, weights: Weights) -> None:
    """Write a file, whole or not at all; the same contents give the same bytes.

    Args:
        weights: Float32 or int32, by path.

    Raises:
        ValueError: A weight is not finite.
        OSError: The file cannot be written.
    """
    arrays = {key: np.ascontiguousarray(weight) for key, weight in weights.items()}
    _check_finite(arrays)
    data = {"format": FORMAT, **to_json(record)}
    data["sha256"] = _digest(data, arrays)
    # One entry: safetensors writes those of a larger mapping in any order.
    replace_file(path, save(arrays, {_METADATA: json.dumps(data, sort_keys=True)}))


def read_header(path: str | os.PathLike[str]) -> Header:
    """Read what a file declares, and none of its numbers.

    Raises:
        FileNotFoundError: There is none.
        IsADirectoryError: It is a folder.
        ValueError: It is something else, is damaged, or has a newer format.
    """
    try:
        if _is_hdf5(Path(path)):
            return hdf5_file.read_header(Path(path))
        return _parse_header(Path(path))[0]
    except (SafetensorError, ValueError) as error:
        raise _explain(path, error) from None


def read_weights(path: str | os.PathLike[str], header: Header) -> dict[str, NDArray[Any]]:
    """Read the numbers of a file whose header was found to be as it must be.

    Raises:
        ValueError: The file is not the one of the header, or is damaged; or a number is not finite.
    """
    try:
        read = hdf5_file.read_weights if header.format == 1 else _parse_weights
        weights = read(Path(path), header)
        _check_finite(weights)
    except (SafetensorError, ValueError) as error:
        raise _explain(path, error) from None
    return weights


def _parse_header(path: Path) -> tuple[Header, dict[str, Any]]:
    """Read what is declared, and the record's JSON as it stands in the file."""
    _check_json(path)
    with safe_open(path, "np") as file:
        data = parse_json((file.metadata() or {}).get(_METADATA, "null"))
        slices = {key: file.get_slice(key) for key in file.keys()}  # noqa: SIM118
        tensors = {
            key: TensorType(_TYPES.get(part.get_dtype(), part.get_dtype()), tuple(part.get_shape()))
            for key, part in slices.items()
        }
    if not isinstance(data, dict):
        raise ValueError(f"its metadata has no record {_METADATA!r}")
    if data.get("format") != FORMAT:
        raise ValueError(
            f"its format is {data.get('format')!r}; this version of qslc reads 1 and 2"
        )
    record = parse_record({k: v for k, v in data.items() if k not in ("format", "sha256")})
    return Header(FORMAT, record, tensors), data


def _parse_weights(path: Path, header: Header) -> dict[str, NDArray[Any]]:
    found, data = _parse_header(path)
    if found != header:
        raise ValueError("it changed while it was read")
    with safe_open(path, "np") as file:
        weights = {key: file.get_tensor(key) for key in header.tensors}
    claimed = data.pop("sha256", None)
    if claimed != _digest(data, weights):
        raise ValueError("it is damaged: its contents are not those of its digest")
    return weights


def _check_json(path: Path) -> None:
    """Raise a ValueError unless the header is short and names no key twice."""
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if length > MAX_HEADER:
            raise ValueError("it does not begin as a safetensors file does")
        text = file.read(length)
    if len(text) < max(length, 2):
        raise ValueError("it ends before its header does")
    parse_json(text)


def _is_hdf5(path: Path) -> bool:
    """Return whether an ordinary file begins as HDF5 does; other files are an error."""
    try:
        kind = path.stat().st_mode
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no adapter file {str(path)!r}") from None
    except OSError as error:
        raise ValueError(error.strerror) from None
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(
            f"{str(path)!r} is a folder, not an adapter file; qslc_runtime.from_hub loads a folder "
            "that save_folder wrote"
        )
    if not stat.S_ISREG(kind):
        raise ValueError("it is no ordinary file")
    with path.open("rb") as file:
        return file.read(len(hdf5_file.SIGNATURE)) == hdf5_file.SIGNATURE


def _check_finite(weights: Weights) -> None:
    for key, weight in weights.items():
        if not np.isfinite(weight).all():
            raise ValueError(f"{key} holds numbers that are not finite")


def _digest(data: Mapping[str, Any], weights: Weights) -> str:
    """Digest the record's JSON and each weight's path, type, shape and bytes."""
    digest = hashlib.sha256(json.dumps(data, sort_keys=True).encode())
    for key in sorted(weights):
        weight = weights[key]
        digest.update(f"\0{key}\0{weight.dtype}\0{weight.shape}\0".encode())
        digest.update(weight.astype(weight.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()


def _explain(path: str | os.PathLike[str], error: Exception) -> ValueError:
    return ValueError(f"{os.fspath(path)!r} is not an adapter file: {escape(error)}")
