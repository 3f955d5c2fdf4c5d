"""Read from a compiled folder what its verdict is about."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cirq

from qslc.artifact import HELP, list_changed_files, read_report
from qslc.diagnostics import Diagnostic, InputError
from qslc.export.cirq_circuit import from_circuit, list_cirq_qubits
from qslc.export.measurement import strip_measurement
from qslc.feasibility.depth import Trial
from qslc.feasibility.prediction import Run
from qslc.feasibility.subject import find_noise
from qslc.feasibility.verdict import Subject
from qslc.ir.angles import reduce_all_to_period
from qslc.ir.metrics import Moments
from qslc.ir.program import PauliString
from qslc.lower.logical import lower_to_logical
from qslc.pipeline import FORMAT
from qslc.spec.devices import build_device
from qslc.spec.source import build
from qslc.targets.device import Device

CIRCUIT = "device.json"

_AGAIN = "compile the spec again"


def read_subject(folder: Path) -> tuple[Subject, dict[str, Any]]:
    """Read a compile, and its report.

    Raises:
        InputError: It is no folder of a compile, a file is missing or changed, it has no circuit
            from |0...0>, or it was made by another version of qslc.
    """
    if not folder.is_dir():
        raise InputError(Diagnostic(f"{folder} is not a folder", help=HELP))
    report, manifest = read_report(folder)
    files = manifest.get("files", {})
    if CIRCUIT not in files:
        raise _refuse_missing(folder, report)
    changed = [name for name in list_changed_files(folder) if name in {CIRCUIT, "layer.py"}]
    if changed:
        message = f"{folder / changed[0]} is missing, or not the file that the compile wrote"
        raise InputError(Diagnostic(message, help=_AGAIN))
    try:
        return _parse(folder, report, manifest), report
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        message = f"{folder} is damaged, or from another version of qslc"
        raise InputError(Diagnostic(message, help=_AGAIN)) from None


def _refuse_missing(folder: Path, report: Mapping[str, Any]) -> InputError:
    message = f"{folder} has no {CIRCUIT}: no circuit from |0...0> was compiled"
    encoder = report.get("spec", {}).get("encoder", {}).get("kind")
    if encoder == "amplitude":
        advice = "set encoder.preparation in the spec to variational or multiplexed, and compile it"
        return InputError(Diagnostic(message, help=advice))
    return InputError(Diagnostic(message, help=_AGAIN))


def _parse(folder: Path, report: Mapping[str, Any], manifest: Mapping[str, Any]) -> Subject:
    spec = build(report["spec"])
    device = build_device(spec.device, spec.qubits)
    columns = _read_columns(folder / CIRCUIT, device)
    observables = tuple(_read_observable(each, device) for each in report["observables"])
    used = {qubit for column in columns for op in column for qubit in op.qubits}
    used |= {qubit for observable in observables for qubit in observable.qubits}
    run = Run(columns, observables, tuple(sorted(used)), device, find_noise(spec, device), {})
    settings = len(report["device_circuit"]["settings"])
    logical = replace(reduce_all_to_period(lower_to_logical(spec)), native=device.gates)
    subject = Subject(spec, logical, run, settings)
    made = manifest.get("preparation")
    if manifest["format"] != FORMAT or (made is None) != (spec.encoder.prepared is None):
        raise ValueError("the manifest is not of this spec")
    if made is not None:
        subject = replace(
            subject,
            method=made["method"],
            levels=tuple(tuple((a, b) for a, b in level) for level in made["levels"]),
            symbols=tuple(made["symbols"]),
        )
    found = report.get("verdict") or {}
    trials = tuple(Trial(**_fill(trial)) for trial in found.get("depths", ()))
    return replace(subject, trials=trials)


def _fill(trial: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a trial, whose errors may have had no number."""
    return {
        key: math.nan if value is None and key != "shots" else value for key, value in trial.items()
    }


def _read_columns(path: Path, device: Device) -> Moments:
    """Read the moments of a circuit, without those in which a setting is measured."""
    circuit = strip_measurement(cirq.read_json(json_text=path.read_text(encoding="utf-8")))
    operations = iter(from_circuit(circuit, qubits=list_cirq_qubits(device)).operations)
    return [[next(operations) for _ in moment] for moment in circuit]


def _read_observable(data: Mapping[str, Any], device: Device) -> PauliString:
    index = {device.label(qubit): qubit for qubit in range(len(device.coordinates))}
    paulis = sorted((index[label], letter) for label, letter in data["physical"].items())
    return PauliString(tuple(paulis), data["sign"])
