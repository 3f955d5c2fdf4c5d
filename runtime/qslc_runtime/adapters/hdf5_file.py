"""Adapter files of format 1, which were HDF5: reading alone.

A float32 dataset for each weight under its path, and the record as JSON in the attribute
``qslc_adapter``. HDF5 can also point to other files, compress, and declare more than it holds; of
that, nothing is followed: each dataset must stand in the file itself, contiguous and complete.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from qslc_runtime.adapters.record import Header, TensorType, parse_json, parse_record

SIGNATURE = b"\x89HDF\r\n\x1a\n"
_ATTRIBUTE = "qslc_adapter"
_MAX_DEPTH = 32
_ERRORS = (OSError, KeyError, TypeError, RuntimeError, AttributeError, OverflowError, MemoryError)
"""What h5py raises on files that are damaged."""


def read_header(path: Path) -> Header:
    """Read the record and what each dataset declares.

    Raises:
        ValueError: The file is damaged, or holds anything but a record and plain datasets.
    """
    with _open(path) as file:
        record = parse_record(_read_record(file))
        tensors = {
            key: TensorType(dataset.dtype.name, dataset.shape)
            for key, dataset in _walk_datasets(file, path.stat().st_size)
        }
    return Header(1, record, tensors)


def read_weights(path: Path, header: Header) -> dict[str, NDArray[Any]]:
    """Read the numbers of all datasets.

    Raises:
        ValueError: The file is damaged, or is not the one of the header.
    """
    if read_header(path) != header:
        raise ValueError("it changed while it was read")
    with _open(path) as file:
        return {key: np.asarray(file[key][()], np.float32) for key in header.tensors}


@contextmanager
def _open(path: Path) -> Iterator[h5py.File]:
    """Open a file; what h5py raises on damage becomes a ValueError."""
    try:
        with h5py.File(path, "r") as file:
            yield file
    except _ERRORS as error:
        raise ValueError(f"it cannot be read as HDF5: {error}") from None


def _read_record(file: h5py.File) -> dict[str, Any]:
    if _ATTRIBUTE not in file.attrs:
        raise ValueError(f"it has no attribute {_ATTRIBUTE!r}")
    attribute = file.attrs.get_id(_ATTRIBUTE)
    if attribute.shape != () or h5py.check_string_dtype(attribute.dtype) is None:
        raise ValueError(f"its attribute {_ATTRIBUTE!r} is no text")
    data = parse_json(file.attrs[_ATTRIBUTE])
    if not isinstance(data, dict):
        raise ValueError(f"its attribute {_ATTRIBUTE!r} is no JSON object")
    if repr(data.pop("format", None)) != "1":
        raise ValueError("its format is not 1, the only one that is HDF5")
    return data


def _walk_datasets(file: h5py.File, size: int) -> Iterator[tuple[str, h5py.Dataset]]:
    """Yield all datasets by path; visit each object once, and follow no link out of the file."""
    seen: set[int] = set()
    waiting: list[tuple[str, h5py.Group, int]] = [("", file, 0)]
    while waiting:
        prefix, group, depth = waiting.pop()
        for name in group:
            path = f"{prefix}{name}"
            if type(group.get(name, getlink=True)) is not h5py.HardLink:
                raise ValueError(f"{path} is a link")
            item = group[name]
            address = h5py.h5o.get_info(item.id).addr
            if address in seen or depth == _MAX_DEPTH:
                raise ValueError(f"{path} stands in a circle, or too deep")
            seen.add(address)
            if isinstance(item, h5py.Group):
                waiting.append((f"{path}/", item, depth + 1))
                continue
            _check_plain(path, item, size)
            yield path, item


def _check_plain(path: str, dataset: Any, size: int) -> None:
    """Raise a ValueError unless all of the dataset stands in one piece of the file."""
    if not isinstance(dataset, h5py.Dataset):
        raise ValueError(f"{path} is no dataset")
    creation = dataset.id.get_create_plist()
    if creation.get_layout() != h5py.h5d.CONTIGUOUS or creation.get_external_count():
        raise ValueError(f"{path} is no plain contiguous dataset")
    if dataset.dtype != np.dtype("<f4"):
        raise ValueError(f"{path} is of {dataset.dtype}, not float32")
    offset, expected = dataset.id.get_offset(), 4 * dataset.size
    if offset is None or dataset.id.get_storage_size() != expected or offset + expected > size:
        raise ValueError(f"{path} declares more than the file holds")
