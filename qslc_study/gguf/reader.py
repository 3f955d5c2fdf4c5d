"""Read what a GGUF file says of itself, and its tensors one at a time.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. The reader of the package
``gguf`` believes the sizes that it reads, and takes seconds for a vocabulary; this one shares its
table of quantizations, and has it dequantize.
"""

from __future__ import annotations

import math
import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize
from numpy.typing import NDArray

from qslc.diagnostics import Diagnostic, InputError
from qslc.spec.wording import quote
from qslc_study.rows import make_read_error

VERSIONS = (2, 3)
MAX_ENTRIES = 65_536
"""Most keys, and most tensors; large models have some thousands of tensors."""
MAX_TEXTS = 4_194_304
"""Most texts of one list; large vocabularies have some 100,000 merges."""
MAX_DIMENSIONS = 4
CUT = "get the file again: it was cut short, or is not what it says it is"

_NUMBERS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
_TEXT, _LIST = 8, 9


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor of a file: its shape, the fastest axis last, and the bytes that hold it."""

    shape: tuple[int, ...]
    quantization: GGMLQuantizationType
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class GgufFile:
    """A GGUF file: ``metadata`` by key and ``tensors`` by name, all within the file."""

    path: Path
    metadata: Mapping[str, Any]
    tensors: Mapping[str, Tensor]

    def read_tensor(self, name: str) -> NDArray[np.float32]:
        """Return a tensor as float32.

        Raises:
            InputError: It cannot be read, or holds a number that is not finite.
        """
        tensor = self.tensors[name]
        block, size = GGML_QUANT_SIZES[tensor.quantization]
        packed = (*tensor.shape[:-1], tensor.shape[-1] // block * size)
        try:
            stored = np.memmap(self.path, np.uint8, "r", tensor.start, packed)
        except (OSError, ValueError) as error:
            raise make_read_error(self.path, error) from None
        with np.errstate(all="ignore"):
            values = np.asarray(dequantize(stored, tensor.quantization), np.float32)
        if not np.isfinite(values).all():
            raise self.make_error(
                f"the tensor {quote(name)} holds numbers that are not finite", CUT
            )
        return values.reshape(tensor.shape)

    def make_error(self, message: str, advice: str = "") -> InputError:
        """Make an error that names the file."""
        return InputError(Diagnostic(f"{self.path}: {message}", help=advice))


def read_gguf(path: Path) -> GgufFile:
    """Read keys and tensors of a GGUF file, and check that all of it lies within the file.

    Raises:
        InputError: The file cannot be read, is no GGUF file of a version that is known, is cut
            short, or says of itself what cannot be.
    """
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise GgufFile(path, {}, {}).make_error("the file is empty", CUT)
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _Walk(path, data).read()
    except (OSError, ValueError) as error:
        raise make_read_error(path, error) from None


class _Entry(NamedTuple):
    """A tensor as the file lists it: its offset counts from the end of the list."""

    name: str
    shape: tuple[int, ...]
    quantization: GGMLQuantizationType
    offset: int


class _Walk:
    """A walk through the bytes of a file, which takes none that are not there."""

    def __init__(self, path: Path, data: mmap.mmap) -> None:
        self._file = GgufFile(path, {}, {})
        self._data = data
        self._at = 0

    def read(self) -> GgufFile:
        """Return what the file says of itself."""
        self._check_version()
        tensors, keys = self._take_number("Q"), self._take_number("Q")
        for count, what in ((tensors, "tensors"), (keys, "keys")):
            if count > MAX_ENTRIES:
                raise self._file.make_error(
                    f"it states {count:,} {what}, more than a model has", CUT
                )
        metadata: dict[str, Any] = {}
        for _ in range(keys):
            key = self._take_text("a key")
            if key in metadata:
                raise self._file.make_error(f"the key {quote(key)} stands twice")
            metadata[key] = self._take_value(self._take_number("I"), key)
        entries = [self._take_entry() for _ in range(tensors)]
        return GgufFile(self._file.path, metadata, self._place(entries, metadata))

    def _check_version(self) -> None:
        if self._data[:4] != b"GGUF":
            raise self._file.make_error("this is no GGUF file: it does not begin with GGUF")
        self._at = 4
        version = self._take_number("I")
        if version not in VERSIONS:
            swapped = int.from_bytes(version.to_bytes(4, "little"), "big") in VERSIONS
            kind = "big-endian GGUF" if swapped else f"version {version:,} of GGUF"
            raise self._file.make_error(f"this is {kind}", "a little-endian file, version 2 or 3")

    def _take(self, size: int, what: str) -> int:
        """Return where ``size`` bytes begin, and go on behind them."""
        start = self._at
        if size > len(self._data) - start:
            message = f"it ends at byte {len(self._data):,}, within {what} of {size:,} bytes"
            raise self._file.make_error(message, CUT)
        self._at += size
        return start

    def _take_number(self, kind: str, what: str = "a number") -> Any:
        form = f"<{kind}"
        return struct.unpack_from(form, self._data, self._take(struct.calcsize(form), what))[0]

    def _take_text(self, what: str) -> str:
        size = self._take_number("Q", what)
        start = self._take(size, what)
        try:
            return self._data[start : self._at].decode("utf-8")
        except UnicodeDecodeError:
            raise self._file.make_error(f"{what} is no text in UTF-8", CUT) from None

    def _take_value(self, kind: int, key: str) -> Any:
        what = f"the value of {quote(key)}"
        if kind in _NUMBERS:
            return self._take_number(_NUMBERS[kind], what)
        if kind == _TEXT:
            return self._take_text(what)
        if kind == _LIST:
            return self._take_list(what)
        raise self._file.make_error(f"{what} is of the unknown type {kind}", CUT)

    def _take_list(self, what: str) -> Any:
        kind, count = self._take_number("I", what), self._take_number("Q", what)
        if kind in _NUMBERS:
            dtype = np.dtype(_NUMBERS[kind]).newbyteorder("<")
            start = self._take(count * dtype.itemsize, what)
            return np.frombuffer(self._data[start : self._at], dtype)
        if kind != _TEXT:
            raise self._file.make_error(f"{what} is a list of the unknown type {kind}", CUT)
        if count > MAX_TEXTS:
            raise self._file.make_error(f"{what} is a list of {count:,} texts", CUT)
        return [self._take_text(f"a text in {what}") for _ in range(count)]

    def _take_entry(self) -> _Entry:
        name = self._take_text("the name of a tensor")
        what = f"the tensor {quote(name)}"
        axes = self._take_number("I", what)
        if not 1 <= axes <= MAX_DIMENSIONS:
            raise self._file.make_error(f"{what} has {axes:,} dimensions, not 1 to 4", CUT)
        shape = tuple(self._take_number("Q", what) for _ in range(axes))[::-1]
        kind, offset = self._take_number("I", what), self._take_number("Q", what)
        if kind not in iter(GGMLQuantizationType) or not _can_dequantize(kind):
            advice = "F32, F16, Q8_0, Q4_0, Q4_1, Q4_K or Q6_K, for instance"
            known = {member.value: member.name for member in GGMLQuantizationType}
            message = f"{what} has the quantization {known.get(kind, kind)}, which gguf cannot undo"
            raise self._file.make_error(message, advice)
        return _Entry(name, shape, GGMLQuantizationType(kind), offset)

    def _place(self, entries: list[_Entry], metadata: Mapping[str, Any]) -> dict[str, Tensor]:
        """Return tensors by name, none outside the file or over another."""
        alignment = metadata.get("general.alignment", 32)
        if type(alignment) is not int or not 0 < alignment <= 2**16 or alignment % 8:
            raise self._file.make_error(f"general.alignment is {alignment!r}, no multiple of 8")
        first = -(-self._at // alignment) * alignment
        tensors: dict[str, Tensor] = {}
        for entry in entries:
            if entry.name in tensors:
                raise self._file.make_error(f"the tensor {quote(entry.name)} stands twice")
            tensors[entry.name] = self._place_one(entry, first, alignment)
        ordered = sorted(tensors.items(), key=lambda item: item[1].start)
        for (name, tensor), (other, following) in pairwise(ordered):
            if tensor.start + tensor.size > following.start:
                message = f"the tensors {quote(name)} and {quote(other)} share bytes"
                raise self._file.make_error(message, CUT)
        return tensors

    def _place_one(self, entry: _Entry, first: int, alignment: int) -> Tensor:
        what = f"the tensor {quote(entry.name)}"
        block, size = GGML_QUANT_SIZES[entry.quantization]
        count = math.prod(entry.shape)
        if not count or entry.shape[-1] % block:
            shape = " x ".join(map(str, entry.shape))
            message = f"{what} is {shape}, no whole blocks of {block} numbers"
            raise self._file.make_error(message, CUT)
        if entry.offset % alignment:
            raise self._file.make_error(f"{what} does not begin at a multiple of {alignment}", CUT)
        start, bytes_ = first + entry.offset, count // block * size
        if start + bytes_ > len(self._data):
            message = (
                f"{what} of {bytes_:,} bytes ends behind the end of the file, "
                f"which has {len(self._data):,}"
            )
            raise self._file.make_error(message, CUT)
        return Tensor(entry.shape, entry.quantization, start, bytes_)


@cache
def _can_dequantize(kind: int) -> bool:
    """Tell whether the package knows how to undo a quantization, by a block of zeros."""
    quantization = GGMLQuantizationType(kind)
    _, size = GGML_QUANT_SIZES[quantization]
    try:
        dequantize(np.zeros((1, size), np.uint8), quantization)
    except NotImplementedError:
        return False
    return True
