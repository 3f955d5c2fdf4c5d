"""The report of a compile as plain JSON values: what the circuit was, became and costs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from qslc.ir.metrics import Metrics, metrics, used_qubits
from qslc.ir.program import PauliString, Placement, Program
from qslc.ir.steps import Alternative, Step, Verification
from qslc.report.compilation.encoder_cost import EncoderCost, encoder_cost
from qslc.report.drawing.data import circuit_data, device_data
from qslc.spec.model import Spec
from qslc.targets.device import Device
from qslc.targets.error_budget import ErrorBudget
from qslc.targets.fidelity import PlacementFidelity
from qslc.targets.noise import NoiseModel


@dataclass(frozen=True, slots=True)
class Baseline:
    """The plain compile: the same circuit on the same device at level 0, without optimization.

    Args:
        metrics: of the program on the device.
        budget: its errors by source, or None where nothing is known of them.
    """

    metrics: Metrics
    budget: ErrorBudget | None


@dataclass(frozen=True, slots=True)
class Stages:
    """Everything that one compile went through.

    Args:
        spec: what the user asked for.
        digest: of the spec.
        logical: the program as written.
        optimised: after the passes on logical qubits.
        physical: on the device's qubits, in its gates.
        device: the target.
        placement: of the logical qubits on the device.
        alternatives: ways to the device that were compared or skipped, the chosen one first.
        steps: passes and stages of lowering, in order.
        verification: that the physical program measures what the logical one does.
        noise: the resolved noise of the device qubits that are used, or None.
        fidelity: estimated from the device's calibration, or None without one.
        budget: the errors of the physical program by source, or None where none are known.
        baseline: what the plain compile costs, or None where it does not fit on the device.
        versions: of qslc and what it builds on, by package.
        seconds: wall time of the compile.
    """

    spec: Spec
    digest: str
    logical: Program
    optimised: Program
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


def report(stages: Stages) -> dict[str, Any]:
    """What ``report.json`` holds. Device qubits are named as Cirq prints them."""
    device, physical = stages.device, stages.physical
    encoder = encoder_cost(stages.spec)
    return {
        "name": stages.spec.name,
        "digest": stages.digest,
        "versions": dict(stages.versions),
        "spec": stages.spec.model_dump(mode="json", by_alias=True, exclude_none=True),
        "device": {
            "name": device.name,
            "qubits": len(device.coordinates),
            "edges": len(device.edges),
            "gates": list(device.gates),
        },
        "baseline": _baseline(stages.baseline),
        "logical": asdict(metrics(stages.logical)),
        "optimised": asdict(metrics(stages.optimised)),
        "physical": asdict(metrics(physical)),
        "encoder": asdict(encoder),
        "weights": list(stages.logical.weights),
        "dead_weights": _dead_weights(stages.optimised),
        "passes": [asdict(step) for step in stages.steps],
        "alternatives": [asdict(each) for each in stages.alternatives],
        "layout": _layout(device, stages.placement),
        "observables": _observables(stages.logical, physical, device),
        "verification": asdict(stages.verification),
        "objective": stages.spec.optimize.objective,
        "estimated_fidelity": asdict(stages.fidelity) if stages.fidelity else None,
        "error_budget": _budget(stages.budget, encoder) if stages.budget else None,
        "noise": stages.noise.as_json() if stages.noise else None,
        "error_free": stages.noise.survival(physical, device) if stages.noise else None,
        "seconds": stages.seconds,
        "drawings": _drawings(stages),
    }


def report_json(report: Mapping[str, Any]) -> str:
    """The text of ``report.json``: indented, the drawings' data on one line at the end."""
    facts = {key: value for key, value in report.items() if key != "drawings"}
    drawings = json.dumps(
        report["drawings"], ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    head = json.dumps(facts, ensure_ascii=False, allow_nan=False, indent=1).removesuffix("\n}")
    return f'{head},\n "drawings": {drawings}\n}}\n'


def _dead_weights(program: Program) -> list[str]:
    """The weights that no gate sees."""
    seen = {
        str(s) for op in program.operations if op.angle is not None for s in op.angle.free_symbols
    }
    return [name for name in program.weights if name not in seen]


def _baseline(baseline: Baseline | None) -> dict[str, Any] | None:
    if baseline is None:
        return None
    survival = baseline.budget.survival if baseline.budget else None
    return {"level": 0, **asdict(baseline.metrics), "estimated_fidelity": survival}


def _budget(budget: ErrorBudget, encoder: EncoderCost) -> dict[str, Any]:
    """The errors by source; state preparation apart, for the circuit does not hold its gates."""
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


def _layout(device: Device, placement: Placement) -> dict[str, dict[str, str]]:
    return {
        when: {str(i): device.label(qubit) for i, qubit in enumerate(where)}
        for when, where in (("start", placement.start), ("end", placement.end))
    }


def _observables(logical: Program, physical: Program, device: Device) -> list[dict[str, Any]]:
    pairs = zip(logical.observables, physical.observables, strict=True)
    return [_observable(asked, measured, device) for asked, measured in pairs]


def _observable(asked: PauliString, measured: PauliString, device: Device) -> dict[str, Any]:
    return {
        "logical": str(asked),
        "physical": {device.label(qubit): pauli for qubit, pauli in measured.paulis},
        "sign": measured.sign,
    }


def _drawings(stages: Stages) -> dict[str, Any]:
    logical, physical, start = stages.logical, stages.physical, stages.placement.start
    wires = [*start, *(qubit for qubit in used_qubits(physical) if qubit not in start)]
    return {
        "device": device_data(stages.device, physical, stages.placement),
        "logical": circuit_data(
            logical, range(logical.qubits), [str(qubit) for qubit in range(logical.qubits)]
        ),
        "physical": circuit_data(physical, wires, _wire_names(wires, stages)),
    }


def _wire_names(wires: list[int], stages: Stages) -> list[str]:
    """Device qubits; before those that hold a logical qubit at the start, its number."""
    labels = [stages.device.label(qubit) for qubit in wires]
    logical = len(stages.placement.start)
    return [f"{i} · {name}" if i < logical else name for i, name in enumerate(labels)]
