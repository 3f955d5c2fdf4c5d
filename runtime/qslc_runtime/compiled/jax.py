"""The kernel as a call of XLA, for JAX."""

from __future__ import annotations

import ctypes
from functools import cache, lru_cache
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from qslc_runtime.callers import is_exporting
from qslc_runtime.compiled.build import BuildError, library

SUPPORTS_XLA = True

_CALLS = ("outputs", "gradients", "folded")


@cache
def operations() -> None:
    """Register the calls.

    Raises:
        BuildError: the machine cannot build or load the kernel.
        RuntimeError: JAX does not run on a CPU.
    """
    if jax.default_backend() != "cpu":
        raise RuntimeError(f"it runs on CPUs, and JAX on {jax.default_backend()}")
    path = library("jax.c", jax.__version__, jax.ffi.include_dir())
    try:
        kernel = ctypes.CDLL(str(path))
        functions = {name: getattr(kernel, f"qslc_jax_{name}") for name in _CALLS}
    except (OSError, AttributeError) as error:
        raise BuildError(str(error)) from error
    for name, function in functions.items():
        jax.ffi.register_ffi_target(f"qslc_{name}", jax.ffi.pycapsule(function), platform="cpu")


def outputs(
    program: NDArray[np.int32], threads: int, inputs: Any, theta: Any, up: Any, dtype: str
) -> Any:
    """(tokens, FEATURES), (P,) and (M, units) to (tokens, units), or (tokens, M) where units is 0.

    ``inputs`` and the result, of type ``dtype``, are float32, bfloat16 or float16.
    """
    return _function(program.tobytes(), threads, dtype)(inputs, theta, up)


def folded(inputs: Any, maps: Any, *, normalises: bool) -> Any:
    """A folded layer of a few tokens: (tokens, encoded) to (tokens, outputs), float32.

    Args:
        maps: ``folding.products.Maps``.
        normalises: whether the inputs are made unit vectors first.
    """
    result = jax.ShapeDtypeStruct((inputs.shape[0], maps.width), "float32")
    call = jax.ffi.ffi_call("qslc_folded", result, vmap_method="sequential")
    return call(inputs, *maps, normalises=np.int32(normalises))


def runs_here() -> bool:
    """Whether what is being traced can hold the call: whoever reads an exported file has it not."""
    return not is_exporting()


@lru_cache(maxsize=128)
def _function(program: bytes, threads: int, dtype: str) -> Any:
    operations()
    numbers = np.frombuffer(program, np.int32)
    attributes = {"program": numbers, "threads": np.int32(threads)}

    @jax.custom_vjp
    def values(inputs: Any, theta: Any, up: Any) -> Any:
        width = up.shape[1] or int(numbers[3])
        shape = jax.ShapeDtypeStruct((inputs.shape[0], width), dtype)
        call = jax.ffi.ffi_call("qslc_outputs", shape, vmap_method="sequential")
        return call(inputs, theta, up, **attributes)

    def backward(kept: tuple[Any, ...], upstream: Any) -> Any:
        shapes = tuple(jax.ShapeDtypeStruct(part.shape, part.dtype) for part in kept)
        call = jax.ffi.ffi_call("qslc_gradients", shapes, vmap_method="sequential")
        return tuple(call(*kept, upstream, **attributes))

    values.defvjp(lambda *arguments: (values(*arguments), arguments), backward)
    return values
