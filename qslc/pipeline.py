"""Run all stages of a compile: spec, logical program, passes, device program, check, artifact."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from qslc import __version__
from qslc.artifact import REPORT, compute_digests, drop_seconds, render_pages, write_indented
from qslc.codegen.source import generate_layer
from qslc.diagnostics import CompilerFaultError, InputError
from qslc.export.cirq_circuit import write_circuit_json
from qslc.export.measurement import write_measured_json
from qslc.export.qasm import write_qasm
from qslc.feasibility.forecast import Forecast, forecast
from qslc.feasibility.subject import find_noise, make_run
from qslc.feasibility.verdict import Subject, Verdict, judge
from qslc.ir.angles import reduce_all_to_period
from qslc.ir.metrics import count_metrics, find_used_qubits
from qslc.ir.program import Placement, Program
from qslc.ir.settings import group_settings
from qslc.lower.device_circuit import DeviceCircuit, Lowered, lower
from qslc.lower.logical import lower_to_logical
from qslc.output import refuse_foreign, write_folder
from qslc.progress import Progress, ignore
from qslc.publication import COMPILE_FILES as FILES
from qslc.publication import MANIFEST
from qslc.report.compilation.data import (
    Baseline,
    Stages,
    WholeCircuit,
    make_report,
    name_files,
    write_report,
)
from qslc.spec.devices import build_device
from qslc.spec.model import Spec, digest
from qslc.spec.noise import build_noise
from qslc.targets.device import Device
from qslc.targets.error_budget import make_error_budget
from qslc.targets.noise import NoiseModel, restrict
from qslc.verify import Verification, verify

_PACKAGES = ("qslc", "cirq-core", "sympy", "rustworkx", "numpy")
"""Packages that shape the output."""

FORMAT = 3
"""The number of the contract with the reader, ``qslc_runtime.artifact``, which also reads earlier
ones. Raise it when what stands in the manifest or in the report changes meaning."""


STEPS = 8
"""Steps of which a compile tells, at most."""


def compile_to(
    spec: Spec, folder: str | os.PathLike[str], progress: Progress = ignore
) -> dict[str, Any]:
    """Compile a spec, write the artifact folder, and return the report.

    Args:
        spec: A checked spec.
        folder: Folder for the files.
        progress: Function that is told the name of each step before it is begun.

    Raises:
        InputError: The spec asks for what its device cannot do, or the folder cannot be written.
        CompilerFaultError: The compiled program is not equal to the spec's; nothing is written.
    """
    refuse_foreign(Path(folder), FILES)
    stages = compile_spec(spec, progress)
    progress("files")
    report, files = build_artifact(stages)
    write_folder(Path(folder), files)
    return report


def compile_spec(spec: Spec, progress: Progress = ignore) -> Stages:
    """Run every stage and check the result.

    Args:
        spec: A checked spec.
        progress: Function that is told the name of each step before it is begun.

    Raises:
        InputError: The spec asks for what its device cannot do.
        CompilerFaultError: The compiled program is not equal to the spec's.
        TypeError: This is not a spec.
    """
    if not isinstance(spec, Spec):
        given = type(spec).__name__
        raise TypeError(f"got a {given}, not a Spec: use load(path).spec or sublayer(...).spec()")
    started = time.perf_counter()
    target = build_device(spec.device, spec.qubits)
    logical = replace(reduce_all_to_period(lower_to_logical(spec)), native=target.gates)
    lowered = lower(spec, logical, target, spec.optimize.level, progress=progress)
    physical, costed = lowered.physical, lowered.costed
    progress("check")
    evidence = _check(logical, physical, lowered.placement, spec)
    noise = build_noise(spec.noise, target)
    used = restrict(noise, target, _find_all_qubits(lowered)) if noise else None
    whole = _finish(lowered.whole, evidence, spec, target)
    progress("plain compile")
    plain = lowered if spec.optimize.level == 0 else _lower_plainly(spec, logical, target, lowered)
    budget = partial(make_error_budget, device=target, noise=noise)
    acting = find_noise(spec, target)
    progress("prediction")
    found = _forecast(lowered, target, acting)
    return Stages(
        spec=spec,
        digest=digest(spec),
        logical=logical,
        optimized=reduce_all_to_period(lowered.optimized),
        physical=physical,
        device=target,
        placement=lowered.placement,
        alternatives=lowered.alternatives,
        steps=lowered.steps,
        verification=evidence,
        noise=used,
        fidelity=lowered.fidelity,
        budget=budget(costed),
        baseline=Baseline(
            count_metrics(plain.costed),
            budget(plain.costed),
            found if plain is lowered else _forecast(plain, target, acting),
        )
        if plain
        else None,
        whole=whole,
        fallback=_finish(lowered.fallback, evidence, spec, target),
        verdict=_judge(spec, logical, lowered, whole, target),
        forecast=found,
        forecast_noise=acting.source if acting else "",
        versions={
            "python": platform.python_version(),
            **{name: version(name) for name in _PACKAGES},
        },
        seconds=time.perf_counter() - started,
    )


def _check(logical: Program, compiled: Program, placement: Placement, spec: Spec) -> Verification:
    """Verify a compiled program.

    Raises:
        CompilerFaultError: It is not equal to the one that was written.
    """
    evidence = verify(logical, compiled, placement, spec.optimize.seed)
    if evidence.verdict != "equal":
        raise CompilerFaultError(
            f"the compiled circuit deviates by {evidence.max_deviation:.1e} from the spec"
        )
    return evidence


def _finish(
    circuit: DeviceCircuit | None, layer: Verification, spec: Spec, device: Device
) -> WholeCircuit | None:
    """Verify a circuit from |0...0>, and choose how it is measured.

    Without a preparation it is the layer, which has been verified.
    """
    if circuit is None:
        return None
    evidence = layer
    if circuit.preparation is not None:
        evidence = _check(circuit.logical, circuit.program, circuit.placement, spec)
    settings = group_settings(circuit.program.observables, device.coordinates)
    return WholeCircuit(circuit, settings, evidence)


def _judge(
    spec: Spec, logical: Program, lowered: Lowered, whole: WholeCircuit | None, device: Device
) -> Verdict | None:
    """Predict what the device makes of the layer."""
    program, noise = lowered.costed, find_noise(spec, device)
    run = make_run(program, device, noise, {}, lowered.placement)
    settings = whole.settings if whole else group_settings(program.observables, device.coordinates)
    made = whole.circuit.preparation if whole else None
    subject = Subject(spec, logical, run, len(settings))
    if made is not None:
        subject = replace(subject, method=made.method, levels=made.levels, symbols=made.symbols)
    if lowered.choice is not None:
        subject = replace(subject, trials=lowered.choice.trials)
    return judge(subject)


def _find_all_qubits(lowered: Lowered) -> tuple[int, ...]:
    programs = [lowered.physical, *(c.program for c in (lowered.whole, lowered.fallback) if c)]
    return tuple(sorted({qubit for each in programs for qubit in find_used_qubits(each)}))


def _forecast(lowered: Lowered, device: Device, noise: NoiseModel | None) -> Forecast | None:
    """Forecast the readouts of a circuit on the device; None where no noise is known."""
    if noise is None:
        return None
    placement = lowered.whole.placement if lowered.whole else lowered.placement
    return forecast(make_run(lowered.costed, device, noise, {}, placement))


def _lower_plainly(spec: Spec, logical: Program, target: Device, chosen: Lowered) -> Lowered | None:
    """Lower the circuit at level 0; None where it only fits when it is optimized."""
    depth = chosen.choice.depth if chosen.choice else None
    try:
        return lower(spec, logical, target, 0, depth, alone=True)
    except InputError:
        return None


def build_artifact(stages: Stages) -> tuple[dict[str, Any], dict[str, str]]:
    """Make the report, and the text of every file of the artifact folder.

    Same spec, same bytes, but for wall times. They stand under "seconds" in report.json alone,
    which the manifest digests without them; with SOURCE_DATE_EPOCH set they are 0 and every byte is
    the same.
    """
    data = make_report(stages)
    if "SOURCE_DATE_EPOCH" in os.environ:
        data = drop_seconds(data)
    files = {
        "layer.py": generate_layer(stages.spec, stages.optimized, __version__),
        "logical.json": write_circuit_json(stages.logical),
        "physical.json": write_circuit_json(stages.physical, stages.device),
        **_write_layer_qasm(stages),
        **_write_circuits(stages),
        REPORT: write_report(data),
        **render_pages(data),
    }
    inputs = stages.spec.encoder.inputs(stages.spec.qubits)
    manifest = {
        "qslc": __version__,
        "format": FORMAT,
        "inputs": {
            "angles": list(inputs.angles),
            "amplitudes": inputs.are_amplitudes,
            "bias": inputs.bias,
        },
        "preparation": _describe_preparation(stages),
        "spec": stages.digest,
        "seed": stages.spec.optimize.seed,
        "versions": dict(stages.versions),
        "files": compute_digests(files),
    }
    return data, files | {MANIFEST: write_indented(manifest)}


def _write_layer_qasm(stages: Stages) -> dict[str, str]:
    """Write the circuit of the layer in OpenQASM, once for each setting of its measurement.

    Where it is the circuit from |0...0>, that one's files hold the other settings.
    """
    program, device = stages.physical, stages.device
    settings = group_settings(program.observables, device.coordinates) or (None,)
    if stages.whole is not None and stages.preparation is None:
        settings = settings[:1]
    return {
        f"{name}.qasm": write_qasm(program, device, stages.placement, setting)
        for name, setting in zip(name_files("physical", len(settings)), settings, strict=False)
    }


def _write_circuits(stages: Stages) -> dict[str, str]:
    """Write the circuits from |0...0>, one for each setting of the measurement."""
    named = (("device", stages.whole), ("fallback", stages.fallback))
    files = {}
    for stem, whole in ((stem, whole) for stem, whole in named if whole):
        program, placement, device = whole.circuit.program, whole.circuit.placement, stages.device
        for name, setting in zip(whole.name_files(stem), whole.settings, strict=False):
            files[f"{name}.json"] = write_measured_json(program, device, setting)
            files[f"{name}.qasm"] = write_qasm(program, device, placement, setting)
    return files


def _describe_preparation(stages: Stages) -> dict[str, Any] | None:
    """Describe how the runtime finds the angles of the preparation."""
    preparation = stages.preparation
    if preparation is None:
        return None
    inputs = stages.spec.encoder.inputs(stages.spec.qubits)
    fallback = stages.fallback.circuit.preparation if stages.fallback else None
    return {
        "method": preparation.method,
        "qubits": len(preparation.qubits),
        "levels": [[list(pair) for pair in level] for level in preparation.levels],
        "symbols": list(preparation.symbols),
        "padding": inputs.pad,
        "features": inputs.features,
        "fallback_symbols": list(fallback.symbols) if fallback else [],
    }
