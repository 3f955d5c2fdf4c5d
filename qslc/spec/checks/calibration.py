"""Check that a calibration is complete, physical, and in the right units."""

from __future__ import annotations

from collections.abc import Iterator
from math import pi
from typing import Any

from qslc.spec.devices import DeviceCalibration, HeavyHexDevice, Layout, Readout, can_exist
from qslc.spec.model import Spec
from qslc.spec.places import Problem
from qslc.spec.wording import pluralize
from qslc.targets.device import TWO_QUBIT_NS

PLACE = ("device", "calibration")

LARGEST_ERRORS = {"one_qubit": 3 / 4, "two_qubit": 15 / 16}
"""Largest probabilities of a Pauli error: those of the completely depolarizing channel."""

BY_COUPLER = ("two_qubit", "theta_rad", "phi_rad", "two_qubit_ns")
"""What has an entry for each coupler, and not for each qubit."""

SHORTEST_NS, LONGEST_NS = 0.1, 1e9
"""Durations of gates, in nanoseconds: from ten times faster than any to a second."""

FEWEST_GATES = 10
"""Fewest gates of the longest duration that a qubit lives through."""

USUAL_GATES = 1e6
"""Most gates that a usual qubit lives through."""

LONGEST_US = 1e12
"""Lifetimes, in microseconds: eleven days, more than any that was measured."""

ROUNDING = 1e-9


def check_calibration(spec: Spec) -> Iterator[Problem]:
    """Require that a calibration is complete, and that its numbers are possible."""
    given = getattr(spec.device, "calibration", None)
    if isinstance(spec.device, HeavyHexDevice) and not can_exist(spec.device):
        return
    if isinstance(spec.device, Layout) and given is not None:
        yield from _check_lengths(given, spec.device)
        yield from _check_errors(given)
        yield from _check_readout(given)
        yield from _check_angles(given)
        yield from _check_durations(given)
        yield from _check_lifetimes(given)
        yield from _check_coherence(given)


def _list(value: Any) -> list[tuple[tuple[int, ...], Any]]:
    """Return the entries of a value with the paths to them: those of a list, or it itself."""
    if isinstance(value, tuple):
        return [((i,), entry) for i, entry in enumerate(value)]
    return [] if value is None else [((), value)]


def _check_lengths(given: DeviceCalibration, device: Layout) -> Iterator[Problem]:
    """Require an entry for every coupler, and for every qubit, or one for all."""
    for key in (*BY_COUPLER, "one_qubit", "readout", "t1_us", "t2_us"):
        entries = getattr(given, key)
        if not isinstance(entries, tuple):
            continue
        number, noun = (
            (device.count_couplers(), "coupler") if key in BY_COUPLER else (device.size, "qubit")
        )
        if len(entries) != number:
            message = f"{device.title} has {pluralize(number, noun)}, not {len(entries)}"
            yield Problem((*PLACE, key), message)


def _check_errors(given: DeviceCalibration) -> Iterator[Problem]:
    """Require that no gate errs more than one that forgets everything."""
    for key, largest in LARGEST_ERRORS.items():
        for place, error in _list(getattr(given, key)):
            if error > largest:
                message = (
                    f"at an error of {largest:g} nothing is left of a state; got {_write(error)}"
                )
                yield Problem((*PLACE, key, *place), message, _advise_error(f"{1 - error:.6g}"))


def _check_readout(given: DeviceCalibration) -> Iterator[Problem]:
    """Require that no readout errs more than a guess."""
    for place, entry in _list(given.readout):
        alone = isinstance(entry, Readout)
        p01, p10 = (entry.p01, entry.p10) if alone else entry
        if p01 + p10 > 1:
            errors = f"{_write(p01)} and {_write(p10)}"
            message = f"a readout that errs with {errors} is worse than a guess"
            form = "{{p01: {:.6g}, p10: {:.6g}}}" if alone else "[{:.6g}, {:.6g}]"
            right = form.format(1 - p01, 1 - p10)
            yield Problem((*PLACE, "readout", *place), message, _advise_error(right))


def _check_angles(given: DeviceCalibration) -> Iterator[Problem]:
    """Require that angles are in radians."""
    for key in ("theta_rad", "phi_rad"):
        for place, angle in _list(getattr(given, key)):
            if abs(angle) > pi:
                message = f"an angle of {_write(angle)} is more than pi"
                advice = f"{key} is in radians: {_write(angle)} degrees are {angle * pi / 180:.6g}"
                yield Problem((*PLACE, key, *place), message, advice)


def _advise_error(error: str) -> str:
    return f"write the error, not the fidelity; perhaps {error}"


def _check_durations(given: DeviceCalibration) -> Iterator[Problem]:
    """Require that gates last some nanoseconds, and not much less or more."""
    for key, place, duration in _list_durations(given):
        if not SHORTEST_NS <= duration <= LONGEST_NS:
            units = _suggest_unit(duration, {"s": 1e9, "us": 1e3}, (1, 1e6))
            usual = f"{SHORTEST_NS:g} to {LONGEST_NS:.0f} are possible"
            advice = f"{key} is in nanoseconds: {units or usual}"
            event = "readout" if key == "readout_ns" else "gate"
            message = f"no {event} lasts {_write(duration)} ns"
            yield Problem((*PLACE, key, *place), message, advice)


def _list_durations(given: DeviceCalibration) -> list[tuple[str, tuple[int, ...], float]]:
    keys = ("one_qubit_ns", "two_qubit_ns", "readout_ns")
    return [(key, *entry) for key in keys for entry in _list(getattr(given, key))]


def _check_lifetimes(given: DeviceCalibration) -> Iterator[Problem]:
    """Require that qubits live through some gates, and not for ever."""
    gate, least = _find_longest_gate(given), _find_shortest_lifetime(given)
    for key in ("t1_us", "t2_us"):
        for place, time in _list(getattr(given, key)):
            if least <= time <= LONGEST_US:
                continue
            shorter = f"shorter than {FEWEST_GATES} gates of {gate:g} ns"
            fault = shorter if time < least else "longer than any"
            units = _suggest_unit(time, {"s": 1e6, "ms": 1e3}, (least, USUAL_GATES * gate / 1000))
            usual = f"{least:g} to {LONGEST_US:.0f} are possible here"
            message = f"a lifetime of {_write(time)} us is {fault}"
            advice = f"{key} is in microseconds: {units or usual}"
            yield Problem((*PLACE, key, *place), message, advice)


def _check_coherence(given: DeviceCalibration) -> Iterator[Problem]:
    """Require that T2 is at most twice T1, since a qubit that decays loses its phase too."""
    least, relaxed = _find_shortest_lifetime(given), _list(given.t1_us)
    coherent = _list(given.t2_us)
    if len(relaxed) == 1:  # one for all
        relaxed *= len(coherent)
    elif len(coherent) == 1:
        coherent *= len(relaxed)
    for (_, t1), (place, t2) in zip(relaxed, coherent, strict=False):
        if t1 >= least and 2 * t1 * (1 + ROUNDING) < t2 <= LONGEST_US:
            message = f"T2 of {_write(t2)} us is more than twice T1, which is {_write(t1)} us"
            yield Problem((*PLACE, "t2_us", *place), message, f"write {2 * t1:g} or less")
            if not place:
                return


def _find_longest_gate(given: DeviceCalibration) -> float:
    """Return the longest duration of a gate in nanoseconds; the default where none is plausible."""
    durations = [ns for key, _, ns in _list_durations(given) if key != "readout_ns"]
    return max((ns for ns in durations if SHORTEST_NS <= ns <= LONGEST_NS), default=TWO_QUBIT_NS)


def _find_shortest_lifetime(given: DeviceCalibration) -> float:
    """Return the shortest plausible lifetime in microseconds."""
    return FEWEST_GATES * _find_longest_gate(given) / 1000


def _write(value: float) -> str:
    return repr(value).removesuffix(".0")


def _suggest_unit(value: float, factors: dict[str, float], usual: tuple[float, float]) -> str:
    """Return how a value is to be written if it was meant in another unit, where that is usual."""
    least, most = usual
    found = (
        f"{_write(value)} {unit} are written {value * factor:g}"
        for unit, factor in factors.items()
        if least <= value * factor <= most
    )
    return next(found, "")
