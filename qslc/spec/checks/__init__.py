"""Check what a spec of the right shape may still get wrong. Each check is one small function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from qslc.spec.checks.ansatz import angles_are_expressions, circuit_is_small, qubits_exist
from qslc.spec.checks.calibration import (
    calibration_fits,
    coherence_is_physical,
    durations_are_plausible,
    errors_are_possible,
    lifetimes_are_plausible,
)
from qslc.spec.checks.device import (
    couplers_are_pairs,
    device_can_exist,
    device_has_a_calibration,
    device_holds_the_circuit,
    native_gates_differ,
    objective_has_a_calibration,
)
from qslc.spec.checks.interface import (
    features_fit,
    measurement_has_a_size,
    name_is_free,
    observables_are_right,
    observables_exist,
    slice_fits,
)
from qslc.spec.model import Spec
from qslc.spec.nodes import Path
from qslc.spec.problems import Problem
from qslc.spec.shape import shape

Check: TypeAlias = Callable[[Spec], Iterator[Problem]]

CHECKS: tuple[tuple[Check, frozenset[str]], ...] = (
    (name_is_free, frozenset({"name"})),
    (features_fit, frozenset({"qubits", "encoder"})),
    (slice_fits, frozenset({"qubits", "encoder"})),
    (qubits_exist, frozenset({"qubits", "ansatz"})),
    (angles_are_expressions, frozenset({"ansatz"})),
    (circuit_is_small, frozenset({"qubits", "encoder", "ansatz"})),
    (observables_are_right, frozenset({"measure"})),
    (observables_exist, frozenset({"qubits", "measure"})),
    (measurement_has_a_size, frozenset({"qubits", "measure"})),
    (device_can_exist, frozenset({"device"})),
    (couplers_are_pairs, frozenset({"device"})),
    (native_gates_differ, frozenset({"device"})),
    (calibration_fits, frozenset({"device"})),
    (errors_are_possible, frozenset({"device"})),
    (durations_are_plausible, frozenset({"device"})),
    (lifetimes_are_plausible, frozenset({"device"})),
    (coherence_is_physical, frozenset({"device"})),
    (device_holds_the_circuit, frozenset({"qubits", "encoder", "ansatz", "device"})),
    (device_has_a_calibration, frozenset({"device", "noise"})),
    (objective_has_a_calibration, frozenset({"device", "optimize"})),
)
"""Each check with the parts of the spec that it reads."""


def check(spec: Spec, broken: frozenset[str] = frozenset()) -> Iterator[Problem]:
    """What is wrong with a spec, apart from what depends on parts that are broken already."""
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
