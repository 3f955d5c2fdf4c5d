"""Divide calls of the kernel in JAX among the devices of a mesh, by tokens."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
from jax.experimental.custom_partitioning import custom_partitioning
from jax.sharding import Mesh, NamedSharding, PartitionSpec

_TOKENS, _WEIGHTS, _MAP = ("tokens", "features"), ("weights",), ("observables", "units")
_OUTPUTS = ("tokens", "outputs")
ARGUMENTS = (_TOKENS, _WEIGHTS, _MAP)
"""The dimensions of inputs, theta and up."""


def divide_outputs(function: Callable[..., Any]) -> Callable[..., Any]:
    """Divide (inputs, theta, up) to outputs: each device computes those of its tokens."""
    return _divide(function, ARGUMENTS, (_OUTPUTS,))


def divide_gradients(function: Callable[..., Any]) -> Callable[..., Any]:
    """Divide (inputs, theta, up, upstream) to the gradients of the first three.

    Each device computes what its tokens contribute; those to theta and up add up over the devices.
    """
    return _divide(function, (*ARGUMENTS, _OUTPUTS), ARGUMENTS)


def _divide(
    function: Callable[..., Any],
    arguments: Sequence[tuple[str, ...]],
    results: Sequence[tuple[str, ...]],
) -> Callable[..., Any]:
    divided = custom_partitioning(function)

    def shardings(mesh: Mesh, dimensions: Sequence[tuple[str, ...]], axes: Any) -> list[Any]:
        specs = ([axes if name == "tokens" else None for name in array] for array in dimensions)
        return [NamedSharding(mesh, PartitionSpec(*spec)) for spec in specs]

    def pack(of_results: list[Any]) -> Any:
        return tuple(of_results) if len(results) > 1 else of_results[0]

    def infer(mesh: Mesh, given: Any, _: Any) -> Any:
        return pack(shardings(mesh, results, _find_axes(mesh, given)))

    def partition(mesh: Mesh, given: Any, wanted: Any) -> Any:
        axes = _find_axes(mesh, (*given, *jax.tree.leaves(wanted)))

        def on_device(*parts: Any) -> Any:
            own = function(*parts)
            return pack(
                [
                    part if axes is None or "tokens" in array else jax.lax.psum(part, axes)
                    for part, array in zip(jax.tree.leaves(own), results, strict=True)
                ]
            )

        divided_results = pack(shardings(mesh, results, axes))
        return mesh, on_device, divided_results, tuple(shardings(mesh, arguments, axes))

    divided.def_partition(
        partition, infer_sharding_from_operands=infer, **_state_rule(arguments, results)
    )
    return jax.jit(divided, inline=True)


def _find_axes(mesh: Mesh, arrays: Sequence[Any]) -> Any:
    """Return the axes of the mesh that divide the rows of the first divided array of tokens.

    None where there are none, or where the tokens are no multiple of the parts.
    """
    tokens = arrays[0].shape[0]
    for array in arrays:
        spec = getattr(array.sharding, "spec", ())
        axes = spec[0] if spec else None
        if array.shape[:1] != (tokens,) or len(array.shape) != 2 or not axes:
            continue
        names = axes if isinstance(axes, tuple) else (axes,)
        parts = math.prod(mesh.shape[name] for name in names)
        return names if tokens % parts == 0 else None
    return None


def _state_rule(
    arguments: Sequence[tuple[str, ...]], results: Sequence[tuple[str, ...]]
) -> dict[str, Any]:
    """State for the partitioner Shardy that the tokens alone are divided."""
    sides = (", ".join(" ".join(array) for array in arrays) for arrays in (arguments, results))
    known = inspect.signature(custom_partitioning.def_partition).parameters
    rule: dict[str, Any] = {"sharding_rule": " -> ".join(sides)}
    if "need_replication_factors" in known:
        names = dict.fromkeys(name for array in (*arguments, *results) for name in array)
        rule["need_replication_factors"] = tuple(name for name in names if name != "tokens")
    return rule if "sharding_rule" in known else {}


def allow_in_shard_map(*primitives: Any) -> None:
    """Let ``shard_map`` check what devices share, through these primitives.

    JAX before 0.7 looks this up by primitive, and does not know those of ``custom_vmap`` and
    ``custom_partitioning`` either.
    """
    try:
        from jax._src.custom_batching import custom_vmap_p
        from jax._src.custom_partitioning import custom_partitioning_p
        from jax.experimental.shard_map import register_standard_check, register_standard_rewrite
    except ImportError:
        return
    for primitive in (custom_vmap_p, custom_partitioning_p, *primitives):
        register_standard_check(primitive)
        register_standard_rewrite(primitive)
