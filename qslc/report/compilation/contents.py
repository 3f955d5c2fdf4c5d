"""Choose and format what the pages of a report show, without markup."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qslc.report.compilation.budget import describe_budget
from qslc.report.compilation.choice import tabulate_ways
from qslc.report.compilation.explanations import explain_steps, explain_words
from qslc.report.compilation.forecast import describe_forecast
from qslc.report.compilation.gain import describe_gain
from qslc.report.compilation.tables import (
    Report,
    list_passes,
    tabulate_layout,
    tabulate_noise,
    tabulate_observables,
    tabulate_stages,
    write_spec,
)
from qslc.report.compilation.verdict import describe_verdict
from qslc.report.numbers import format_survival
from qslc.spec.wording import pluralize

_FILES = (
    ("layer.py", "the Keras layer; qslc_runtime.load reads it from this folder"),
    ("physical.qasm", "the layer on the device, OpenQASM 3 on hardware qubits, measured"),
    ("physical.json", "the same as Cirq reads it, without the measurement"),
    ("device.json", "the circuit that a chip runs, from |0...0> to the measurement, for Cirq"),
    ("device.qasm", "the same, OpenQASM 3 on hardware qubits"),
    ("fallback.json", "the same with an exact preparation, for tokens that miss the fidelity"),
    ("fallback.qasm", "the same, OpenQASM 3 on hardware qubits"),
    ("logical.json", "the circuit as written, as Cirq reads it"),
    ("report.json", "every number on this page, for programs"),
    ("report.md", "this page as Markdown"),
    ("manifest.json", "digests of the files, and the versions they were made with"),
)
"""The files beside a report, and what they hold; some only where they apply."""


def make_contents(report: Report) -> dict[str, Any]:
    """Return the values that both templates of a report show, from its JSON."""
    return {
        "name": report["name"],
        "digest": report["digest"],
        "facts": _list_facts(report),
        "verification": describe_evidence(report),
        "verified": report["verification"]["verdict"] == "equal",
        "gain": describe_gain(report),
        "budget": describe_budget(report),
        "forecast": describe_forecast(report),
        "verdict": describe_verdict(report),
        "stages": tabulate_stages(report),
        "notes": (
            ("Encoder", _describe_encoder(report["encoder"])),
            ("Parameters", _describe_parameters(report)),
            ("Qubits chosen", _describe_fidelity(report["estimated_fidelity"])),
        ),
        "passes": list_passes(report["passes"]),
        "explanations": explain_steps(step["name"] for step in report["passes"]),
        "choice": tabulate_ways(report["alternatives"], report["objective"]),
        "words": explain_words(each["note"] for each in report["alternatives"]),
        "layout": tabulate_layout(report["layout"]),
        "observables": tabulate_observables(report),
        "noise": tabulate_noise(report),
        "noise_source": report["noise"] and report["noise"]["source"],
        "error_free": report["noise"] and format_survival(report["error_free"]),
        "spec": write_spec(report["spec"]),
        "files": _list_files(report),
        "versions": ", ".join(f"{name} {number}" for name, number in report["versions"].items()),
    }


def _list_files(report: Report) -> tuple[tuple[str, str], ...]:
    """List the files; those of more settings than one are named with the first."""
    kept = []
    for name, about in _FILES:
        stem = name.partition(".")[0]
        circuit = report.get(f"{stem}_circuit")
        if stem in ("device", "fallback") and circuit is None:
            continue
        count = len(circuit["settings"]) if circuit else 1
        more = f"; {stem}_2, ... are of the other settings of the measurement" if count > 1 else ""
        kept.append((name, f"{about}{more}"))
    return tuple(kept)


def _list_facts(report: Report) -> tuple[tuple[str, str], ...]:
    device, spec, optimize = report["device"], report["spec"], report["spec"]["optimize"]
    measure = spec["measure"] if isinstance(spec["measure"], str) else ", ".join(spec["measure"])
    return (
        ("qubits", str(spec["qubits"])),
        ("encoder", report["encoder"]["kind"]),
        ("measured", measure if len(measure) <= 60 else pluralize(len(spec["measure"]), "term")),
        ("device", f"{device['name']} ({pluralize(device['qubits'], 'qubit')})"),
        ("native", ", ".join(gate.upper() for gate in device["gates"])),
        (
            "optimized",
            f"for {report['objective']}, level {optimize['level']}, seed {optimize['seed']}",
        ),
    )


def _describe_encoder(encoder: Report) -> str:
    gates = pluralize(encoder["two_qubit_gates"], "two-qubit gate")
    levels = pluralize(encoder["two_qubit_depth"], "level")
    method = f"{encoder['method'][:1].upper()}{encoder['method'][1:]}"
    if not encoder["two_qubit_gates"]:
        return f"{method}: no two-qubit gates."
    if "preparation" in encoder:
        return f"{method}: {gates}, {levels} deep on the device{_compare(encoder)}."
    if encoder["in_circuit"]:
        return f"{method}: {gates}, {levels} deep before routing, part of the circuit."
    return (
        f"{method}: {gates}, {levels} deep. Not part of the circuit; counted with all-to-all "
        "couplers, so routing would add to it."
    )


def _compare(encoder: Report) -> str:
    """Say how a variational preparation compares with an exact one."""
    made = encoder["preparation"]
    if made["method"] != "variational":
        return ""
    if made["two_qubit_gates"] >= made["exact_two_qubit_gates"]:
        return ", enough for any vector"
    return (
        f"; any vector exactly takes {made['exact_two_qubit_gates']}, so tokens are prepared "
        "approximately"
    )


def _describe_parameters(report: Report) -> str:
    dead, effective = report["dead_weights"], report["optimised"]["parameters"]
    text = f"{pluralize(len(report['weights']), 'weight')}, {effective} independent in the circuit."
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


def describe_evidence(report: Report) -> str:
    """Describe the evidence for the layer and, if it has a preparation, for the whole circuit."""
    layer = _describe_verification(report["verification"])
    if "preparation" not in report["encoder"]:
        return layer
    whole = _describe_verification(report["device_circuit"]["verification"])
    return f"{layer} With its preparation, from |0...0>: {whole}"


def _describe_verification(verification: Report) -> str:
    deviation = verification["max_deviation"]
    return (
        f"{verification['verdict']} to the spec, largest deviation "
        f"{f'{deviation:.1e}' if deviation else '0'} over "
        f"{pluralize(verification['points'], 'point')} ({verification['method']})."
    )
