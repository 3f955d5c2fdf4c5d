"""Compare the kernel of wheels, which is for any processor, with one built for this processor.

python -m benchmarks.prebuilt

Both are called in turn, in one process and one thread.
"""

from __future__ import annotations

import ctypes
import platform
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import qslc_runtime
from numpy.typing import NDArray
from qslc_runtime.compiled.build import build_library
from qslc_runtime.compiled.program import write_program

from benchmarks.report import RESULTS, ROOT, Table
from qslc import compile_to, sublayer

ROUNDS = 100
UNITS = 64


@dataclass(frozen=True)
class Case:
    """A circuit of 4 layers of RY and a ring of CNOT."""

    encoder: str
    qubits: int
    tokens: int


CASES = (
    Case("amplitude", 4, 4096),
    Case("amplitude", 7, 2048),
    Case("amplitude", 10, 256),
    Case("angle", 8, 1024),
    Case("iqp", 7, 1024),
    Case("amplitude", 7, 1),
)


class Array(ctypes.Structure):
    """``Array`` of the kernel's ``kernel.h``."""

    _fields_ = (
        ("data", ctypes.c_void_p),
        ("type", ctypes.c_int),
        ("rank", ctypes.c_int),
        ("dims", ctypes.c_int64 * 3),
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        prebuilt, own = ctypes.CDLL(str(build_prebuilt(Path(folder)))), build_library("torch.c")
        libraries = (prebuilt, ctypes.CDLL(str(own)))
        rows = tuple(row for case in CASES for row in measure(case, libraries))
    heads = ("encoder", "qubits", "tokens", "what", "own, ms", "prebuilt, ms", "ratio")
    text = (
        "# The kernel of wheels\n\nMilliseconds in one thread, the fastest of "
        f"{ROUNDS} rounds in turn, on {read_processor()}. The ratio is of the prebuilt kernel to "
        f"one built for the processor.\n\n{Table(heads, rows, texts=1).markdown()}"
    )
    (RESULTS / "prebuilt.md").write_text(text, encoding="utf-8")
    print(text)


def build_prebuilt(folder: Path) -> Path:
    """Build what a wheel carries, and return the library without a framework."""
    source = ROOT / "runtime" / "kernel"
    for words in (["-S", str(source), "-B", "."], ["--build", "."]):
        subprocess.run(["cmake", *words], cwd=folder, check=True, capture_output=True)
    return next(folder.glob("torch-*.so"))


def read_processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def measure(case: Case, libraries: tuple[ctypes.CDLL, ...]) -> list[tuple[str, ...]]:
    """Return a row for outputs and one for gradients."""
    builder = sublayer("prebuilt", case.qubits)
    encoders = {
        "amplitude": lambda: builder.amplitude(min(768, 2**case.qubits)),
        "angle": lambda: builder.angle(case.qubits),
        "iqp": builder.iqp,
    }
    with tempfile.TemporaryDirectory() as folder:
        compile_to(encoders[case.encoder]().layers(4).spec(), folder)
        layer = qslc_runtime.load(folder)
    program = write_program(layer)
    draws = np.random.default_rng(0)
    shapes = ((case.tokens, layer.FEATURES), (len(layer.WEIGHTS),), (int(program[3]), UNITS))
    arrays = [draws.normal(size=shape).astype(np.float32) for shape in shapes]
    outputs = np.zeros((case.tokens, UNITS), np.float32)
    upstream = np.ones_like(outputs)
    gradients = [np.zeros_like(array) for array in arrays]
    calls = {
        "outputs": (describe(*arrays), describe(outputs)),
        "gradients": (describe(*arrays, upstream), describe(*gradients)),
    }
    numbers = ctypes.c_void_p(program.ctypes.data)
    rows: list[tuple[str, ...]] = []
    for what, (given, made) in calls.items():
        functions = [getattr(library, f"qslc_torch_{what}") for library in libraries]
        times = time_in_turn([partial(f, numbers, 1, given, made) for f in functions])
        cells = (f"{1e3 * times[1]:.3f}", f"{1e3 * times[0]:.3f}", f"{times[0] / times[1]:.2f}")
        rows.append((case.encoder, str(case.qubits), str(case.tokens), what, *cells))
    return rows


def describe(*arrays: NDArray[np.float32]) -> ctypes.Array[Array]:
    """Describe arrays for the kernel; they must outlive its calls."""
    described = (Array * len(arrays))()
    for to, array in zip(described, arrays, strict=True):
        to.data, to.rank = array.ctypes.data, array.ndim
        to.dims[: array.ndim] = array.shape
    return described


def time_in_turn(calls: list[Callable[[], Any]]) -> list[float]:
    """Return the fastest seconds of each call."""
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for call, found in zip(calls, times, strict=True):
            start = time.perf_counter()
            status = call()
            found.append(time.perf_counter() - start)
            if status:
                raise RuntimeError(f"the kernel returned {status}")
    return [min(found) for found in times]


if __name__ == "__main__":
    main()
