"""Check what a spec of the right shape may still get wrong. Each check is one small function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any, TypeAlias

from qslc.spec.checks import ansatz, calibration, device, execution, interface, preparation
from qslc.spec.devices import FileDevice
from qslc.spec.model import Spec
from qslc.spec.places import Path, Problem
from qslc.spec.shape import read_model

Check: TypeAlias = Callable[[Spec], Iterator[Problem]]

CHECKS: tuple[tuple[Check, frozenset[str]], ...] = (
    (interface.check_name, frozenset({"name"})),
    (interface.check_features, frozenset({"qubits", "encoder"})),
    (interface.check_slice, frozenset({"qubits", "encoder"})),
    (preparation.check_preparation, frozenset({"qubits", "encoder"})),
    (preparation.check_prepared_names, frozenset({"encoder", "ansatz"})),
    (ansatz.check_qubits, frozenset({"qubits", "ansatz"})),
    (ansatz.check_angles, frozenset({"ansatz"})),
    (ansatz.check_symbols, frozenset({"qubits", "encoder", "ansatz"})),
    (ansatz.check_weight_names, frozenset({"qubits", "encoder", "ansatz"})),
    (ansatz.check_circuit_size, frozenset({"qubits", "encoder", "ansatz"})),
    (interface.check_observable_texts, frozenset({"measure"})),
    (interface.check_observable_qubits, frozenset({"qubits", "measure"})),
    (interface.check_observable_count, frozenset({"qubits", "measure"})),
    (device.check_device_size, frozenset({"device"})),
    (device.check_couplers, frozenset({"device"})),
    (device.check_native_gates, frozenset({"device"})),
    (calibration.check_calibration, frozenset({"device"})),
    (device.check_room, frozenset({"qubits", "encoder", "ansatz", "device"})),
    (device.check_noise_source, frozenset({"device", "noise"})),
    (device.check_objective, frozenset({"device", "optimize"})),
    (execution.check_shots, frozenset({"execution"})),
    (execution.check_mitigation, frozenset({"device", "execution"})),
    (execution.check_confusion, frozenset({"noise", "execution"})),
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
}
"""What stands in for a broken part while the others are checked; the rest have defaults."""

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
    entries = {path[:3] for path in reading.faults | reading.unknown if _in_block(path)}
    sound = _drop(data, reading.unknown | {(part,) for part in broken}, entries)
    neutral = {part: _NEUTRAL[part] for part in broken & _NEUTRAL.keys()}
    repaired = read_model({**sound, **neutral}, Spec).model
    if repaired is None:
        return None, reading.problems
    unread = {"device"} if isinstance(repaired.device, FileDevice) else frozenset[str]()
    return None, (*reading.problems, *check(repaired, broken | unread))


def _in_block(path: Path) -> bool:
    """Tell whether only one entry of a block is concerned."""
    return path[:2] == ("ansatz", "block") and len(path) > 2


def _drop(data: Any, dropped: Set[Path], entries: Set[Path], here: Path = ()) -> Any:
    """Return the data without some keys, and with some entries of a block neutral."""
    if here in entries:
        return _NEUTRAL_ENTRY
    if isinstance(data, Mapping):
        kept = ((key, value) for key, value in data.items() if (*here, key) not in dropped)
        return {key: _drop(value, dropped, entries, (*here, key)) for key, value in kept}
    if isinstance(data, list | tuple):
        return [_drop(item, dropped, entries, (*here, i)) for i, item in enumerate(data)]
    return data
