"""Everything that is wrong with plain data, or the spec that it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qslc.spec.checks import check
from qslc.spec.model import Spec
from qslc.spec.nodes import Path
from qslc.spec.problems import Problem
from qslc.spec.shape import shape

_NEUTRAL: Mapping[str, Any] = {
    "qslc": 1,
    "name": "spec",
    "qubits": 1,
    "encoder": {"kind": "none"},
    "ansatz": {"depth": 1, "entangler": "none"},
    "measure": "z",
    "device": "all_to_all",
    "noise": "none",
    "optimize": {},
}
"""What stands in for a broken part while the others are checked."""

_NEUTRAL_ENTRY = {"h": {"on": "all"}}


def examine(data: Any) -> tuple[Spec | None, tuple[Problem, ...]]:
    """The spec that plain data describes, and everything that is wrong with it.

    Parts of a wrong shape are left out, and the checks that need none of them still run.
    """
    shaped = shape(data, Spec)
    if shaped.model:
        return shaped.model, tuple(check(shaped.model))
    if () in shaped.faults:
        return None, shaped.problems
    broken = frozenset(str(path[0]) for path in shaped.faults if not _in_block(path))
    sound = shape(_repaired(data, shaped.unknown, shaped.faults, broken), Spec)
    problems = tuple(check(sound.model, broken)) if sound.model else ()
    return None, shaped.problems + problems


def _in_block(path: Path) -> bool:
    """Whether only one entry of a block is concerned."""
    return path[:2] == ("ansatz", "block") and len(path) > 2


def _repaired(
    data: Any, unknown: frozenset[Path], faults: frozenset[Path], broken: frozenset[str]
) -> dict[str, Any]:
    """The data without unknown keys, broken parts and entries of a block made neutral."""
    entries = {path[:3] for path in faults | unknown if _in_block(path)}
    rest = _without(data, unknown, frozenset(entries))
    return {**rest, **{part: _NEUTRAL[part] for part in broken}}


def _without(data: Any, unknown: frozenset[Path], entries: frozenset[Path], here: Path = ()) -> Any:
    if here in entries:
        return _NEUTRAL_ENTRY
    if isinstance(data, Mapping):
        kept = ((key, value) for key, value in data.items() if (*here, key) not in unknown)
        return {key: _without(value, unknown, entries, (*here, key)) for key, value in kept}
    if isinstance(data, list | tuple):
        return [_without(item, unknown, entries, (*here, i)) for i, item in enumerate(data)]
    return data
