"""Collect what was measured on a chip, and write it as a device file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any, TypeAlias

from qslc.diagnostics import Diagnostic, InputError
from qslc.spec.checks.calibration import BY_COUPLER, FEWEST_GATES, LARGEST_ERRORS, ROUNDING
from qslc.spec.source import build
from qslc.spec.wording import join_words, pluralize

Qubit: TypeAlias = int | tuple[int, int]
"""The number of a qubit, or its row and column."""

Pair: TypeAlias = tuple[Any, Any]
"""Two coupled qubits, the smaller first."""

DIGITS = 4
"""Significant digits of the numbers in a device file; calibrations scatter by more than 1 %."""

SHORT_LIVED = 0.1
"""Largest share of qubits that may be taken to be broken because they live too short."""

SHOWN = 8
"""How many qubits or couplers a note lists."""

_EXAMPLE: Mapping[str, Any] = {
    "qslc": 1,
    "name": "spec",
    "qubits": 1,
    "encoder": {"kind": "none"},
    "ansatz": {"depth": 1, "entangler": "none"},
}


@dataclass
class Measurements:
    """Measurements of a chip, in the units of a device file, by qubit or by coupler.

    Args:
        name: Name of the device.
        gate: Native two-qubit gate.
        source: Where the numbers come from.
        two_qubit: Pauli error of the two-qubit gate, of each coupler.
        one_qubit: Pauli error of a one-qubit gate.
        readout: Probabilities that a 0 is read as 1, and a 1 as 0.
        t1_us, t2_us: Relaxation and coherence times in microseconds.
        theta_rad, phi_rad: Coherent error of the two-qubit gate in radians.
        one_qubit_ns, two_qubit_ns: Durations of gates in nanoseconds; of every coupler.
        more: Other keys of the calibration, the same for the whole chip.
        license, date: As in the device file.
        notes: What a reader should know.
    """

    name: str
    gate: str
    source: str
    two_qubit: dict[Pair, float]
    one_qubit: dict[Qubit, float] = field(default_factory=dict)
    readout: dict[Qubit, tuple[float, float]] = field(default_factory=dict)
    t1_us: dict[Qubit, float] = field(default_factory=dict)
    t2_us: dict[Qubit, float] = field(default_factory=dict)
    theta_rad: dict[Pair, float] = field(default_factory=dict)
    phi_rad: dict[Pair, float] = field(default_factory=dict)
    one_qubit_ns: float | None = None
    two_qubit_ns: dict[Pair, float] = field(default_factory=dict)
    more: dict[str, float] = field(default_factory=dict)
    license: str | None = None
    date: str | None = None
    notes: list[str] = field(default_factory=list)


def make_device_data(measured: Measurements, digits: int | None = DIGITS) -> dict[str, Any]:
    """Return what a device file holds: dead parts left out, holes filled, every number possible.

    A coupler is dead whose gate leaves nothing of a state; a qubit whose one-qubit gates do, that
    is misread more often than a guess, or that does not live through ten gates. Where a number is
    missing, the median of the others stands in. T2 is at most twice T1.
    ``notes`` say what was done.

    Args:
        measured: The measurements.
        digits: Significant digits, or None for all.

    Raises:
        InputError: No coupler works, or a number is not possible.
    """
    notes = list(measured.notes)
    couplers = _list_working(measured, notes)
    qubits = sorted({qubit for pair in couplers for qubit in pair})
    placed = isinstance(qubits[0], tuple)
    index = {qubit: i if placed else qubit for i, qubit in enumerate(qubits)}

    calibration = _list_calibration(measured, qubits, couplers, digits, notes)
    data = {
        "name": measured.name,
        "source": measured.source,
        "license": measured.license,
        "date": measured.date,
        "notes": notes or None,
        "gates": [measured.gate],
        "qubits": [list(qubit) for qubit in qubits] if placed else None,
        "edges": [[index[a], index[b]] for a, b in couplers],
        "calibration": calibration,
    }
    data = {key: value for key, value in data.items() if value is not None}
    try:
        build({**_EXAMPLE, "device": data})
    except InputError as error:
        found = (_name_place(each, measured.name, qubits, couplers) for each in error.diagnostics)
        raise InputError(*found) from None
    return data


def _list_calibration(
    measured: Measurements,
    qubits: list[Any],
    couplers: list[Pair],
    digits: int | None,
    notes: list[str],
) -> dict[str, Any]:
    """Return the numbers that are known, without holes; says in ``notes`` what was done."""

    def each(key: str, places: list[Any]) -> list[Any] | None:
        values = _fill(key, getattr(measured, key), places, notes)
        return values and [_round(value, digits) for value in values]

    t1, t2 = each("t1_us", qubits), each("t2_us", qubits)
    lasting = each("two_qubit_ns", couplers)
    found = {
        "one_qubit": each("one_qubit", qubits),
        "two_qubit": each("two_qubit", couplers),
        "readout": each("readout", qubits),
        "t1_us": t1,
        "t2_us": t2 and _clip(t1, t2, qubits, notes),
        "theta_rad": each("theta_rad", couplers),
        "phi_rad": each("phi_rad", couplers),
        "one_qubit_ns": measured.one_qubit_ns,
        "two_qubit_ns": lasting[0] if lasting and len({*lasting}) == 1 else lasting,
        **measured.more,
    }
    return {key: value for key, value in found.items() if value is not None}


def _name_place(
    diagnostic: Diagnostic, name: str, qubits: list[Any], couplers: list[Pair]
) -> Diagnostic:
    """Return a diagnostic that names the qubit or coupler in the place of its position."""
    match = re.fullmatch(r"device\.calibration\.(\w+)\[(\d+)\].*", diagnostic.where)
    if match is None:
        where = diagnostic.where.replace("device", name, 1)
        return replace(diagnostic, where=where)
    kind, places = ("coupler", couplers) if match[1] in BY_COUPLER else ("qubit", qubits)
    shown = json.dumps(places[int(match[2])])
    return replace(diagnostic, where=f"{name}: {match[1]} of {kind} {shown}")


def _list_working(measured: Measurements, notes: list[str]) -> list[Pair]:
    """Return the couplers that work, sorted."""
    dead = {
        *_list_short_lived(measured),
        *(q for q, error in measured.one_qubit.items() if error >= LARGEST_ERRORS["one_qubit"]),
        *(qubit for qubit, errors in measured.readout.items() if sum(errors) > 1),
    }
    sound = {pair: e for pair, e in sorted(measured.two_qubit.items()) if not dead & {*pair}}
    working = [pair for pair, error in sound.items() if error < LARGEST_ERRORS["two_qubit"]]
    broken = [pair for pair in sound if pair not in {*working}]
    for title, parts in (("qubit", sorted(dead)), ("coupler", broken)):
        if parts:
            notes.append(f"left out, as they do not work: {_list_places(title, parts)}")
    if not working:
        message = f"{measured.name} has no coupler that works"
        raise InputError(Diagnostic(message, help="a device needs one or more"))
    return working


def _list_short_lived(measured: Measurements) -> list[Qubit]:
    """Return qubits that do not live through some gates, if they are few.

    Where they are many the unit is probably wrong, which the checks of the device say.
    """
    longest = max(measured.one_qubit_ns or 0.0, *measured.two_qubit_ns.values(), 0.0)
    least, found = FEWEST_GATES * longest / 1000, set[Qubit]()
    for times in (measured.t1_us, measured.t2_us):
        found |= {qubit for qubit, time in times.items() if time < least}
    return sorted(found) if len(found) <= SHORT_LIVED * len(measured.t1_us) else []


def _fill(key: str, values: Mapping[Any, Any], places: list[Any], notes: list[str]) -> Any:
    """Return a value for every place, the median where none was measured; None without any."""
    known = [values[place] for place in places if place in values]
    missing = [place for place in places if place not in values]
    if not known:
        return None
    if not missing:
        return known
    title = "coupler" if key in BY_COUPLER else "qubit"
    notes.append(f"{key} is the median, as none was measured: {_list_places(title, missing)}")
    middle = tuple(map(median, zip(*known, strict=True))) if key == "readout" else median(known)
    return [values.get(place, middle) for place in places]


def _clip(
    t1: list[float] | None, t2: list[float], qubits: list[Any], notes: list[str]
) -> list[float]:
    """Return T2, at most twice T1."""
    if not t1:
        return t2
    limit = 2 * (1 + ROUNDING)
    clipped = [q for q, one, two in zip(qubits, t1, t2, strict=True) if two > limit * one]
    if clipped:
        where = _list_places("qubit", clipped)
        notes.append(f"T2 was measured above twice T1, which it is here: {where}")
    return [
        _round(2 * one, None) if two > limit * one else two for one, two in zip(t1, t2, strict=True)
    ]


def _list_places(title: str, places: list[Any]) -> str:
    """Return the names of some qubits or couplers, and how many they are."""
    shown = [str(list(place) if isinstance(place, tuple) else place) for place in places[:SHOWN]]
    more = ["others"] if len(places) > SHOWN else []
    return f"{pluralize(len(places), title)} ({join_words([*shown, *more], 'and')})"


def _round(value: Any, digits: int | None) -> Any:
    if isinstance(value, tuple):
        return [_round(each, digits) for each in value]
    number = float(value) if digits is None else float(f"{value:.{digits}g}")
    return int(number) if number.is_integer() and abs(number) < 1e9 else number


def write_device(data: Mapping[str, Any]) -> str:
    """Write a device file as JSON, a line for each kind of number."""

    def write(entries: Mapping[str, Any], indent: str, form: Callable[[str, Any], str]) -> str:
        lines = (f"{indent}{json.dumps(key)}: {form(key, value)}" for key, value in entries.items())
        return "{\n" + ",\n".join(lines) + "\n" + indent[2:] + "}"

    def flat(_: str, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)

    def form(key: str, value: Any) -> str:
        return write(value, "    ", flat) if key == "calibration" else flat(key, value)

    return write(data, "  ", form) + "\n"


def sort_pair(places: Iterable[Any]) -> Pair:
    """Return two coupled qubits, the smaller first."""
    a, b = sorted(places)
    return a, b
