"""Say what the optimizer gained over the plain compile of the same circuit on the same device."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qslc.report.compilation.forecast import format_signal, say_gain
from qslc.report.compilation.tables import COUNTS, Report, find_costed
from qslc.report.numbers import (
    format_change,
    format_number,
    format_ratio,
    format_survival,
    judge_change,
)
from qslc.report.sections import Cell, Table
from qslc.spec.objectives import OBJECTIVES

_KEYS = tuple(dict.fromkeys(("two_qubit_depth", *COUNTS)))
_NEUTRAL = frozenset({"qubits", "parameters"})
"""Counts of which less is not better."""

_PLAIN = (
    "Plain compile: level 0, which optimizes nothing. It places the circuit as written on the "
    "device's couplers, with SWAPs where they are needed, and writes it in native gates."
)
_UNITS = (
    "Two-qubit gates and depth are in units of CZ: a SWAP is three, a controlled or two-qubit "
    "rotation two."
)
_OWN_UNITS = "Two-qubit gates and depth are counted in gates of the device: {}."

_ASIDE = " The estimates leave state preparation aside, which is the same in both."


@dataclass(frozen=True, slots=True)
class Gain:
    """Gain over the plain compile: in a line, in a sentence, and figure by figure.

    ``compared`` is false where there is no plain compile beside this one.
    """

    headline: str
    sentence: str
    table: Table
    note: str
    compared: bool


def describe_gain(report: Report) -> Gain:
    """Describe the gain that a report shows first."""
    units = _name_units(report)
    if report["spec"]["optimize"]["level"] == 0:
        sentence = (
            "The spec asks for optimization level 0, which optimizes nothing: this is the plain "
            "compile itself, and there is no gain to show. The default is level 2."
        )
        return Gain("A plain compile", sentence, _tabulate_counts(report), units, False)
    if report["baseline"] is None:
        sentence = (
            "As written, the circuit finds no place on this device; only the optimizer's does."
        )
        return Gain(
            "A circuit that would not fit", sentence, _tabulate_counts(report), units, False
        )
    headline, sentence = _say_gain(report)
    aside = _ASIDE if (report["error_budget"] or {}).get("state_preparation") else ""
    return Gain(headline, sentence, _tabulate_gain(report), f"{_PLAIN} {units}{aside}", True)


def _name_units(report: Report) -> str:
    """Say in which gates the counts are."""
    gates = report["device"]["gates"]
    return _UNITS if {*gates} <= {"cz", "cnot"} else _OWN_UNITS.format(" or ".join(gates))


def _tabulate_counts(report: Report) -> Table:
    budget = report["error_budget"]
    fidelity = [("estimated fidelity", format_survival(budget["circuit"]))] if budget else []
    counts = [(COUNTS[key], str(find_costed(report)[key])) for key in _KEYS]
    return Table(("", "here"), (*fidelity, *counts))


def _tabulate_gain(report: Report) -> Table:
    plain, physical, budget = report["baseline"], find_costed(report), report["error_budget"]
    rows = list(_list_forecast(report.get("forecast")))
    if budget:
        here, there = budget["circuit"], plain["estimated_fidelity"]
        change = Cell(format_ratio(here, there), judge_change(here, there))
        rows.append(("estimated fidelity", format_survival(there), format_survival(here), change))
    for key in _KEYS:
        before, after = plain[key], physical[key]
        tone = "same" if key in _NEUTRAL else judge_change(before, after)
        change = Cell(format_change(before, after), tone)
        rows.append((COUNTS[key], str(before), str(after), change))
    return Table(("", "plain", "optimized", "change"), tuple(rows))


def _list_forecast(found: Report | None) -> Iterator[tuple[str, ...]]:
    if found is None or found["plain"] is None:
        return
    for key, name in (("signal", "signal left"), ("error", "error to expect")):
        before, after = found["plain"][key], found[key]
        tone = judge_change(after, before) if key == "signal" else judge_change(before, after)
        change = Cell(format_ratio(after, before), tone)
        write = format_signal if key == "signal" else format_number
        yield name, write(before), write(after), change


def _say_gain(report: Report) -> tuple[str, str]:
    plain, physical, budget = report["baseline"], find_costed(report), report["error_budget"]
    counts = (
        f"two-qubit depth {physical['two_qubit_depth']} instead of {plain['two_qubit_depth']}, "
        f"two-qubit gates {physical['two_qubit_gates']} instead of {plain['two_qubit_gates']}"
    )
    if not budget:
        return _say_shorter(report), f"{counts[0].upper()}{counts[1:]}."
    here, there = budget["circuit"], plain["estimated_fidelity"]
    sentence = (
        f"Estimated fidelity {format_survival(here)} instead of {format_survival(there)}; {counts}."
    )
    found = report.get("forecast")
    if found and (said := say_gain(found)):
        return said[0], f"{said[1]} {sentence}"
    factor = format_ratio(here, there)
    if not factor:
        return "The estimated fidelity of a plain compile", sentence
    return f"{factor.removeprefix('× ')} times the estimated fidelity of a plain compile", sentence


def _say_shorter(report: Report) -> str:
    """Say the gain in what the objective counts first, or else in the other."""
    names = ["two_qubit_gates", "two_qubit_depth"]
    if OBJECTIVES[report["objective"]].saves == "depth":
        names.reverse()
    for key in names:
        before, after = report["baseline"][key], find_costed(report)[key]
        if before != after:
            by = format_change(before, after).lstrip("+\u2212")
            less = "fewer" if key == "two_qubit_gates" else "less"
            return f"{by} {less if after < before else 'more'} {COUNTS[key]} than a plain compile"
    return "As many two-qubit gates as a plain compile, as deep"
