"""What the report templates show: the report's numbers, chosen and formatted, without markup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qslc.emit.report.choice import ChoiceTable, choice_table
from qslc.emit.report.explanations import explanations
from qslc.emit.report.numbers import (
    MINUS,
    Tone,
    change,
    counted,
    deviation,
    survival,
    tone,
)
from qslc.emit.report.tables import NoiseTable, PassRow, noise_table, pass_rows

Report = Mapping[str, Any]

MAX_ROWS = 120
"""Longer tables end with a sentence that says where the rest is."""

_COSTS = (
    ("two-qubit gates", "two_qubit_gates"),
    ("two-qubit depth", "two_qubit_depth"),
    ("depth", "depth"),
    ("one-qubit gates", "one_qubit_gates"),
    ("qubits", "qubits"),
    ("effective parameters", "parameters"),
)


@dataclass(frozen=True, slots=True)
class CostRow:
    """A metric of the circuit as written, after the passes and on the device."""

    name: str
    written: int
    optimised: int
    compiled: int
    change: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Tile:
    """A number worth seeing first."""

    label: str
    value: str
    note: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A logical qubit's device qubit before the first and after the last gate."""

    logical: str
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class ObservableRow:
    logical: str
    physical: str


@dataclass(frozen=True, slots=True)
class Contents:
    """All that both templates show; ``hidden_...`` count the rows left out of a long table."""

    name: str
    digest: str
    facts: tuple[tuple[str, str], ...]
    tiles: tuple[Tile, ...]
    costs: tuple[CostRow, ...]
    encoder: str
    parameters: str
    fidelity: str
    passes: tuple[PassRow, ...]
    explanations: tuple[tuple[str, str], ...]
    choice: ChoiceTable
    layout: tuple[PlaceRow, ...]
    hidden_layout: int
    observables: tuple[ObservableRow, ...]
    hidden_observables: int
    verification: str
    noise: NoiseTable | None
    versions: str


def contents(report: Report) -> Contents:
    """The contents of a report as ``report.report`` made it, or as its JSON was read back."""
    layout, observables = _layout(report), _observables(report)
    return Contents(
        name=report["name"],
        digest=report["digest"],
        facts=_facts(report),
        tiles=_tiles(report),
        costs=tuple(_cost(report, name, key) for name, key in _COSTS),
        encoder=_encoder(report["encoder"]),
        parameters=_parameters(report),
        fidelity=_fidelity(report["estimated_fidelity"]),
        passes=pass_rows(report["passes"]),
        explanations=explanations(step["name"] for step in report["passes"]),
        choice=choice_table(report["alternatives"], report["objective"]),
        layout=layout[:MAX_ROWS],
        hidden_layout=max(0, len(layout) - MAX_ROWS),
        observables=observables[:MAX_ROWS],
        hidden_observables=max(0, len(observables) - MAX_ROWS),
        verification=_verification(report["verification"]),
        noise=noise_table(report, MAX_ROWS),
        versions=", ".join(f"{name} {number}" for name, number in report["versions"].items()),
    )


def _facts(report: Report) -> tuple[tuple[str, str], ...]:
    device, spec = report["device"], report["spec"]
    measure = spec["measure"] if isinstance(spec["measure"], str) else ", ".join(spec["measure"])
    return (
        ("qubits", str(spec["qubits"])),
        ("encoder", report["encoder"]["kind"]),
        ("measured", measure if len(measure) <= 60 else counted(len(spec["measure"]), "term")),
        ("device", f"{device['name']} ({counted(device['qubits'], 'qubit')})"),
        ("native", ", ".join(gate.upper() for gate in device["gates"])),
        ("optimisation", _optimisation(report)),
    )


def _optimisation(report: Report) -> str:
    chosen = report["spec"]["optimize"]
    return f"level {chosen['level']}, seed {chosen['seed']}, for {report['objective']}"


def _tiles(report: Report) -> tuple[Tile, ...]:
    weights = len(report["weights"])
    effective, verification = report["optimised"]["parameters"], report["verification"]
    equal = verification["verdict"] == "equal"
    return (
        _change_tile(report, "two-qubit gates", "two_qubit_gates"),
        _change_tile(report, "two-qubit depth", "two_qubit_depth"),
        Tile("parameters", str(weights), f"{effective} effective", tone(weights, effective)),
        _encoder_tile(report["encoder"]),
        *_fidelity_tile(report["estimated_fidelity"]),
        Tile(
            "verified",
            verification["verdict"],
            f"deviation {deviation(verification['max_deviation'])}",
            "good" if equal else "bad",
        ),
    )


def _encoder_tile(encoder: Mapping[str, Any]) -> Tile:
    gates = encoder["two_qubit_gates"]
    if encoder["in_circuit"]:
        return Tile("encoder gates", str(gates), "included", "same")
    return Tile("encoder gates", f"+{gates}", "for every vector", "bad" if gates else "same")


def _fidelity_tile(estimated: Mapping[str, float] | None) -> tuple[Tile, ...]:
    if estimated is None:
        return ()
    first, chosen = estimated["first_found"], estimated["chosen"]
    note = f"first found: {survival(first)}"
    verdict: Tone = "good" if chosen > first else "same"
    return (Tile("estimated fidelity", survival(chosen), note, verdict),)


def _change_tile(report: Report, label: str, key: str) -> Tile:
    before, after = report["logical"][key], report["physical"][key]
    note = change(before, after) or "unchanged"
    return Tile(label, f"{before} → {after}", note, tone(before, after))


def _cost(report: Report, name: str, key: str) -> CostRow:
    written, optimised, compiled = (report[at][key] for at in ("logical", "optimised", "physical"))
    verdict = "same" if key in ("qubits", "parameters") else tone(written, compiled)
    return CostRow(name, written, optimised, compiled, change(written, compiled), verdict)


def _encoder(encoder: Mapping[str, Any]) -> str:
    gates = counted(encoder["two_qubit_gates"], "two-qubit gate")
    levels = counted(encoder["two_qubit_depth"], "level")
    method = f"{encoder['method'][:1].upper()}{encoder['method'][1:]}"
    if not encoder["two_qubit_gates"]:
        return f"{method}: no two-qubit gates."
    if encoder["in_circuit"]:
        return f"{method}: {gates}, {levels} deep, part of the circuit above before routing."
    return (
        f"{method}: {gates}, {levels} deep. Not in the circuit above; counted with all-to-all "
        "couplers, so routing would add to it."
    )


def _parameters(report: Report) -> str:
    dead, effective = report["dead_weights"], report["optimised"]["parameters"]
    text = f"{counted(len(report['weights']), 'weight')}, {effective} independent in the circuit."
    if not dead:
        return text
    names = ", ".join(dead[:20]) + (", …" if len(dead) > 20 else "")
    return f"{text} Seen by no gate: {names}."


def _fidelity(estimated: Mapping[str, float] | None) -> str:
    if estimated is None:
        return "Not estimated: the device has no calibration."
    return (
        f"{survival(estimated['chosen'])} on the qubits chosen, "
        f"{survival(estimated['first_found'])} on those first found. A product of the "
        "calibrated errors of gates, idle time and readout, not a simulation; state preparation "
        "aside."
    )


def _layout(report: Report) -> tuple[PlaceRow, ...]:
    start, end = report["layout"]["start"], report["layout"]["end"]
    return tuple(PlaceRow(logical, start[logical], end[logical]) for logical in start)


def _observables(report: Report) -> tuple[ObservableRow, ...]:
    return tuple(_observable(observable) for observable in report["observables"])


def _observable(observable: Mapping[str, Any]) -> ObservableRow:
    factors = " ".join(f"{pauli} {qubit}" for qubit, pauli in observable["physical"].items())
    sign = f"{MINUS} " if observable["sign"] < 0 else ""
    return ObservableRow(observable["logical"], f"{sign}{factors or '1'}")


def _verification(verification: Mapping[str, Any]) -> str:
    return (
        f"{verification['verdict']}: largest deviation "
        f"{deviation(verification['max_deviation'])} over "
        f"{counted(verification['points'], 'point')} ({verification['method']})."
    )
