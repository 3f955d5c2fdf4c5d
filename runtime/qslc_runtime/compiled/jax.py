"""Run the kernel as a call of XLA, for JAX: the functions of ``compiled.Binding``.

Between the call for the values and the call for the gradients stands the derivative, a linear
primitive that reverse mode transposes into the gradients. Nothing evaluates it: the kernel has no
forward mode.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, NoReturn

import jax
import numpy as np
from jax import numpy as jnp
from jax.custom_batching import sequential_vmap
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from numpy.typing import NDArray

from qslc_runtime.callers import is_exporting
from qslc_runtime.compiled.build import BuildError, build_library
from qslc_runtime.compiled.partition import (
    allow_in_shard_map,
    divide_gradients,
    divide_outputs,
)

SUPPORTS_XLA = True

_CALLS = ("outputs", "gradients", "folded")
_FIRST_ONLY = (
    "the compiled kernel has first derivatives in reverse mode only (jax.grad, jax.vjp, "
    "jax.jacrev); for forward mode and second derivatives build the layer with "
    'engine_options={"kernel": "keras"}'
)


@cache
def load_kernel() -> None:
    if jax.default_backend() != "cpu":
        raise RuntimeError(f"it runs on CPUs, and JAX on {jax.default_backend()}")
    path = build_library("jax.c", jax.__version__, jax.ffi.include_dir())
    try:
        kernel = ctypes.CDLL(str(path))
        functions = {name: getattr(kernel, f"qslc_jax_{name}") for name in _CALLS}
    except (OSError, AttributeError) as error:
        raise BuildError(str(error)) from error
    for name, function in functions.items():
        jax.ffi.register_ffi_target(f"qslc_{name}", jax.ffi.pycapsule(function), platform="cpu")


def compute_outputs(
    program: NDArray[np.int32], threads: int, inputs: Any, theta: Any, up: Any, dtype: str
) -> Any:
    return _make_function(program.tobytes(), threads, dtype)(inputs, theta, up)


def compute_folded(inputs: Any, maps: Any, *, normalizes: bool, exact: Callable[[Any], Any]) -> Any:
    @jax.custom_jvp
    def values(inputs: Any) -> Any:
        result = jax.ShapeDtypeStruct((inputs.shape[0], maps.width), "float32")
        call = jax.ffi.ffi_call("qslc_folded", result, vmap_method="sequential")
        return call(inputs, *maps, normalizes=np.int32(normalizes))

    @values.defjvp
    def _(primals: tuple[Any], tangents: tuple[Any]) -> tuple[Any, Any]:
        return values(*primals), jax.jvp(exact, primals, tangents)[1]

    return values(inputs)


def runs_here() -> bool:
    """Return whether what is traced can hold the call, which readers of exported files lack."""
    return not is_exporting()


@lru_cache(maxsize=128)
def _make_function(program: bytes, threads: int, dtype: str) -> Any:
    """Return the differentiable function of (inputs, theta, up) to outputs."""
    load_kernel()
    numbers = np.frombuffer(program, np.int32)
    attributes = {"program": numbers, "threads": np.int32(threads)}

    def forward(inputs: Any, theta: Any, up: Any) -> Any:
        width = up.shape[1] or int(numbers[3])
        shape = jax.ShapeDtypeStruct((inputs.shape[0], width), dtype)
        return jax.ffi.ffi_call("qslc_outputs", shape)(inputs, theta, up, **attributes)

    def backward(inputs: Any, theta: Any, up: Any, upstream: Any) -> Any:
        parts = (inputs, theta, up)
        shapes = tuple(jax.ShapeDtypeStruct(part.shape, part.dtype) for part in parts)
        return tuple(jax.ffi.ffi_call("qslc_gradients", shapes)(*parts, upstream, **attributes))

    values = jax.custom_jvp(sequential_vmap(divide_outputs(forward)))
    gradients = jax.custom_jvp(sequential_vmap(divide_gradients(backward)))
    gradients.defjvp(_refuse)
    derivative = _make_derivative(gradients)

    @values.defjvp
    def _(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
        outputs = values(*primals)
        return outputs, derivative.bind(*primals, *tangents, aval=outputs.aval, levels=())

    return values


def _make_derivative(gradients: Callable[..., Any]) -> Primitive:
    """Make the primitive that maps inputs, theta, up and their tangents to those of the outputs.

    It is linear in the tangents. Its parameters are the shape and type of the outputs and, for
    each ``jax.vmap`` around it, the axes of the first three.
    """
    primitive = Primitive("qslc_derivative")
    primitive.def_abstract_eval(lambda *_, **parameters: parameters["aval"])
    primitive.def_impl(_refuse)
    mlir.register_lowering(primitive, _refuse)
    ad.primitive_jvps[primitive] = _refuse

    def transpose(upstream: Any, *arguments: Any, aval: Any, levels: Any) -> list[Any]:
        del aval
        if isinstance(upstream, ad.Zero):
            return [None] * len(arguments)
        function = gradients
        for axes in levels:
            function = jax.vmap(function, (*axes, 0))
        found = function(*arguments[:3], upstream)
        wanted = map(ad.is_undefined_primal, arguments[3:])
        return [None] * 3 + [s if w else None for s, w in zip(found, wanted, strict=True)]

    def batch(arguments: Any, axes: Any, *, aval: Any, levels: Any) -> tuple[Any, int]:
        size = next(a.shape[i] for a, i in zip(arguments, axes, strict=True) if i is not None)
        moved = [
            a if i is None else jnp.moveaxis(a, i, 0) for a, i in zip(arguments, axes, strict=True)
        ]
        for place in range(3, 6):
            if axes[place] is None:
                moved[place] = jnp.broadcast_to(moved[place], (size, *moved[place].shape))
        level = tuple(None if i is None else 0 for i in axes[:3])
        larger = aval.update(shape=(size, *aval.shape))
        return primitive.bind(*moved, aval=larger, levels=(*levels, level)), 0

    ad.primitive_transposes[primitive] = transpose
    batching.primitive_batchers[primitive] = batch
    allow_in_shard_map(primitive)
    return primitive


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise TypeError(_FIRST_ONLY)
