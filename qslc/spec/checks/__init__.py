"""Checks: what a spec of the right shape may still get wrong. Each is one small function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

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
from qslc.spec.checks.encoder import features_fit, name_is_free, slice_fits
from qslc.spec.checks.measure import (
    measurement_has_a_size,
    observables_are_right,
    observables_exist,
)
from qslc.spec.model import Spec
from qslc.spec.problems import Problem

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
