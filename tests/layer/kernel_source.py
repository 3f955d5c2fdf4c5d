"""The sources of the compiled kernel, built without a framework."""

from __future__ import annotations

import ctypes
import os
import shlex
import subprocess
from pathlib import Path

import numpy as np

SOURCE = Path(__file__).parents[2] / "runtime/qslc_runtime/compiled/source"
TYPES = ("float32", "bfloat16", "float16")


class Array(ctypes.Structure):
    """``Array`` of ``kernel.h``."""

    _fields_ = (
        ("data", ctypes.c_void_p),
        ("type", ctypes.c_int),
        ("rank", ctypes.c_int),
        ("dims", ctypes.c_int64 * 3),
    )


def describe(*parts: np.ndarray) -> ctypes.Array[Array]:
    """Return what the kernel reads of arrays, which must be kept meanwhile."""
    types = [TYPES.index(part.dtype.name) for part in parts]
    dims = [(ctypes.c_int64 * 3)(*part.shape) for part in parts]
    rows = zip(parts, types, dims, strict=True)
    return (Array * len(parts))(
        *(Array(part.ctypes.data, kind, part.ndim, shape) for part, kind, shape in rows)
    )


def build(folder: Path, *arguments: str | Path) -> ctypes.CDLL:
    """Build a library of C files, with flags, and load it."""
    compiler = [*shlex.split(os.environ.get("CC", "cc")), "-std=gnu11", "-shared", "-fPIC"]
    library = folder / "library.so"
    command = [*compiler, f"-I{SOURCE}", *map(str, arguments), "-o", str(library), "-lm"]
    subprocess.run(command, check=True)
    return ctypes.CDLL(str(library))
