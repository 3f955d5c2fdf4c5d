"""Run all stages of a compile: spec, logical program, passes, device program, check, artifact."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from qslc import __version__
from qslc.artifact import REPORT, compute_digests, drop_seconds, render_pages, write_indented
from qslc.codegen.source import generate_layer
from qslc.diagnostics import CompilerFaultError, InputError
from qslc.export.cirq_circuit import write_circuit_json
from qslc.export.qasm import write_qasm
from qslc.ir.angles import reduce_all_to_period
from qslc.ir.metrics import count_metrics, find_used_qubits
from qslc.ir.program import Program
from qslc.ir.steps import Alternative, Step
from qslc.lower.logical import lower_to_logical
from qslc.lower.physical import lower_to_device
from qslc.lower.placement.relocation import Relocation, relocate
from qslc.output import refuse_foreign, write_folder
from qslc.passes import NATIVE_PASSES, PASSES, run
from qslc.publication import COMPILE_FILES as FILES
from qslc.publication import MANIFEST
from qslc.report.compilation.data import Baseline, Stages, make_report, write_report
from qslc.spec.devices import build_device
from qslc.spec.model import Spec, digest
from qslc.spec.noise import build_noise
from qslc.targets.device import Device
from qslc.targets.error_budget import make_error_budget
from qslc.targets.noise import restrict
from qslc.verify import verify

_PACKAGES = ("qslc", "cirq-core", "sympy", "rustworkx", "numpy")
"""Packages that shape the output."""

FORMAT = 2
"""The number of the contract with the reader, ``qslc_runtime.artifact``, which also reads earlier
ones. Raise it when what stands in the manifest or in the report changes meaning."""


def compile_to(spec: Spec, folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Compile a spec, write the artifact folder, and return the report.

    Raises:
        InputError: The spec asks for what its device cannot do, or the folder cannot be written.
        CompilerFaultError: The compiled program is not equal to the spec's; nothing is written.
    """
    refuse_foreign(Path(folder), FILES)
    report, files = build_artifact(compile_spec(spec))
    write_folder(Path(folder), files)
    return report


def compile_spec(spec: Spec) -> Stages:
    """Run every stage and check the result.

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
    circuit = _lower(spec, logical, target, spec.optimize.level)
    optimized = reduce_all_to_period(circuit.optimized)
    physical, placement = reduce_all_to_period(circuit.moved.program), circuit.moved.placement
    evidence = verify(logical, physical, placement, spec.optimize.seed)
    if evidence.verdict != "equal":
        raise CompilerFaultError(
            f"the compiled circuit deviates by {evidence.max_deviation:.1e} from the spec"
        )
    noise = build_noise(spec.noise, target)
    used = restrict(noise, target, find_used_qubits(physical)) if noise else None
    plain = physical if spec.optimize.level == 0 else _lower_plainly(spec, logical, target)
    budget = partial(make_error_budget, device=target, noise=noise)
    return Stages(
        spec=spec,
        digest=digest(spec),
        logical=logical,
        optimized=optimized,
        physical=physical,
        device=target,
        placement=placement,
        alternatives=circuit.alternatives,
        steps=circuit.steps,
        verification=evidence,
        noise=used,
        fidelity=circuit.moved.fidelity,
        budget=budget(physical),
        baseline=Baseline(count_metrics(plain), budget(plain)) if plain else None,
        versions={
            "python": platform.python_version(),
            **{name: version(name) for name in _PACKAGES},
        },
        seconds=time.perf_counter() - started,
    )


@dataclass(frozen=True, slots=True)
class _Circuit:
    """A program before and after its way to the device."""

    optimized: Program
    moved: Relocation
    alternatives: tuple[Alternative, ...]
    steps: tuple[Step, ...]


def _lower(spec: Spec, logical: Program, target: Device, level: int) -> _Circuit:
    """Run the passes of a level, lower to the device, clean up, and move to good qubits."""
    optimized, steps = run(logical, PASSES[level])
    tidy = NATIVE_PASSES[level]
    lowered = lower_to_device(optimized, target, level, spec.optimize.seed, spec.optimize.objective)
    tidied, cleaning = run(lowered.program, tidy)
    moved = relocate(tidied, lowered.placement, target, level)
    steps = (*steps, *lowered.steps, *cleaning, *moved.steps)
    return _Circuit(optimized, moved, lowered.alternatives, steps)


def _lower_plainly(spec: Spec, logical: Program, target: Device) -> Program | None:
    """Lower the circuit at level 0; None where it only fits when it is optimized."""
    try:
        return _lower(spec, logical, target, 0).moved.program
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
        "physical.qasm": write_qasm(stages.physical, stages.device, stages.placement),
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
        "spec": stages.digest,
        "seed": stages.spec.optimize.seed,
        "versions": dict(stages.versions),
        "files": compute_digests(files),
    }
    return data, files | {MANIFEST: write_indented(manifest)}
