"""Say what the optimizer gained over the plain compile of the same circuit on the same device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qslc.report.numbers import Tone, format_change, format_ratio, format_survival, judge_change
from qslc.spec.objectives import OBJECTIVES

Report = Mapping[str, Any]

_COUNTS = (
    ("two-qubit depth", "two_qubit_depth"),
    ("two-qubit gates", "two_qubit_gates"),
    ("depth", "depth"),
    ("one-qubit gates", "one_qubit_gates"),
    ("qubits", "qubits"),
    ("effective parameters", "parameters"),
)

_LESS = {
    "two_qubit_gates": ("fewer", "two-qubit gates"),
    "two_qubit_depth": ("less", "two-qubit depth"),
}

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
class GainRow:
    """A figure of the plain compile and of this one; ``tone`` says which is better."""

    name: str
    plain: str
    compiled: str
    change: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Gain:
    """Gain over the plain compile: in a line, in a sentence, and figure by figure.

    ``compared`` is false where there is no plain compile beside this one.
    """

    headline: str
    sentence: str
    rows: tuple[GainRow, ...]
    note: str
    compared: bool


def describe_gain(report: Report) -> Gain:
    """Describe the gain that a report shows first."""
    plain, level = report["baseline"], report["spec"]["optimize"]["level"]
    rows = tuple(_list_rows(report))
    if level == 0:
        sentence = (
            "The spec asks for optimization level 0, which optimizes nothing: this is the plain "
            "compile itself, and there is no gain to show. The default is level 2."
        )
        return Gain("A plain compile", sentence, rows, _name_units(report), False)
    if plain is None:
        sentence = (
            "As written, the circuit finds no place on this device; only the optimizer's does."
        )
        return Gain("A circuit that would not fit", sentence, rows, _name_units(report), False)
    headline, sentence = _say_gain(report)
    aside = _ASIDE if (report["error_budget"] or {}).get("state_preparation") else ""
    return Gain(headline, sentence, rows, f"{_PLAIN} {_name_units(report)}{aside}", True)


def _name_units(report: Report) -> str:
    """Say in which gates the counts are."""
    gates = report["device"]["gates"]
    return _UNITS if {*gates} <= {"cz", "cnot"} else _OWN_UNITS.format(" or ".join(gates))


def _list_rows(report: Report) -> Iterator[GainRow]:
    plain, physical, budget = report["baseline"], report["physical"], report["error_budget"]
    if budget:
        yield _compare_fidelity(plain, budget["circuit"])
    for name, key in _COUNTS:
        before, after = (plain or physical)[key], physical[key]
        verdict: Tone = "same" if key in ("qubits", "parameters") else judge_change(before, after)
        yield GainRow(
            name, str(before) if plain else "–", str(after), format_change(before, after), verdict
        )


def _compare_fidelity(plain: Report | None, here: float) -> GainRow:
    name = "estimated fidelity"
    if plain is None:
        return GainRow(name, "–", format_survival(here), "", "same")
    there = plain["estimated_fidelity"]
    verdict: Tone = "good" if here > there else "bad" if here < there else "same"
    return GainRow(
        name, format_survival(there), format_survival(here), format_ratio(here, there), verdict
    )


def _say_gain(report: Report) -> tuple[str, str]:
    plain, physical, budget = report["baseline"], report["physical"], report["error_budget"]
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
        before, after = report["baseline"][key], report["physical"][key]
        if before != after:
            by = format_change(before, after).lstrip("+\u2212")
            less, what = _LESS[key]
            return f"{by} {less if after < before else 'more'} {what} than a plain compile"
    return "As many two-qubit gates as a plain compile, as deep"
