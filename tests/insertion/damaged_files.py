"""Files that no adapter should be read from."""

from __future__ import annotations

import json
import struct

import h5py
import numpy as np

RECORD = {
    "format": 1,
    "layer": "some>Layer",
    "digest": None,
    "targets": ["query"],
    "blocks": [0],
    "seed": 0,
    "options": {},
}
RECORD_TEXT = json.dumps(RECORD)
PATH = "block/query/theta"
VALUES = np.arange(4, dtype=np.float32)


def hdf5(path, fill, record=RECORD_TEXT):
    """Write an HDF5 file in which ``fill`` puts what it wants, with a record of format 1."""
    with h5py.File(path, "w") as file:
        fill(file)
        if record is not None:
            file.attrs["qslc_adapter"] = record
    return path


def dataset(*arguments, **options):
    """Return what fills a file with one dataset."""
    return lambda file: file.create_dataset(PATH, *arguments, **options)


def virtual(source, name):
    """Return what fills a file with a dataset whose numbers stand elsewhere."""

    def fill(file):
        file.create_dataset("source", data=VALUES)
        layout = h5py.VirtualLayout((4,), np.float32)
        layout[:] = h5py.VirtualSource(source, name, (4,))
        file.create_virtual_dataset(PATH, layout)

    return fill


def compact(file):
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple((4,))
    h5py.h5d.create(file.create_group("block").id, b"theta", h5py.h5t.IEEE_F32LE, space, creation)


def item(path, make):
    """Return what fills a file with a dataset and something else, made from the file."""

    def fill(file):
        plain(file)
        file[path] = make(file)

    return fill


def deep(file):
    group = file
    for _ in range(3000):
        group = group.create_group("g")


plain = dataset(data=VALUES)
HDF5 = {
    "external storage": dataset((4,), np.float32, external=[("/etc/hostname", 0, 16)]),
    "virtual": virtual("/etc/other.h5", "x"),
    "virtual, of the file itself": virtual(".", "source"),
    "declares 1 GiB": dataset((2**28,), np.float32),
    "declares 4 TiB": dataset((2**40,), np.float32),
    "never written": dataset((4,), np.float32),
    "chunked": dataset(data=VALUES, chunks=(2,)),
    "compressed": dataset(data=VALUES, compression="gzip"),
    "compact": compact,
    "soft link": item("block/query/other", lambda _: h5py.SoftLink(f"/{PATH}")),
    "external link": item("other", lambda _: h5py.ExternalLink("/etc/other.h5", "/block")),
    "two names": item("block/query/other", lambda file: file[PATH]),
    "circle": item("block/query/again", lambda file: file["block"]),
    "deep": deep,
    "named type": item("type", lambda _: np.dtype("f4")),
    **{
        name: dataset(data=VALUES.astype(dtype))
        for name, dtype in {
            "complex": np.complex64,
            "float64": np.float64,
            "float16": np.float16,
            "big-endian": ">f4",
            "integers": np.int32,
        }.items()
    },
    "text": dataset(data=["a", "b"]),
    "no space": dataset(data=h5py.Empty("f4")),
}

ATTRIBUTES = {
    "none": None,
    "a number": 3,
    "an array": np.zeros(1000),
    "texts": ["a", "b"],
    "a list": "[]",
    "cut": "{",
    "not utf-8": np.bytes_(b"\xff\xfe{}"),
    "deep": "[" * 100_000,
    "deep in the options": json.dumps(RECORD)[:-2] + '{"a":' * 50_000,
    "a key twice": '{"format": 1, ' + json.dumps(RECORD)[1:],
    "NaN": json.dumps({**RECORD, "options": {"scale": float("nan")}}),
}

RECORDS = {
    "format": [2, "1", None, True],
    "layer": [None, 3, ["a"]],
    "digest": [3, {}],
    "targets": ["query", [3], None, {"query": 1}],
    "blocks": [["0"], [-1], [0.5], [True], "all", None],
    "seed": [-1, 0.5, "0", None, True, [1]],
    "options": [None, [], "x", 3],
    "unknown": [1],
}


def safetensors(header, data=b"", length=None):
    """Return the bytes of a safetensors file with any header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


TENSOR = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}
DATA = VALUES.tobytes()

SAFETENSORS = {
    "empty": b"",
    "four bytes": b"abcd",
    "text": b"hello, this is no adapter file at all",
    "no header": safetensors(b""),
    "header of 2**63": safetensors(b"{}", length=2**63),
    "header of 99 MB": safetensors(b"{}", length=99_000_000),
    "header longer than the file": safetensors(b"{}", length=1000),
    "deep": safetensors(b"[" * 100_000),
    "deep metadata": safetensors(b'{"__metadata__":{"qslc_adapter":' + b"[" * 100_000),
    "not utf-8": safetensors(b'{"\xff":1}'),
    "no metadata": safetensors({PATH: TENSOR}, DATA),
    "other metadata": safetensors({"__metadata__": {"format": "pt"}, PATH: TENSOR}, DATA),
    "a tensor twice": safetensors(
        b'{"a":' + json.dumps(TENSOR).encode() + b',"a":' + json.dumps(TENSOR).encode() + b"}", DATA
    ),
    "metadata twice": safetensors(
        b'{"__metadata__":{"qslc_adapter":"{}","qslc_adapter":"{}"}}',
    ),
    "record of brackets": safetensors({"__metadata__": {"qslc_adapter": "[" * 100_000}}),
    "record is a list": safetensors({"__metadata__": {"qslc_adapter": "[]"}}),
    "record is a number": safetensors({"__metadata__": {"qslc_adapter": "3"}}),
    "record is empty": safetensors({"__metadata__": {"qslc_adapter": "{}"}}),
    "declares 4 TiB": safetensors(
        {PATH: {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}}, DATA
    ),
    "overflows": safetensors(
        {PATH: {"dtype": "F32", "shape": [2**32, 2**32, 4], "data_offsets": [0, 16]}}, DATA
    ),
    "cut": safetensors({PATH: TENSOR}, DATA[:-1]),
    "longer": safetensors({PATH: TENSOR}, DATA + b"0000"),
}
