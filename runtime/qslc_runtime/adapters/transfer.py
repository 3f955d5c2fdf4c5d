"""Adapters to files and back."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from qslc_runtime.adapters import adapter_file, fixed_weights
from qslc_runtime.adapters.calibration import (
    describe_calibrations,
    drop_calibrations,
    read_calibrations,
)
from qslc_runtime.adapters.calibration import (
    find_misfits as find_uncalibrated,
)
from qslc_runtime.adapters.contents import Contents, find_misfits
from qslc_runtime.adapters.insertion import get_digest, get_name
from qslc_runtime.adapters.record import Header, Record, parse_record
from qslc_runtime.folder import escape

_SHOWN, _FEW = 40, 4
"""So many differences are listed, and so many fixed weights that differ."""


def save(path: str | os.PathLike[str], contents: Contents, *, all_weights: bool = False) -> None:
    """Write an adapter to a file, atomically.

    Args:
        all_weights: Whether to store also what can be made again, rather than its digest alone.

    Raises:
        ValueError: A weight is not finite; nothing is written.
    """
    values = {key: _read_value(weight) for key, weight in contents.weights.items()}
    remade = frozenset() if all_weights else contents.find_remade()
    digested = {**{key: values[key] for key in remade}, **contents.constants}
    calibration, tables = describe_calibrations(contents.layers)
    record = parse_record(
        {
            **contents.record,
            "settings": dict(contents.settings),
            "fixed": {key: fixed_weights.digest(value) for key, value in digested.items()},
            "spec": contents.find_spec(),
            "qslc": version("qslc"),
            "calibration": calibration,
        }
    )
    stored = {key: value for key, value in values.items() if key not in remade}
    try:
        adapter_file.write(path, record, {**stored, **tables})
    except ValueError as error:
        raise ValueError(f"the adapter was not saved: {error}") from None
    if os.fspath(path).endswith((".h5", ".hdf5")):
        warnings.warn(
            f"{os.fspath(path)!r} is a safetensors file, as adapter files are now; "
            "name it .safetensors",
            stacklevel=3,
        )


def load(path: str | os.PathLike[str], contents: Contents) -> None:
    """Assign the weights of a file. Everything is checked before anything is changed.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no adapter file, or does not fit; the message lists what differs.
    """
    header = adapter_file.read_header(path)
    fields = ("layer", "digest", "targets", "blocks")
    _refuse_differences(
        path,
        *_compare_fields(header.record, contents.record, fields),
        *_compare_options(header, contents),
        *_compare_weights(drop_calibrations(header), contents),
        *find_uncalibrated(header, contents.layers),
    )
    values = adapter_file.read_weights(path, header)
    try:
        calibrations = read_calibrations(header, values)
    except ValueError as error:
        _refuse_differences(path, str(error))
        raise
    for key in drop_calibrations(header).tensors:
        weight = contents.weights[key]
        weight.assign(values[key].astype(_choose_type(weight)))
    for layer_path, layer in contents.layers.items():
        layer.calibration = calibrations.get(layer_path)


def check_insertable(
    path: str | os.PathLike[str], header: Header, layer: type[keras.layers.Layer]
) -> None:
    """Raise a ValueError unless a file is one of a layer class, which can have its options.

    Nothing is made here: no option may ask for more numbers than the file holds.
    """
    here = {"layer": get_name(layer), "digest": get_digest(layer)}
    record = header.record
    _refuse_differences(path, *_compare_fields(record, here, ("layer", "digest")))
    numbers = sum(math.prod(tensor.shape) for tensor in header.tensors.values())
    _refuse_differences(path, *find_misfits(layer, record.options, numbers))


def _compare_options(header: Header, contents: Contents) -> Iterator[str]:
    """Yield the options that say what the weights mean and differ."""
    record, here = header.record, contents.settings
    if record.layer != contents.record["layer"]:
        return
    try:
        # Options that the version which wrote the file did not have are as they are without them.
        saved = {**contents.resolve(record.options), **(record.settings or {})}
    except ValueError as error:
        yield str(error)
        return
    for name in sorted({*saved, *here}):
        if saved.get(name) != here.get(name):
            there, ours = (escape(repr(x.get(name)), 80) for x in (saved, here))
            yield f"option {name}: {there} in the file, {ours} in the model"


def _compare_fields(
    record: Record, here: Mapping[str, Any], names: tuple[str, ...]
) -> Iterator[str]:
    for name in names:
        saved = getattr(record, name)
        saved = list(saved) if isinstance(saved, tuple) else saved
        if saved != here[name]:
            yield f"{name}: {saved!r} in the file, {here[name]!r} in the model"


def _compare_weights(header: Header, contents: Contents) -> Iterator[str]:
    """Yield types and shapes that differ and, if none does, fixed weights."""
    saved = {key: _describe(tensor.dtype, tensor.shape) for key, tensor in header.tensors.items()}
    here = {
        key: _describe("float32" if header.format == 1 else _choose_type(weight), weight.shape)
        for key, weight in contents.weights.items()
    }
    made = {key for key in header.record.fixed if key not in saved}
    unequal = [key for key in sorted({*saved, *here} - made) if saved.get(key) != here.get(key)]
    for key in unequal:
        there, ours = saved.get(key, "absent"), here.get(key, "absent")
        yield f"{key}: {there} in the file, {ours} in the model"
    if not unequal:
        yield from _compare_fixed(header.record, contents)


def _compare_fixed(record: Record, contents: Contents) -> Iterator[str]:
    """Yield fixed weights that are made again otherwise than where the file was saved."""
    differing = []
    for path, expected in sorted(record.fixed.items()):
        weight = contents.weights.get(path, contents.constants.get(path))
        if weight is None:
            yield f"{path}: fixed in the file, absent in the model"
        elif not fixed_weights.matches(np.asarray(keras.ops.convert_to_numpy(weight)), expected):
            differing.append(path)
    if not differing:
        return
    options = contents.record["options"]
    shown = ", ".join(differing[:_FEW]) + (", ..." if len(differing) > _FEW else "")
    reasons = [
        f"{name} is {theirs!r} in the file and {ours!r} in the model"
        for name, theirs, ours in (
            ("seed", record.seed, contents.record["seed"]),
            ("basis", *(o.get("basis", "default") for o in (record.options, options))),
        )
        if theirs != ours
    ]
    because = "; ".join(reasons) or (
        "they come from the base model, which is another one or has another precision here "
        "(save with all_weights=True to store them)"
    )
    yield f"fixed weights differ: {shown}: {because}"


def _read_value(weight: keras.Variable) -> NDArray[Any]:
    value: NDArray[Any] = keras.ops.convert_to_numpy(weight)
    return value.astype(_choose_type(weight))


def _choose_type(weight: keras.Variable) -> str:
    """Return the type in which a file holds the weight."""
    return "int32" if "int" in keras.backend.standardize_dtype(weight.dtype) else "float32"


def _describe(dtype: str, shape: tuple[int, ...]) -> str:
    return str(tuple(shape)) if dtype == "float32" else f"{dtype} {tuple(shape)}"


def _refuse_differences(path: str | os.PathLike[str], *differences: str) -> None:
    """Raise a ValueError that lists differences, if there are any."""
    if not differences:
        return
    lines = [escape(line, 1000) for line in differences[:_SHOWN]]
    more = len(differences) - len(lines)
    if more:
        lines.append(f"and {more:,} more")
    raise ValueError("\n  ".join([f"the adapter {os.fspath(path)!r} does not fit:", *lines]))
