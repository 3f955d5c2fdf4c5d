"""The compiled kernel where memory or threads run out: an error, and nothing is lost."""

from __future__ import annotations

import ctypes
import itertools
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qslc_runtime.compiled.program import write_program

from tests.layer.kernel_source import SOURCE, Array, build, describe
from tests.layer.layer_programs import ansatz, load, make_spec, write_layer

pytestmark = pytest.mark.slow

BINDINGS = ("tensorflow.c", "jax.c", "torch.c")
SCARCE = ("aligned_alloc=scarce_alloc", "free=counted_free", "pthread_create=scarce_thread")
ENOUGH = 1_000_000
LAYERS: dict[str, dict[str, Any]] = {
    "amplitude": {"encoder": {"kind": "amplitude", "features": 60}},
    "matrix": {"encoder": {"kind": "amplitude", "features": 20}, "ansatz": ansatz(9, "ry")},
    "iqp": {"encoder": {"kind": "iqp", "repeats": 2}},
    "complex": {
        "encoder": {"kind": "angle"},
        "ansatz": ansatz(2, "rx", "rz", gate="crz"),
        "measure": ["Z0", "X0*X1"],
    },
}


class Layer(ctypes.Structure):
    """``Layer`` of ``kernel.h``."""

    _fields_ = (("program", ctypes.c_void_p), ("threads", ctypes.c_int), ("arrays", Array * 4))


class Folded(ctypes.Structure):
    """``Folded`` of ``kernel.h``."""

    _fields_ = (("arrays", Array * 8), ("normalizes", ctypes.c_int))


class Kernel:
    """The kernel without a framework, its memory and threads counted."""

    def __init__(self, folder: Path) -> None:
        sources = [path for path in SOURCE.glob("*.c") if path.name not in BINDINGS]
        scarce, names = folder / "scarce.o", [f"-D{name}" for name in SCARCE]
        compiler = [*shlex.split(os.environ.get("CC", "cc")), "-std=gnu11", "-fPIC"]
        own = Path(__file__).with_name("scarce.c")
        subprocess.run([*compiler, "-c", own, "-o", scarce], check=True)
        self.library = build(folder, "-O1", *names, "-pthread", *sources, scarce)
        for name in ("qslc_outputs", "qslc_gradients", "qslc_folded"):
            getattr(self.library, name).restype = ctypes.c_bool

    def call(
        self, name: str, *arguments: Any, allocations: int = ENOUGH, threads: int = 64
    ) -> bool:
        """Tell whether the call had enough; either way it has given everything back."""
        counters = {"allocations_left": allocations, "threads_left": threads, "pieces_held": 0}
        for counter, value in counters.items():
            ctypes.c_int.in_dll(self.library, counter).value = value
        done = bool(getattr(self.library, name)(*arguments))
        assert ctypes.c_int.in_dll(self.library, "pieces_held").value == 0
        return done


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Kernel:
    return Kernel(tmp_path_factory.mktemp("kernel"))


class Problem:
    """A layer with a linear map on 2,000 tokens, which three threads share."""

    TOKENS, UNITS = 2000, 20

    def __init__(self, layer: Any) -> None:
        generator = np.random.default_rng(0)

        def draw(*shape: int) -> np.ndarray:
            return generator.normal(size=shape).astype(np.float32)

        self.program = write_program(layer)
        self.upstream = draw(self.TOKENS, self.UNITS)
        up = draw(int(self.program[3]), self.UNITS)
        self.parts = [draw(self.TOKENS, layer.FEATURES), draw(len(layer.WEIGHTS)), up]
        arrays = describe(*self.parts, self.upstream)
        self.layer = Layer(self.program.ctypes.data, 3, arrays)

    def outputs(self, kernel: Kernel, **limits: int) -> list[np.ndarray] | None:
        values = np.zeros_like(self.upstream)
        arguments = (ctypes.byref(self.layer), describe(values)[0])
        return [values] if kernel.call("qslc_outputs", *arguments, **limits) else None

    def gradients(self, kernel: Kernel, **limits: int) -> list[np.ndarray] | None:
        slopes = [np.zeros_like(part) for part in self.parts]
        arguments = (ctypes.byref(self.layer), describe(*slopes))
        return slopes if kernel.call("qslc_gradients", *arguments, **limits) else None


@pytest.mark.parametrize("call", ["outputs", "gradients"])
@pytest.mark.parametrize("name", LAYERS)
def test_any_allocation_may_fail(name: str, call: str, kernel: Kernel, tmp_path: Path) -> None:
    problem = Problem(load(tmp_path, make_spec(qubits=6, **LAYERS[name])))
    run = getattr(problem, call)
    expected = run(kernel)
    for allocations in itertools.count():
        found = run(kernel, allocations=allocations)
        if found is not None:
            break
    assert allocations > 20
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("call", ["outputs", "gradients"])
def test_without_threads_the_numbers_are_the_same(
    call: str, kernel: Kernel, tmp_path: Path
) -> None:
    problem = Problem(load(tmp_path, make_spec(qubits=6, **LAYERS["amplitude"])))
    expected = getattr(problem, call)(kernel)
    assert ctypes.c_int.in_dll(kernel.library, "threads_left").value == 62
    for threads in (0, 1):
        for one, other in zip(
            getattr(problem, call)(kernel, threads=threads), expected, strict=True
        ):
            np.testing.assert_array_equal(one, other)


def test_a_folded_layer_may_fail_too(kernel: Kernel) -> None:
    tokens, encoded, squares, observables = 3, 4, 8, 5
    shapes = [(tokens, encoded), (encoded, squares), *[(0, 0)] * 2, *[(0, 0, 0)] * 2]
    shapes += [(squares, observables), (0, 0)]
    generator = np.random.default_rng(0)
    kept = [generator.normal(size=shape).astype(np.float32) for shape in shapes]
    folded, values = Folded(describe(*kept), 1), np.zeros((tokens, observables), np.float32)
    arguments = (ctypes.byref(folded), ctypes.c_void_p(values.ctypes.data))
    answers = [kernel.call("qslc_folded", *arguments, allocations=count) for count in range(5)]
    assert answers == [False, False, False, True, True]
    units = kept[0] / np.linalg.norm(kept[0], axis=1, keepdims=True)
    np.testing.assert_allclose(values, np.square(units @ kept[1]) @ kept[6], atol=1e-5)


SCRIPT = """
import resource, sys
import numpy as np, qslc_runtime
from qslc_runtime.engines.native import NativeEngine

engine = NativeEngine(qslc_runtime.load(sys.argv[1]), kernel="compiled", threads=1)
x = np.ones((2, 6), "float32")
theta = np.ones(len(engine._layer.WEIGHTS), "float32")
first = np.asarray(engine.expectations(x, theta))
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
limits = resource.getrlimit(resource.RLIMIT_AS)
resource.setrlimit(resource.RLIMIT_AS, (used + 40 * 2**20, limits[1]))
try:
    np.asarray(engine.expectations(x, theta))
except Exception as error:
    told = f"{type(error).__name__}: {error}"
resource.setrlimit(resource.RLIMIT_AS, limits)
assert np.array_equal(first, np.asarray(engine.expectations(x, theta)))
print(told)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="limits memory as Linux does")
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_python_goes_on_where_the_kernel_has_no_memory(backend: str, tmp_path: Path) -> None:
    """A state of 20 qubits takes 64 MiB."""
    layer = write_layer(tmp_path, make_spec(qubits=20, ansatz={"depth": 1, "entangler": "none"}))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(layer)],
        env=os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    error = {"tensorflow": "ResourceExhaustedError", "jax": "RESOURCE_EXHAUSTED"}[backend]
    assert error in done.stdout
    assert "the quantum sublayer's kernel has no memory left" in done.stdout
