"""Check that a calibration is complete, physical, and in the right units."""

from __future__ import annotations

from collections.abc import Iterator

from qslc.spec.checks.device import count_device_qubits, name_device
from qslc.spec.devices import DeviceCalibration
from qslc.spec.model import EdgesDevice, Spec
from qslc.spec.places import Problem
from qslc.spec.wording import pluralize
from qslc.targets.device import TWO_QUBIT_NS

PLACE = ("device", "calibration")

LARGEST_ERRORS = {"one_qubit": 3 / 4, "two_qubit": 15 / 16}
"""Largest probabilities of a Pauli error: those of the completely depolarizing channel."""

SHORTEST_NS, LONGEST_NS = 0.1, 1e9
"""Durations of gates, in nanoseconds: from ten times faster than any to a second."""

FEWEST_GATES = 10
"""Fewest gates of the longest duration that a qubit lives through."""

USUAL_GATES = 1e6
"""Most gates that a usual qubit lives through."""

LONGEST_US = 1e12
"""Lifetimes, in microseconds: eleven days, more than any that was measured."""

ROUNDING = 1e-9


def check_calibration_lengths(spec: Spec) -> Iterator[Problem]:
    """Require an entry for every coupler, and for every qubit."""
    given = _read_calibration(spec)
    if given is None or not isinstance(spec.device, EdgesDevice):
        return
    couplers, qubits = len(spec.device.edges), count_device_qubits(spec)
    wanted = {"two_qubit": (couplers, "coupler")}
    wanted |= dict.fromkeys(("one_qubit", "readout", "t1_us", "t2_us"), (qubits, "qubit"))
    for key, (number, noun) in wanted.items():
        entries = getattr(given, key)
        if entries is not None and len(entries) != number:
            yield Problem(
                (*PLACE, key),
                f"{name_device(spec)} has {pluralize(number, noun)}, not {len(entries)}",
            )


def check_error_rates(spec: Spec) -> Iterator[Problem]:
    """Require that no gate or readout errs more than one that forgets everything."""
    given = _read_calibration(spec)
    if given is None:
        return
    for key, largest in LARGEST_ERRORS.items():
        for i, error in enumerate(getattr(given, key) or ()):
            if error > largest:
                message = (
                    f"at an error of {largest:g} nothing is left of a state; got {_write(error)}"
                )
                yield Problem((*PLACE, key, i), message, _advise_error(f"{1 - error:.6g}"))
    for i, (p01, p10) in enumerate(given.readout or ()):
        if p01 + p10 > 1:
            message = (
                f"a readout that errs with {_write(p01)} and {_write(p10)} is worse than a guess"
            )
            right = f"[{1 - p01:.6g}, {1 - p10:.6g}]"
            yield Problem((*PLACE, "readout", i), message, _advise_error(right))


def _advise_error(error: str) -> str:
    return f"write the error, not the fidelity; perhaps {error}"


def check_durations(spec: Spec) -> Iterator[Problem]:
    """Require that gates last some nanoseconds, and not much less or more."""
    given = _read_calibration(spec)
    if given is None:
        return
    for key in ("one_qubit_ns", "two_qubit_ns"):
        duration = getattr(given, key)
        if not SHORTEST_NS <= duration <= LONGEST_NS:
            units = _suggest_unit(duration, {"s": 1e9, "us": 1e3}, (1, 1e6))
            usual = f"{SHORTEST_NS:g} to {LONGEST_NS:.0f} are possible"
            yield Problem(
                (*PLACE, key),
                f"no gate lasts {_write(duration)} ns",
                f"{key} is in nanoseconds: {units or usual}",
            )


def check_lifetimes(spec: Spec) -> Iterator[Problem]:
    """Require that qubits live through some gates, and not for ever."""
    given = _read_calibration(spec)
    if given is None:
        return
    gate, least = _find_longest_gate(given), _find_shortest_lifetime(given)
    for key in ("t1_us", "t2_us"):
        for i, time in enumerate(getattr(given, key) or ()):
            if least <= time <= LONGEST_US:
                continue
            shorter = f"shorter than {FEWEST_GATES} gates of {gate:g} ns"
            fault = shorter if time < least else "longer than any"
            units = _suggest_unit(time, {"s": 1e6, "ms": 1e3}, (least, USUAL_GATES * gate / 1000))
            usual = f"{least:g} to {LONGEST_US:.0f} are possible here"
            yield Problem(
                (*PLACE, key, i),
                f"a lifetime of {_write(time)} us is {fault}",
                f"{key} is in microseconds: {units or usual}",
            )


def check_coherence(spec: Spec) -> Iterator[Problem]:
    """Require that T2 is at most twice T1, since a qubit that decays loses its phase too."""
    given = _read_calibration(spec)
    if given is None or given.t1_us is None or given.t2_us is None:
        return
    least = _find_shortest_lifetime(given)
    for i, (t1, t2) in enumerate(zip(given.t1_us, given.t2_us, strict=False)):
        if t1 >= least and 2 * t1 * (1 + ROUNDING) < t2 <= LONGEST_US:
            message = f"T2 of {_write(t2)} us is more than twice T1, which is {_write(t1)} us"
            yield Problem((*PLACE, "t2_us", i), message, f"write {2 * t1:g} or less")


def _read_calibration(spec: Spec) -> DeviceCalibration | None:
    return spec.device.calibration if isinstance(spec.device, EdgesDevice) else None


def _find_longest_gate(given: DeviceCalibration) -> float:
    """Return the longest duration of a gate in nanoseconds; the default where none is plausible."""
    durations = (given.one_qubit_ns, given.two_qubit_ns)
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
