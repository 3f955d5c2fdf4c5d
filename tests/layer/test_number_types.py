"""The kernel's 16-bit numbers against those of ``ml_dtypes``, for several instruction sets."""

from __future__ import annotations

import ctypes
import os
import platform
import shlex
import subprocess
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:(invalid value|overflow) encountered:RuntimeWarning"),
]

SOURCE = Path(__file__).parents[2] / "runtime/qslc_runtime/compiled/source"
TYPES = {1: ml_dtypes.bfloat16, 2: np.float16}


def architectures() -> list[str]:
    """Return what this processor can run: 16, 8 and 4 lanes on the largest ones."""
    if platform.machine() != "x86_64":
        return ["native"]
    flags = (
        Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    )
    return ["native", "x86-64", *(["x86-64-v3"] if "avx2" in flags else [])]


class Matrix(ctypes.Structure):
    _fields_ = (("data", ctypes.c_void_p), ("type", ctypes.c_int), ("columns", ctypes.c_int64))


class Squares:
    """``squares.c``, built for an architecture."""

    def __init__(self, architecture: str, folder: Path) -> None:
        lanes = folder / "lanes.c"
        lanes.write_text('#include "lanes.h"\nint lanes(void) { return LANES; }\n')
        command = [
            *shlex.split(os.environ.get("CC", "cc")),
            "-std=gnu11",
            "-O3",
            "-shared",
            "-fPIC",
        ]
        inputs = [f"-march={architecture}", f"-I{SOURCE}", str(SOURCE / "squares.c"), str(lanes)]
        subprocess.run([*command, *inputs, "-o", str(folder / "squares.so")], check=True)
        self._library = ctypes.CDLL(str(folder / "squares.so"))
        self.lanes: int = self._library.lanes()

    def read(self, numbers: np.ndarray, kind: int) -> np.ndarray:
        """One row of numbers as float32."""
        floats = np.empty(len(numbers), np.float32)
        self._moved("read_square", numbers, floats, kind)
        return floats

    def write(self, numbers: np.ndarray, kind: int) -> np.ndarray:
        """One row of float32 as other numbers."""
        row = np.empty(len(numbers), TYPES[kind])
        self._moved("write_square", row, numbers.copy(), kind)
        return row

    def square(self, name: str, row: np.ndarray, kind: int, first: int, square: np.ndarray) -> None:
        """``read_square`` or ``write_square`` of a matrix of one row."""
        matrix = Matrix(row.ctypes.data, kind, len(row))
        address = ctypes.c_void_p(square.ctypes.data)
        getattr(self._library, name)(matrix, 1, ctypes.c_int64(first), address)

    def _moved(self, name: str, row: np.ndarray, floats: np.ndarray, kind: int) -> None:
        square = aligned(self.lanes**2)
        for first in range(0, len(row), self.lanes):
            part = floats[first : first + self.lanes]
            square[: len(part)] = part
            self.square(name, row, kind, first, square)
            part[:] = square[: len(part)]


def aligned(count: int) -> np.ndarray:
    """Numbers where a vector register may read them."""
    numbers = np.full(count + 16, 7, np.float32)
    start = -numbers.ctypes.data % 64 // 4
    return numbers[start : start + count]


@pytest.fixture(scope="module", params=architectures())
def squares(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Squares:
    return Squares(request.param, tmp_path_factory.mktemp(request.param))


@pytest.mark.parametrize("kind", TYPES)
def test_every_number_is_read_exactly(kind: int, squares: Squares) -> None:
    numbers = np.arange(2**16, dtype=np.uint16).view(TYPES[kind])
    np.testing.assert_array_equal(squares.read(numbers, kind), numbers.astype(np.float32))


@pytest.mark.parametrize("kind", TYPES)
def test_numbers_are_rounded_to_the_nearest_even(kind: int, squares: Squares) -> None:
    """Each number, the middle to the next one, what stands beside the middle, and beyond the range.

    Subnormal numbers of bfloat16 may be 0.
    """
    numbers = np.arange(2**16, dtype=np.uint16).view(TYPES[kind]).astype(np.float64)
    numbers = np.sort(numbers[np.isfinite(numbers)])
    middles = ((numbers[1:] + numbers[:-1]) / 2).astype(np.float32)
    beside = [np.nextafter(middles, np.float32(end)) for end in (-np.inf, np.inf)]
    rest = np.array([np.nan, np.inf, -np.inf, 65519, 65520, 1e6, 3.3e38, -3.4e38], np.float32)
    floats = np.concatenate([numbers.astype(np.float32), middles, *beside, rest])
    floats = floats[~(np.abs(floats) < 2.0**-126) | (floats == 0)]
    expected = floats.astype(TYPES[kind])
    written = squares.write(floats, kind)
    np.testing.assert_array_equal(written.astype(np.float32), expected.astype(np.float32))


def test_a_row_that_ends_within_a_square_is_filled_with_zeros(squares: Squares) -> None:
    row, last = np.ones(squares.lanes + 3, np.float16), aligned(squares.lanes**2)
    squares.square("read_square", row, 2, squares.lanes, last)
    assert last.sum() == 3
