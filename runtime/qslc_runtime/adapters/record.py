"""Metadata of an adapter file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import ConfigDict, Field, JsonValue, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass


@checked_dataclass(frozen=True, config=ConfigDict(strict=True, extra="forbid"))
class Record:
    """Record of what was inserted where, and of how what the file does not hold is made again.

    Args:
        layer: The name under which the layer class is registered with Keras.
        digest: Digest of the spec that the class was generated from; None for a classical layer.
        targets: Projections in each block.
        blocks: Block numbers.
        seed: Random seed of the insertion.
        options: Constructor arguments of the layer, as they were given.
        settings: The options that say what the weights mean, with defaults filled in; None in a
            file of format 1, which has none.
        fixed: A digest (``fixed_weights``) of each weight that is made again from
            the base model and the seed.
        spec: The spec that the class was generated from, where it was found beside the class.
        qslc: The version that wrote the file.
        calibration: By path of a layer, what its calibration is of; its numbers are a tensor.
    """

    layer: str
    digest: str | None
    targets: tuple[str, ...]
    blocks: tuple[Annotated[int, Field(ge=0)], ...]
    seed: Annotated[int, Field(ge=0)]
    options: dict[str, JsonValue]
    settings: dict[str, JsonValue] | None = None
    fixed: dict[str, tuple[float, ...]] = field(default_factory=dict)
    spec: dict[str, JsonValue] | None = None
    qslc: str | None = None
    calibration: dict[str, dict[str, JsonValue]] = field(default_factory=dict)


@dataclass(frozen=True)
class TensorType:
    """Declared shape and dtype of a weight, known before any of its numbers is read."""

    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Header:
    """An adapter file but for the numbers of its weights.

    Args:
        format: 2, or 1 for HDF5, where whole numbers are float32 too.
    """

    format: int
    record: Record
    tensors: Mapping[str, TensorType]


_RECORD = TypeAdapter(Record)


def to_json(record: Record) -> dict[str, Any]:
    """Return the record as plain JSON, without what it does not have."""
    data: dict[str, Any] = _RECORD.dump_python(record, mode="json")
    optional = ("settings", "fixed", "spec", "qslc", "calibration")
    return {key: value for key, value in data.items() if value or key not in optional}


def parse_record(data: object) -> Record:
    """Read the record from parsed JSON.

    Raises:
        ValueError: It lacks something, or something in it is of the wrong kind.
    """
    try:
        return _RECORD.validate_json(json.dumps(data))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise ValueError(f"its record is wrong at {place}: {first['msg']}") from None


def parse_json(text: str | bytes) -> Any:
    """Parse JSON that every reader understands alike.

    Raises:
        ValueError: The text is no JSON, is nested too deeply, names a key twice, or holds a number
            that is not finite.
    """
    try:
        return json.loads(text, object_pairs_hook=_without_repetition, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("its JSON is nested too deeply") from None


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("its JSON names a key twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"its JSON holds {constant}, which is no finite number")
