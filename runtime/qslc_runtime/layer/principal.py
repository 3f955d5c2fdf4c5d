"""Axes of hidden states, in ``down`` of layers whose spec has ``project: principal``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from qslc_runtime.adapters.adapter import Adapter
from qslc_runtime.layer.sublayer import QuantumSublayer
from qslc_runtime.preparation.axes import find_principal_axes


def set_principal_axes(target: QuantumSublayer | Adapter, tokens: Any) -> None:
    """Set ``down`` of a layer, or of every sublayer of an adapter, to principal axes.

    They are the axes along which the hidden states that the layer sees are largest, from
    calibration tokens; states along them take half the depth to prepare. ``down`` is not trained,
    and adapter files hold it.

        qslc_runtime.set_principal_axes(adapter, {"token_ids": ids, "padding_mask": mask})

    Args:
        target: A built layer, or an adapter.
        tokens: For a layer, hidden states (..., d). For an adapter, what its model takes: one batch
            of inputs, through which it is run once, padding left out; or hidden states (..., d) by
            the path of the sublayer (``Adapter.sublayers``).

    Raises:
        ValueError: A spec has another projection, a layer is not built, or hidden states are not
            finite, have another width, or are none; nothing is changed.
        TypeError: The target is neither a layer nor an adapter.
    """
    if isinstance(target, QuantumSublayer):
        axes = {target: _find_axes(target, tokens)}
    else:
        layers = _list_layers(target)
        known = isinstance(tokens, Mapping) and tokens.keys() >= layers.keys()
        seen = tokens if known else _record_inputs(target, layers, tokens)
        axes = {layer: _find_axes(layer, seen[path]) for path, layer in layers.items()}
    for layer, columns in axes.items():
        layer.down.assign(columns)


def _list_layers(adapter: Adapter) -> dict[str, QuantumSublayer]:
    if not isinstance(adapter, Adapter):
        raise TypeError(f"expected a layer or an adapter, not {adapter!r}")
    layers = adapter.sublayers
    other = next((path for path, s in layers.items() if not isinstance(s, QuantumSublayer)), None)
    if other is not None or not layers:
        raise ValueError(f"{other or 'the adapter'} holds no quantum sublayer")
    return layers


def _find_axes(layer: QuantumSublayer, tokens: Any) -> NDArray[np.float32]:
    if layer.PROJECT != "principal":
        raise ValueError(
            f"{layer.name} has the projection {layer.PROJECT}; set encoder.project in the spec to "
            "principal, and compile it again"
        )
    if not layer.built:
        raise ValueError(f"{layer.name} is not built: call it once before")
    rows = np.asarray(keras.ops.convert_to_numpy(tokens), np.float64)
    width, features = layer.down.shape
    if rows.ndim < 1 or rows.shape[-1] != width or not rows.size:
        raise ValueError(f"{layer.name} sees hidden states (..., {width}), not {rows.shape}")
    try:
        return find_principal_axes(rows.reshape(-1, width), features).astype(np.float32)
    except ValueError as error:
        raise ValueError(f"{layer.name}: {error}") from None


def _record_inputs(
    adapter: Adapter, layers: Mapping[str, QuantumSublayer], inputs: Any
) -> dict[str, Any]:
    """Run the model once, and return what each sublayer was called with."""
    seen: dict[str, Any] = {}
    with record_calls(layers, seen.__setitem__):
        adapter.model(inputs, training=False)
    missing = next((path for path in layers if path not in seen), None)
    if missing is not None:
        raise ValueError(f"the model does not call {missing} on these inputs")
    mask = inputs.get("padding_mask") if isinstance(inputs, Mapping) else None
    return seen if mask is None else {path: _drop_padding(seen[path], mask) for path in layers}


def _drop_padding(hidden: NDArray[Any], mask: Any) -> NDArray[Any]:
    kept = keras.ops.convert_to_numpy(mask).astype(bool)
    return hidden[kept] if kept.shape == hidden.shape[:-1] else hidden


@contextmanager
def record_calls(
    layers: Mapping[str, QuantumSublayer], record: Callable[[str, Any], None]
) -> Iterator[None]:
    """Tell what layers are called with, by their path."""

    def watch(path: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def recording(inputs: Any, training: bool | None = None) -> Any:
            record(path, keras.ops.convert_to_numpy(inputs))
            return call(inputs, training=training)

        return recording

    calls = {path: layer.call for path, layer in layers.items()}
    try:
        for path, layer in layers.items():
            layer.call = watch(path, calls[path])
        yield
    finally:
        for layer in layers.values():
            layer.__dict__.pop("call", None)
