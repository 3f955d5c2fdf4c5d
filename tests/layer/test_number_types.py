"""The kernel's 16-bit numbers against those of ``ml_dtypes``, for several instruction sets."""

from __future__ import annotations

import ctypes
import math
import platform
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from tests.layer.kernel_source import SOURCE, build, describe

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:(invalid value|overflow) encountered:RuntimeWarning"),
]

TYPES = [ml_dtypes.bfloat16, np.float16]


def architectures() -> list[str]:
    """Return what this processor can run: 16, 8 and 4 lanes on the largest ones."""
    if platform.machine() != "x86_64":
        return ["native"]
    flags = (
        Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    )
    return ["native", "x86-64", *(["x86-64-v3"] if "avx2" in flags else [])]


class Squares:
    """``squares.c``, built for an architecture."""

    def __init__(self, architecture: str, folder: Path) -> None:
        lanes = folder / "lanes.c"
        lanes.write_text('#include "lanes.h"\nint lanes(void) { return LANES; }\n')
        flags = ("-O3", f"-march={architecture}")
        self.library = build(folder, *flags, SOURCE / "squares.c", lanes)
        self.lanes: int = self.library.lanes()

    def read(self, numbers: np.ndarray) -> np.ndarray:
        """One row of numbers as float32."""
        columns = aligned(len(numbers), self.lanes)
        self.call("read_columns", numbers, 1, columns)
        return columns[:, 0]

    def write(self, numbers: np.ndarray, kind: type) -> np.ndarray:
        """One row of float32 as other numbers."""
        row, columns = np.empty(len(numbers), kind), aligned(len(numbers), self.lanes)
        columns[:, 0] = numbers
        self.call("write_columns", row, 1, columns)
        return row

    def call(self, name: str, row: np.ndarray, *arguments: Any) -> None:
        """Call a function of a matrix of one row, other numbers, and vectors at the end."""
        *others, vectors = arguments
        (matrix,) = describe(row[None])
        getattr(self.library, name)(matrix, *others, ctypes.c_void_p(vectors.ctypes.data))


def aligned(*shape: int) -> np.ndarray:
    """Numbers where a vector register may read them."""
    numbers = np.full(math.prod(shape) + 16, 7, np.float32)
    start = -numbers.ctypes.data % 64 // 4
    return numbers[start : start + math.prod(shape)].reshape(shape)


@pytest.fixture(scope="module", params=architectures())
def squares(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Squares:
    return Squares(request.param, tmp_path_factory.mktemp(request.param))


@pytest.mark.parametrize("kind", TYPES)
def test_every_number_is_read_exactly(kind: type, squares: Squares) -> None:
    numbers = np.arange(2**16, dtype=np.uint16).view(kind)
    np.testing.assert_array_equal(squares.read(numbers), numbers.astype(np.float32))


@pytest.mark.parametrize("kind", TYPES)
def test_numbers_are_rounded_to_the_nearest_even(kind: type, squares: Squares) -> None:
    """Each number, the middle to the next one, what stands beside the middle, and beyond the range.

    Subnormal numbers of bfloat16 may be 0.
    """
    numbers = np.arange(2**16, dtype=np.uint16).view(kind).astype(np.float64)
    numbers = np.sort(numbers[np.isfinite(numbers)])
    middles = ((numbers[1:] + numbers[:-1]) / 2).astype(np.float32)
    beside = [np.nextafter(middles, np.float32(end)) for end in (-np.inf, np.inf)]
    rest = np.array([np.nan, np.inf, -np.inf, 65519, 65520, 1e6, 3.3e38, -3.4e38], np.float32)
    floats = np.concatenate([numbers.astype(np.float32), middles, *beside, rest])
    floats = floats[~(np.abs(floats) < 2.0**-126) | (floats == 0)]
    expected = floats.astype(kind)
    write_layers = squares.write(floats, kind)
    np.testing.assert_array_equal(write_layers.astype(np.float32), expected.astype(np.float32))


def test_a_row_that_ends_within_a_square_is_filled_with_zeros(squares: Squares) -> None:
    row, last = np.ones(squares.lanes + 3, np.float16), aligned(squares.lanes, squares.lanes)
    squares.call("read_square", row, 1, ctypes.c_int64(squares.lanes), last)
    assert last.sum() == 3
