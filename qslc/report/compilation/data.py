"""Describe a compile in plain JSON values: what the circuit was, became and costs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from itertools import zip_longest
from typing import Any

from qslc.feasibility.forecast import Forecast
from qslc.feasibility.verdict import Verdict
from qslc.ir.metrics import Metrics, count_metrics, find_used_qubits
from qslc.ir.program import Placement, Program
from qslc.ir.settings import Setting
from qslc.ir.steps import Alternative, Step, Verification
from qslc.lower.device_circuit import DeviceCircuit
from qslc.lower.preparation import Preparation
from qslc.report.compilation.encoder import EncoderCost, cost_encoder
from qslc.report.compilation.forecast import make_forecast
from qslc.report.drawing.data import describe_circuit, describe_device
from qslc.spec.model import Spec
from qslc.spec.observables import expand_outputs, format_sum, format_terms, is_plain
from qslc.targets.device import Device
from qslc.targets.error_budget import ErrorBudget
from qslc.targets.fidelity import PlacementFidelity
from qslc.targets.noise import NoiseModel

MOST_WRITTEN = 100
"""Settings of the measurement for which circuits are written, at most."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The plain compile: the same circuit on the same device at level 0, without optimization.

    Args:
        metrics: Metrics of the program on the device.
        budget: Errors by source, or None where nothing is known of them.
        forecast: What is left of its readouts, or None where no noise is known.
    """

    metrics: Metrics
    budget: ErrorBudget | None
    forecast: Forecast | None = None


@dataclass(frozen=True, slots=True)
class WholeCircuit:
    """A circuit from |0...0>, and how it is measured.

    Args:
        circuit: The circuit.
        settings: Settings of its measurement.
        verification: Evidence that it measures what the spec asks for.
    """

    circuit: DeviceCircuit
    settings: tuple[Setting, ...]
    verification: Verification

    def name_files(self, stem: str) -> list[str]:
        """Return the names, without their ends, of the files of the first settings."""
        return name_files(stem, len(self.settings))


def name_files(stem: str, settings: int) -> list[str]:
    """Return the names, without their ends, of the files of so many settings, of the first ones."""
    return [f"{stem}_{i + 1}" if i else stem for i in range(min(settings, MOST_WRITTEN))]


@dataclass(frozen=True, slots=True, repr=False)
class Stages:
    """Everything that one compile went through.

    Args:
        spec: Spec that the user wrote.
        digest: Digest of the spec.
        logical: Program as written.
        optimized: Program after the passes on logical qubits.
        physical: Program on the device's qubits, in its gates.
        device: Device that the spec names.
        placement: Place of each logical qubit on the device.
        alternatives: Ways to the device that were compared or skipped, the chosen one first.
        steps: Passes and stages of lowering, in order.
        verification: Evidence that the physical program measures what the logical one does.
        noise: Resolved noise of the device qubits that are used, or None.
        fidelity: Fidelity estimated from the device's calibration, or None without one.
        budget: Errors of the physical program by source, or None where none are known.
        baseline: Cost of the plain compile, or None where it does not fit on the device.
        versions: Version of qslc and of what it builds on, by package.
        seconds: Wall time of the compile.
        whole: Circuit from |0...0>, or None where vectors are not prepared.
        fallback: The same with an exact preparation, where that of ``whole`` may miss.
        verdict: Predicted errors, shots and times, or None where nothing can be predicted.
        forecast: What is left of each readout, or None where no noise is known.
        forecast_noise: Source of the noise under which.
    """

    spec: Spec
    digest: str
    logical: Program
    optimized: Program
    physical: Program
    device: Device
    placement: Placement
    alternatives: tuple[Alternative, ...]
    steps: tuple[Step, ...]
    verification: Verification
    noise: NoiseModel | None
    fidelity: PlacementFidelity | None
    budget: ErrorBudget | None
    baseline: Baseline | None
    versions: Mapping[str, str]
    seconds: float
    whole: WholeCircuit | None = None
    fallback: WholeCircuit | None = None
    verdict: Verdict | None = None
    forecast: Forecast | None = None
    forecast_noise: str = ""

    def __repr__(self) -> str:
        return f"<stages of {self.spec.name} on {self.device.name}: qslc.compile shows more>"

    @property
    def preparation(self) -> Preparation | None:
        """The preparation of encoded vectors, if there is one."""
        return self.whole.circuit.preparation if self.whole else None


def make_report(stages: Stages) -> dict[str, Any]:
    """Make the contents of ``report.json``. Device qubits are named as Cirq prints them."""
    device, physical, baseline = stages.device, stages.physical, stages.baseline
    costed = stages.whole.circuit.program if stages.whole else physical
    encoder = cost_encoder(stages.spec, stages.preparation)
    spec = stages.spec.model_dump(mode="json", by_alias=True, exclude_none=True)
    spec["optimize"]["objective"] = stages.spec.objective
    return {
        "name": stages.spec.name,
        "digest": stages.digest,
        "versions": dict(stages.versions),
        "spec": spec,
        "device": {
            "name": device.name,
            "qubits": len(device.coordinates),
            "edges": len(device.edges),
            "gates": list(device.gates),
        },
        "baseline": baseline
        and {
            "level": 0,
            **asdict(baseline.metrics),
            "estimated_fidelity": baseline.budget and baseline.budget.survival,
        },
        "logical": asdict(count_metrics(stages.logical)),
        "optimised": asdict(count_metrics(stages.optimized)),
        "physical": asdict(count_metrics(physical)),
        "encoder": encoder.as_json(),
        "weights": list(stages.logical.weights),
        "dead_weights": _find_dead_weights(stages.optimized),
        "passes": [asdict(step) for step in stages.steps],
        "alternatives": [asdict(each) for each in stages.alternatives],
        "layout": _describe_layout(device, stages.placement),
        "observables": _describe_observables(stages.logical, physical, device),
        **_describe_sums(stages.spec),
        "verification": asdict(stages.verification),
        "objective": stages.spec.objective,
        "estimated_fidelity": asdict(stages.fidelity) if stages.fidelity else None,
        "forecast": make_forecast(
            stages.forecast, baseline.forecast if baseline else None, stages.forecast_noise
        ),
        "error_budget": _describe_budget(stages.budget, encoder) if stages.budget else None,
        "noise": stages.noise.as_json() if stages.noise else None,
        "error_free": stages.noise.survival(costed, device) if stages.noise else None,
        **_describe_whole(stages),
        **({"execution": spec["execution"]} if "execution" in spec else {}),
        "verdict": stages.verdict.as_json() if stages.verdict else None,
        "seconds": stages.seconds,
        "drawings": _describe_drawings(stages),
    }


def write_report(report: Mapping[str, Any]) -> str:
    """Write the text of ``report.json``: indented, the drawings' data on one line at the end."""
    facts = {key: value for key, value in report.items() if key != "drawings"}
    write = partial(json.dumps, ensure_ascii=False, allow_nan=False)
    drawings = write(report["drawings"], separators=(",", ":"))
    head = write(facts, indent=1).removesuffix("\n}")
    return f'{head},\n "drawings": {drawings}\n}}\n'


def _describe_whole(stages: Stages) -> dict[str, Any]:
    """Describe the circuits from |0...0>; nothing where vectors are not prepared."""
    described = {}
    for stem, whole in (("device", stages.whole), ("fallback", stages.fallback)):
        if whole is not None:
            described[f"{stem}_circuit"] = {
                **asdict(count_metrics(whole.circuit.program)),
                "start": _describe_layout(stages.device, whole.circuit.placement)["start"],
                "verification": asdict(whole.verification),
                "settings": _describe_settings(whole, stem, stages.device),
            }
    return described


def _describe_settings(whole: WholeCircuit, stem: str, device: Device) -> list[dict[str, Any]]:
    return [
        {
            "file": name and f"{name}.json",
            "bases": {device.label(qubit): pauli for qubit, pauli in setting.bases},
            "observables": list(setting.members),
        }
        for name, setting in zip_longest(whole.name_files(stem), whole.settings)
    ]


def _find_dead_weights(program: Program) -> list[str]:
    """Find the weights that no gate sees."""
    seen = {
        str(s) for op in program.operations if op.angle is not None for s in op.angle.free_symbols
    }
    return [name for name in program.weights if name not in seen]


def _describe_budget(budget: ErrorBudget, encoder: EncoderCost) -> dict[str, Any]:
    """List the errors by source; state preparation apart, for its gates are not in the circuit."""
    preparation = None
    if not encoder.in_circuit:
        gates, error = encoder.two_qubit_gates, budget.two_qubit_error
        preparation = {"gates": gates, "error": error, "survival": (1 - error) ** gates}
    return {
        "basis": budget.basis,
        "sources": [asdict(source) for source in budget.sources],
        "circuit": budget.survival,
        "state_preparation": preparation,
        "total": budget.survival * (preparation["survival"] if preparation else 1.0),
    }


def _describe_layout(device: Device, placement: Placement) -> dict[str, dict[str, str]]:
    return {
        when: {str(i): device.label(qubit) for i, qubit in enumerate(where)}
        for when, where in (("start", placement.start), ("end", placement.end))
    }


def _describe_observables(
    logical: Program, physical: Program, device: Device
) -> list[dict[str, Any]]:
    return [
        {
            "logical": str(asked),
            "physical": {device.label(qubit): pauli for qubit, pauli in measured.paulis},
            "sign": measured.sign,
        }
        for asked, measured in zip(logical.observables, physical.observables, strict=True)
    ]


def _describe_sums(spec: Spec) -> dict[str, Any]:
    """Describe the outputs of the layer; nothing where each is one Pauli string."""
    outputs = expand_outputs(spec.measure, spec.qubits)
    if all(map(is_plain, outputs)):
        return {}
    described = [
        {
            "observable": format_sum(output),
            "terms": {format_terms(terms): value for value, terms in output},
        }
        for output in outputs
    ]
    return {"outputs": described}


def _describe_drawings(stages: Stages) -> dict[str, Any]:
    """Describe the drawings; wires are named by the qubits that start and lie there."""
    logical, physical, start = stages.logical, stages.physical, stages.placement.start
    if stages.preparation is not None and stages.whole is not None:
        physical = stages.whole.circuit.program
    others = (qubit for qubit in find_used_qubits(physical) if qubit not in start)
    wires = {qubit: f"{i} · {stages.device.label(qubit)}" for i, qubit in enumerate(start)}
    wires |= {qubit: stages.device.label(qubit) for qubit in others}
    written = {qubit: str(qubit) for qubit in range(logical.qubits)}
    return {
        "device": describe_device(stages.device, physical, stages.placement),
        "logical": describe_circuit(logical, written),
        "physical": describe_circuit(physical, wires),
    }
