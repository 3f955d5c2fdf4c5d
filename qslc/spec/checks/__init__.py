"""Check what a spec of the right shape may still get wrong. Each check is one small function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from qslc.spec.checks.ansatz import check_angles, check_circuit_size, check_qubits
from qslc.spec.checks.calibration import (
    check_calibration_lengths,
    check_coherence,
    check_durations,
    check_error_rates,
    check_lifetimes,
)
from qslc.spec.checks.device import (
    check_couplers,
    check_device_size,
    check_native_gates,
    check_noise_source,
    check_objective,
    check_room,
)
from qslc.spec.checks.interface import (
    check_features,
    check_name,
    check_observable_count,
    check_observable_qubits,
    check_observable_texts,
    check_slice,
)
from qslc.spec.model import Spec
from qslc.spec.places import Path, Problem
from qslc.spec.shape import read_model

Check: TypeAlias = Callable[[Spec], Iterator[Problem]]

CHECKS: tuple[tuple[Check, frozenset[str]], ...] = (
    (check_name, frozenset({"name"})),
    (check_features, frozenset({"qubits", "encoder"})),
    (check_slice, frozenset({"qubits", "encoder"})),
    (check_qubits, frozenset({"qubits", "ansatz"})),
    (check_angles, frozenset({"ansatz"})),
    (check_circuit_size, frozenset({"qubits", "encoder", "ansatz"})),
    (check_observable_texts, frozenset({"measure"})),
    (check_observable_qubits, frozenset({"qubits", "measure"})),
    (check_observable_count, frozenset({"qubits", "measure"})),
    (check_device_size, frozenset({"device"})),
    (check_couplers, frozenset({"device"})),
    (check_native_gates, frozenset({"device"})),
    (check_calibration_lengths, frozenset({"device"})),
    (check_error_rates, frozenset({"device"})),
    (check_durations, frozenset({"device"})),
    (check_lifetimes, frozenset({"device"})),
    (check_coherence, frozenset({"device"})),
    (check_room, frozenset({"qubits", "encoder", "ansatz", "device"})),
    (check_noise_source, frozenset({"device", "noise"})),
    (check_objective, frozenset({"device", "optimize"})),
)
"""Each check with the parts of the spec that it reads."""


def check(spec: Spec, broken: frozenset[str] = frozenset()) -> Iterator[Problem]:
    """Yield what is wrong with a spec, apart from what depends on parts that are broken already."""
    for find, parts in CHECKS:
        if not parts & broken:
            yield from find(spec)


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
    """Return the spec that plain data describes, and everything that is wrong with it.

    Parts of a wrong shape are left out, and the checks that need none of them still run.
    """
    reading = read_model(data, Spec)
    if reading.model:
        return reading.model, tuple(check(reading.model))
    if () in reading.faults:
        return None, reading.problems
    broken = frozenset(str(path[0]) for path in reading.faults if not _in_block(path))
    sound = read_model(_repair(data, reading.unknown, reading.faults, broken), Spec)
    problems = tuple(check(sound.model, broken)) if sound.model else ()
    return None, reading.problems + problems


def _in_block(path: Path) -> bool:
    """Return whether only one entry of a block is concerned."""
    return path[:2] == ("ansatz", "block") and len(path) > 2


def _repair(
    data: Any, unknown: frozenset[Path], faults: frozenset[Path], broken: frozenset[str]
) -> dict[str, Any]:
    """Return the data without unknown keys, with broken parts and entries of a block neutral."""
    entries = {path[:3] for path in faults | unknown if _in_block(path)}
    rest = _drop(data, unknown, frozenset(entries))
    return {**rest, **{part: _NEUTRAL[part] for part in broken}}


def _drop(data: Any, unknown: frozenset[Path], entries: frozenset[Path], here: Path = ()) -> Any:
    if here in entries:
        return _NEUTRAL_ENTRY
    if isinstance(data, Mapping):
        kept = ((key, value) for key, value in data.items() if (*here, key) not in unknown)
        return {key: _drop(value, unknown, entries, (*here, key)) for key, value in kept}
    if isinstance(data, list | tuple):
        return [_drop(item, unknown, entries, (*here, i)) for i, item in enumerate(data)]
    return data
