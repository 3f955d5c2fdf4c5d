"""Run the kernel as operations of PyTorch: the functions of ``compiled.Binding``.

The shared library is called through ctypes, which lets other Python threads run meanwhile, on the
memory of the tensors. To ``torch.compile`` the operations are opaque, and no end of a graph.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NoReturn

import numpy as np
import torch
from keras import ops
from numpy.typing import NDArray

from qslc_runtime.backends import has_cpu_tensors
from qslc_runtime.compiled.build import BuildError, build_library

SUPPORTS_XLA = True

_TYPES = {torch.float32: 0, torch.bfloat16: 1, torch.float16: 2, torch.int32: 0}
"""Numbers of types in ``source/kernel.h``; the kernel knows itself which array is int32."""

_ERRORS = {
    1: ValueError("the circuit is for tensors of other shapes"),
    2: MemoryError("the quantum sublayer's kernel has no memory left"),
}


class _Array(ctypes.Structure):
    """``Array`` of ``source/kernel.h``."""

    _fields_ = (
        ("data", ctypes.c_void_p),
        ("type", ctypes.c_int),
        ("rank", ctypes.c_int),
        ("dims", ctypes.c_int64 * 3),
    )


@cache
def load_kernel() -> ctypes.CDLL:
    if not has_cpu_tensors():
        raise RuntimeError("it runs on CPUs, and Keras puts PyTorch's tensors on another device")
    path = build_library("torch.c")
    try:
        kernel = ctypes.CDLL(str(path))
        for name in ("outputs", "gradients"):
            getattr(kernel, f"qslc_torch_{name}").argtypes = (
                *(ctypes.c_void_p, ctypes.c_int),
                *(ctypes.POINTER(_Array), ctypes.POINTER(_Array)),
            )
    except (OSError, AttributeError) as error:
        raise BuildError(str(error)) from error
    return kernel


def compute_outputs(
    program: NDArray[np.int32], threads: int, inputs: Any, theta: Any, up: Any, dtype: str
) -> Any:
    width = int(up.shape[1] or program[3])
    numbers = torch.from_numpy(program)
    return _compute_outputs(inputs, theta, up, numbers, threads, width, getattr(torch, dtype))


def compute_folded(inputs: Any, maps: Any, *, normalizes: bool, exact: Callable[[Any], Any]) -> Any:
    return _Folded.apply(ops.convert_to_tensor(inputs), maps, normalizes, exact)


class _Folded(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, inputs: Any, maps: Any, normalizes: bool, exact: Any) -> Any:
        context.save_for_backward(inputs)
        context.exact = exact
        arrays = [ops.convert_to_tensor(array).detach().contiguous() for array in maps]
        outputs, rows = inputs.new_empty((inputs.shape[0], maps.width)), inputs.contiguous()
        given, made = _describe(rows, *arrays), _describe(outputs)
        _check(load_kernel().qslc_torch_folded(int(normalizes), given, made))
        return outputs

    @staticmethod
    def backward(context: Any, upstream: Any) -> Any:
        (inputs,) = context.saved_tensors
        twice = torch.is_grad_enabled()
        with torch.enable_grad():
            values = context.exact(inputs)
            slopes = torch.autograd.grad(values, inputs, upstream, create_graph=twice)
        return (*slopes, None, None, None)


def runs_here() -> bool:
    """Return whether tensors are on the processor, and no file is made that others read."""
    return has_cpu_tensors() and not torch.compiler.is_exporting()


@torch.library.custom_op(
    "qslc::outputs",
    mutates_args=(),
    device_types="cpu",
    schema="(Tensor inputs, Tensor theta, Tensor up, Tensor program, int threads, int width, "
    "ScalarType dtype) -> Tensor",
)
def _compute_outputs(
    inputs: Any, theta: Any, up: Any, program: Any, threads: int, width: int, dtype: Any
) -> Any:
    arrays = [part.contiguous() for part in (inputs, theta, up)]
    outputs = inputs.new_empty((inputs.shape[0], width), dtype=dtype)
    given, made = _describe(*arrays), _describe(outputs)
    _check(load_kernel().qslc_torch_outputs(program.data_ptr(), threads, given, made))
    return outputs


@torch.library.custom_op(
    "qslc::gradients",
    mutates_args=(),
    device_types="cpu",
    schema="(Tensor inputs, Tensor theta, Tensor up, Tensor upstream, Tensor program, int threads) "
    "-> (Tensor, Tensor, Tensor)",
)
def _compute_gradients(
    inputs: Any, theta: Any, up: Any, upstream: Any, program: Any, threads: int
) -> tuple[Any, Any, Any]:
    arrays = [part.contiguous() for part in (inputs, theta, up, upstream)]
    found = _make_gradients(*arrays[:3])
    given, made = _describe(*arrays), _describe(*found)
    _check(load_kernel().qslc_torch_gradients(program.data_ptr(), threads, given, made))
    return found


def _make_gradients(*arrays: Any) -> Any:
    return tuple(torch.empty_like(a, memory_format=torch.contiguous_format) for a in arrays)


def _describe(*tensors: Any) -> ctypes.Array[_Array]:
    """Describe contiguous tensors for the kernel; they must outlive its call."""
    arrays = (_Array * len(tensors))()
    for array, tensor in zip(arrays, tensors, strict=True):
        array.data, array.type, array.rank = tensor.data_ptr(), _TYPES[tensor.dtype], tensor.ndim
        array.dims[: tensor.ndim] = tensor.shape
    return arrays


def _check(status: int) -> None:
    if status:
        raise _ERRORS[status]


@_compute_outputs.register_fake
def _(inputs: Any, theta: Any, up: Any, program: Any, threads: int, width: int, dtype: Any) -> Any:
    del theta, up, program, threads
    return inputs.new_empty((inputs.shape[0], width), dtype=dtype)


@_compute_gradients.register_fake
def _(inputs: Any, theta: Any, up: Any, upstream: Any, program: Any, threads: int) -> Any:
    del upstream, program, threads
    return _make_gradients(inputs, theta, up)


def _keep(ctx: Any, inputs: Sequence[Any], output: Any) -> None:
    del output
    *arrays, ctx.threads, _, _ = inputs
    ctx.save_for_backward(*arrays)


def _differentiate(context: Any, upstream: Any) -> tuple[Any, ...]:
    inputs, theta, up, program = context.saved_tensors
    found = _compute_gradients(inputs, theta, up, upstream, program, context.threads)
    return (*found, None, None, None, None)


def _refuse(*_: Any) -> NoReturn:
    raise RuntimeError(
        "the compiled kernel has first derivatives in reverse mode only (backward); for second "
        'derivatives build the layer with engine_options={"kernel": "keras"}'
    )


_compute_outputs.register_autograd(_differentiate, setup_context=_keep)
_compute_gradients.register_autograd(_refuse)
