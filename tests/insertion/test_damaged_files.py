"""Adapter files that are hostile or damaged: one clear error, soon, and nothing is allocated."""

from __future__ import annotations

import json
import os
import random
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from qslc_runtime.adapters import adapter_file
from qslc_runtime.adapters.record import Record

from tests.insertion import damaged_files as damaged

pytestmark = pytest.mark.slow

_RECORD = Record("some>Layer", None, ("query",), (0,), 0, {})


def read(path):
    return adapter_file.read_weights(path, adapter_file.read_header(path))


def assert_refused(path, error=ValueError):
    """Check that one line names the file, and that nothing that it declares is allocated."""
    tracemalloc.start()
    try:
        with pytest.raises(error) as caught:
            read(path)
        assert tracemalloc.get_traced_memory()[1] < 2**25
    finally:
        tracemalloc.stop()
    message = str(caught.value)
    assert os.fspath(path) in message
    assert len(message) < 600
    assert message.isprintable()


@pytest.fixture
def good(tmp_path):
    """Write a file of 6 numbers in the format of today."""
    record = Record("some>Layer", None, ("query",), (0,), 0, {"rank": 2}, fixed={"a": (1.0,) * 4})
    path = tmp_path / "good.safetensors"
    weights = {"theta": np.arange(4, dtype=np.float32), "order": np.arange(2, dtype=np.int32)}
    adapter_file.write(path, record, weights)
    return path


def test_a_plain_file_of_format_1_is_read(tmp_path):
    weights = read(damaged.hdf5(tmp_path / "plain.h5", damaged.plain))
    assert weights.keys() == {damaged.PATH}
    assert np.array_equal(weights[damaged.PATH], damaged.VALUES)


@pytest.mark.parametrize("name", damaged.HDF5)
def test_hdf5_that_is_more_than_plain_datasets(name, tmp_path):
    assert_refused(damaged.hdf5(tmp_path / "a.h5", damaged.HDF5[name]))


@pytest.mark.parametrize("name", damaged.ATTRIBUTES)
def test_records_of_hdf5(name, tmp_path):
    record = damaged.ATTRIBUTES[name]
    assert_refused(damaged.hdf5(tmp_path / "a.h5", damaged.plain, record))


@pytest.mark.parametrize("key", damaged.RECORDS)
def test_records_with_wrong_values(key, tmp_path, good):
    for i, value in enumerate(damaged.RECORDS[key]):
        record = json.dumps({**damaged.RECORD, key: value})
        assert_refused(damaged.hdf5(tmp_path / f"{i}.h5", damaged.plain, record))
        changed = {**damaged.RECORD, "format": 2, key: 3 if value == 2 else value}
        metadata = {"__metadata__": {"qslc_adapter": json.dumps(changed)}}
        path = tmp_path / f"{i}.safetensors"
        path.write_bytes(damaged.safetensors(metadata))
        assert_refused(path)


def test_records_that_lack_something(tmp_path):
    for key in damaged.RECORD:
        record = {name: value for name, value in damaged.RECORD.items() if name != key}
        path = damaged.hdf5(tmp_path / f"{key}.h5", damaged.plain, json.dumps(record))
        with pytest.raises(ValueError, match="format is not 1" if key == "format" else key):
            read(path)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_hdf5_with_numbers_that_are_not_finite(number, tmp_path):
    def fill(file):
        file.create_dataset(damaged.PATH, data=np.array([0, number], np.float32))

    with pytest.raises(ValueError, match=f"{damaged.PATH} holds numbers that are not finite"):
        read(damaged.hdf5(tmp_path / "a.h5", fill))


def test_hdf5_that_is_cut(tmp_path):
    path = damaged.hdf5(tmp_path / "a.h5", damaged.plain)
    whole = path.read_bytes()
    for size in range(8, len(whole), 97):
        path.write_bytes(whole[:size])
        assert_refused(path)


@pytest.mark.parametrize("name", damaged.SAFETENSORS)
def test_what_is_no_adapter_in_safetensors(name, tmp_path):
    path = tmp_path / "a.safetensors"
    path.write_bytes(damaged.SAFETENSORS[name])
    assert_refused(path)


def test_every_flipped_bit_is_found(good):
    whole = good.read_bytes()
    draw = random.Random(0)
    for place in range(len(whole)):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << draw.randrange(8)
        good.write_bytes(flipped)
        with pytest.raises(ValueError):
            read(good)


def test_every_cut_is_found(good):
    whole = good.read_bytes()
    for size in range(0, len(whole), 7):
        good.write_bytes(whole[:size])
        assert_refused(good)


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_numbers_that_are_not_finite(number, good, monkeypatch):
    record = adapter_file.read_header(good).record
    with monkeypatch.context() as patch:
        patch.setattr(adapter_file, "_check_finite", lambda _: None)
        adapter_file.write(good, record, {"theta": np.array([number], np.float32)})
    with pytest.raises(ValueError, match="theta holds numbers that are not finite"):
        read(good)


def test_a_file_that_changes_between_its_header_and_its_weights(good):
    header = adapter_file.read_header(good)
    weights = adapter_file.read_weights(good, header)
    adapter_file.write(good, replace(header.record, seed=1), weights)
    with pytest.raises(ValueError, match="changed while it was read"):
        adapter_file.read_weights(good, header)


def test_a_newer_format_says_so(good):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adapter_file, "FORMAT", 3)
        adapter_file.write(good, _RECORD, {})
    with pytest.raises(ValueError, match="its format is 3; this version of qslc reads 1 and 2"):
        read(good)


def test_paths_that_are_no_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no adapter file"):
        read(tmp_path / "none.safetensors")
    with pytest.raises(IsADirectoryError, match="is a folder, not an adapter file"):
        read(tmp_path)
    os.mkfifo(tmp_path / "fifo")
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for path in (tmp_path / "fifo", loop, tmp_path / ("x" * 300), "/dev/zero"):
        assert_refused(path)
    with pytest.raises(ValueError, match="is not an adapter file"):
        read("with\0nul")


def test_a_link_to_a_file_is_read(good):
    link = good.with_name("link")
    link.symlink_to(good)
    assert read(link).keys() == {"theta", "order"}
