"""What is wrong with a value of a spec, before it is known where the value stands."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from qslc.spec.nodes import Path

Value = TypeVar("Value", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Problem:
    """A message about the value, or the key, at a path."""

    path: Path
    message: str
    help: str = ""
    on_key: bool = False


def path_text(path: Path) -> str:
    """A path as it is printed: "ansatz.block[0].ry.on"."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def value_at(data: Any, path: Path) -> Any:
    """The value at a path, or None where there is none."""
    for step in path:
        inside = isinstance(data, Mapping) or (
            isinstance(data, list | tuple) and isinstance(step, int) and step < len(data)
        )
        if not inside or (isinstance(data, Mapping) and step not in data):
            return None
        data = data[step]
    return data


def repeated(values: Iterable[Value]) -> Iterator[tuple[int, Value]]:
    """The values that have occurred before, with their positions."""
    seen: set[Value] = set()
    for position, value in enumerate(values):
        if value in seen:
            yield position, value
        seen.add(value)
