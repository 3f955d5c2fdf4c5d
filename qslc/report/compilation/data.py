"""Describe a compile in plain JSON values: what the circuit was, became and costs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from qslc.ir.decompositions import count_two_qubit_gates
from qslc.ir.metrics import Metrics, count_levels, count_metrics, find_used_qubits
from qslc.ir.program import Operation, Placement, Program
from qslc.ir.steps import Alternative, Step, Verification
from qslc.report.drawing.data import describe_circuit, describe_device
from qslc.spec.model import Spec
from qslc.targets.device import Device
from qslc.targets.error_budget import ErrorBudget
from qslc.targets.fidelity import PlacementFidelity
from qslc.targets.noise import NoiseModel


@dataclass(frozen=True, slots=True)
class Baseline:
    """The plain compile: the same circuit on the same device at level 0, without optimization.

    Args:
        metrics: Metrics of the program on the device.
        budget: Errors by source, or None where nothing is known of them.
    """

    metrics: Metrics
    budget: ErrorBudget | None


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class EncoderCost:
    """The cost of bringing a vector into the circuit, on a device that couples all qubits.

    Args:
        kind: Name of the encoder.
        two_qubit_gates: Two-qubit gates, in units of CZ.
        two_qubit_depth: Levels of two-qubit gates, in units of CZ.
        in_circuit: Whether the metrics of the circuit hold them already.
        method: How the vector is encoded, in a few words.
    """

    kind: str
    two_qubit_gates: int
    two_qubit_depth: int
    in_circuit: bool
    method: str


def make_report(stages: Stages) -> dict[str, Any]:
    """Make the contents of ``report.json``. Device qubits are named as Cirq prints them."""
    device, physical, baseline = stages.device, stages.physical, stages.baseline
    encoder = cost_encoder(stages.spec)
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
        "baseline": baseline
        and {
            "level": 0,
            **asdict(baseline.metrics),
            "estimated_fidelity": baseline.budget and baseline.budget.survival,
        },
        "logical": asdict(count_metrics(stages.logical)),
        "optimised": asdict(count_metrics(stages.optimized)),
        "physical": asdict(count_metrics(physical)),
        "encoder": asdict(encoder),
        "weights": list(stages.logical.weights),
        "dead_weights": _find_dead_weights(stages.optimized),
        "passes": [asdict(step) for step in stages.steps],
        "alternatives": [asdict(each) for each in stages.alternatives],
        "layout": _describe_layout(device, stages.placement),
        "observables": _describe_observables(stages.logical, physical, device),
        "verification": asdict(stages.verification),
        "objective": stages.spec.optimize.objective,
        "estimated_fidelity": asdict(stages.fidelity) if stages.fidelity else None,
        "error_budget": _describe_budget(stages.budget, encoder) if stages.budget else None,
        "noise": stages.noise.as_json() if stages.noise else None,
        "error_free": stages.noise.survival(physical, device) if stages.noise else None,
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


def cost_encoder(spec: Spec) -> EncoderCost:
    """Return the cost of the spec's encoder, without the SWAPs that a device may add."""
    encoder, inputs = spec.encoder, spec.encoder.inputs(spec.qubits)
    if inputs.are_amplitudes:
        gates = levels = _count_preparation(inputs.width + inputs.bias)
    else:
        needed = [Operation(name, qubits) for name, qubits, _ in encoder.gates(spec.qubits)]
        coupling = [op for op in needed if len(op.qubits) > 1]
        gates = sum(count_two_qubit_gates(op.gate) for op in coupling)
        levels = count_levels(coupling, lambda op: count_two_qubit_gates(op.gate))
    in_circuit = not inputs.are_amplitudes
    return EncoderCost(encoder.name, gates, levels, in_circuit, encoder.method(spec.qubits))


def _count_preparation(amplitudes: int) -> int:
    """Count the CNOTs of real amplitudes on m qubits by uniformly controlled RY.

    Möttönen et al. 2005 (arXiv:quant-ph/0407010): a rotation with k controls takes 2**k CNOTs, all
    on the rotated qubit, hence one after the other; k is 1 to m-1.
    """
    return max(0, (1 << (amplitudes - 1).bit_length()) - 2)


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


def _describe_drawings(stages: Stages) -> dict[str, Any]:
    """Describe the drawings; wires are named by the qubits that start and lie there."""
    logical, physical, start = stages.logical, stages.physical, stages.placement.start
    others = (qubit for qubit in find_used_qubits(physical) if qubit not in start)
    wires = {qubit: f"{i} · {stages.device.label(qubit)}" for i, qubit in enumerate(start)}
    wires |= {qubit: stages.device.label(qubit) for qubit in others}
    written = {qubit: str(qubit) for qubit in range(logical.qubits)}
    return {
        "device": describe_device(stages.device, physical, stages.placement),
        "logical": describe_circuit(logical, written),
        "physical": describe_circuit(physical, wires),
    }
