"""Choose and format the numbers that the pages of a report show, without markup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qslc.report.compilation.budget import BudgetView, describe_budget
from qslc.report.compilation.choice import ChoiceTable, tabulate_ways
from qslc.report.compilation.explanations import explain_steps, explain_words
from qslc.report.compilation.gain import Gain, describe_gain
from qslc.report.compilation.tables import (
    NoiseTable,
    PassRow,
    list_passes,
    tabulate_noise,
    write_spec,
)
from qslc.report.numbers import MINUS, format_count, format_deviation, format_survival

Report = Mapping[str, Any]

FILES = (
    ("layer.py", "the Keras layer; qslc_runtime.load reads it from this folder"),
    ("physical.qasm", "the circuit on the device, OpenQASM 3"),
    ("physical.json", "the same, as Cirq reads it"),
    ("logical.json", "the circuit as written, as Cirq reads it"),
    ("report.json", "every number on this page, for programs"),
    ("report.md", "this page as Markdown"),
    ("manifest.json", "digests of the files, and the versions they were made with"),
)
"""The files beside a report, and what they hold."""

MAX_ROWS = 120
"""Rows of a table, at most; longer ones end with a sentence that says where the rest is."""

_STAGES = (
    ("two-qubit gates", "two_qubit_gates"),
    ("two-qubit depth", "two_qubit_depth"),
    ("depth", "depth"),
    ("one-qubit gates", "one_qubit_gates"),
    ("qubits", "qubits"),
    ("effective parameters", "parameters"),
)


@dataclass(frozen=True, slots=True)
class StageRow:
    """A metric of the circuit as written, after the passes and on the device."""

    name: str
    written: int
    optimized: int
    compiled: int


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A logical qubit's device qubit before the first and after the last gate."""

    logical: str
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class ObservableRow:
    """An observable as asked, and as it is measured on the device."""

    logical: str
    physical: str


@dataclass(frozen=True, slots=True)
class Contents:
    """The contents of both templates; ``hidden_...`` count the rows left out of a long table."""

    name: str
    digest: str
    facts: tuple[tuple[str, str], ...]
    verification: str
    verified: bool
    gain: Gain
    budget: BudgetView
    stages: tuple[StageRow, ...]
    encoder: str
    parameters: str
    fidelity: str
    passes: tuple[PassRow, ...]
    explanations: tuple[tuple[str, str], ...]
    choice: ChoiceTable
    words: tuple[tuple[str, str], ...]
    layout: tuple[PlaceRow, ...]
    hidden_layout: int
    observables: tuple[ObservableRow, ...]
    hidden_observables: int
    noise: NoiseTable | None
    spec: str
    files: tuple[tuple[str, str], ...]
    versions: str


def make_contents(report: Report) -> Contents:
    """Choose and format what the pages of a report show, from its JSON."""
    layout, observables = _list_layout(report), _list_observables(report)
    return Contents(
        name=report["name"],
        digest=report["digest"],
        facts=_list_facts(report),
        verification=_describe_verification(report["verification"]),
        verified=report["verification"]["verdict"] == "equal",
        gain=describe_gain(report),
        budget=describe_budget(report),
        stages=tuple(_fill_stage(report, name, key) for name, key in _STAGES),
        encoder=_describe_encoder(report["encoder"]),
        parameters=_describe_parameters(report),
        fidelity=_describe_fidelity(report["estimated_fidelity"]),
        passes=list_passes(report["passes"]),
        explanations=explain_steps(step["name"] for step in report["passes"]),
        choice=tabulate_ways(report["alternatives"], report["objective"]),
        words=explain_words(each["note"] for each in report["alternatives"]),
        layout=layout[:MAX_ROWS],
        hidden_layout=max(0, len(layout) - MAX_ROWS),
        observables=observables[:MAX_ROWS],
        hidden_observables=max(0, len(observables) - MAX_ROWS),
        noise=tabulate_noise(report, MAX_ROWS),
        spec=write_spec(report["spec"]),
        files=FILES,
        versions=", ".join(f"{name} {number}" for name, number in report["versions"].items()),
    )


def _list_facts(report: Report) -> tuple[tuple[str, str], ...]:
    device, spec = report["device"], report["spec"]
    measure = spec["measure"] if isinstance(spec["measure"], str) else ", ".join(spec["measure"])
    return (
        ("qubits", str(spec["qubits"])),
        ("encoder", report["encoder"]["kind"]),
        ("measured", measure if len(measure) <= 60 else format_count(len(spec["measure"]), "term")),
        ("device", f"{device['name']} ({format_count(device['qubits'], 'qubit')})"),
        ("native", ", ".join(gate.upper() for gate in device["gates"])),
        ("optimized", _describe_optimization(report)),
    )


def _describe_optimization(report: Report) -> str:
    chosen = report["spec"]["optimize"]
    return f"for {report['objective']}, level {chosen['level']}, seed {chosen['seed']}"


def _fill_stage(report: Report, name: str, key: str) -> StageRow:
    return StageRow(name, *(report[at][key] for at in ("logical", "optimised", "physical")))


def _describe_encoder(encoder: Mapping[str, Any]) -> str:
    gates = format_count(encoder["two_qubit_gates"], "two-qubit gate")
    levels = format_count(encoder["two_qubit_depth"], "level")
    method = f"{encoder['method'][:1].upper()}{encoder['method'][1:]}"
    if not encoder["two_qubit_gates"]:
        return f"{method}: no two-qubit gates."
    if encoder["in_circuit"]:
        return f"{method}: {gates}, {levels} deep before routing, part of the circuit."
    return (
        f"{method}: {gates}, {levels} deep. Not part of the circuit; counted with all-to-all "
        "couplers, so routing would add to it."
    )


def _describe_parameters(report: Report) -> str:
    dead, effective = report["dead_weights"], report["optimised"]["parameters"]
    text = (
        f"{format_count(len(report['weights']), 'weight')}, {effective} independent in the circuit."
    )
    if not dead:
        return text
    names = ", ".join(dead[:20]) + (", …" if len(dead) > 20 else "")
    return f"{text} Seen by no gate: {names}."


def _describe_fidelity(estimated: Mapping[str, float] | None) -> str:
    if estimated is None:
        return "Not chosen: the device has no calibration."
    first, chosen = format_survival(estimated["first_found"]), format_survival(estimated["chosen"])
    if first == chosen:
        return f"Those first found are kept: estimated fidelity {chosen}."
    return f"Estimated fidelity {first} on those first found, {chosen} on those chosen."


def _list_layout(report: Report) -> tuple[PlaceRow, ...]:
    start, end = report["layout"]["start"], report["layout"]["end"]
    return tuple(PlaceRow(logical, start[logical], end[logical]) for logical in start)


def _list_observables(report: Report) -> tuple[ObservableRow, ...]:
    return tuple(_fill_observable(observable) for observable in report["observables"])


def _fill_observable(observable: Mapping[str, Any]) -> ObservableRow:
    factors = " ".join(f"{pauli} {qubit}" for qubit, pauli in observable["physical"].items())
    sign = f"{MINUS} " if observable["sign"] < 0 else ""
    return ObservableRow(observable["logical"], f"{sign}{factors or '1'}")


def _describe_verification(verification: Mapping[str, Any]) -> str:
    return (
        f"{verification['verdict']} to the spec, largest deviation "
        f"{format_deviation(verification['max_deviation'])} over "
        f"{format_count(verification['points'], 'point')} ({verification['method']})."
    )
