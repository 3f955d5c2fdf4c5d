"""Lower a spec to the circuit that a device runs: from |0...0>, preparation and layer."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from qslc.ir.angles import reduce_all_to_period
from qslc.ir.metrics import count_metrics
from qslc.ir.program import Operation, Placement, Program, rename_qubits
from qslc.ir.steps import Alternative, Step
from qslc.lower.anchors import Anchors
from qslc.lower.physical import DeviceProgram, lower_to_device
from qslc.lower.placement.relocation import relocate
from qslc.lower.preparation import Preparation, find_anchors, lower_preparation
from qslc.passes import NATIVE_PASSES, PASSES, clean_up, run
from qslc.spec.encoders import PreparationMethod
from qslc.spec.model import Spec
from qslc.targets.device import Device
from qslc.targets.fidelity import PlacementFidelity


@dataclass(frozen=True, slots=True)
class DeviceCircuit:
    """A circuit that starts from |0...0>.

    Args:
        logical: Program as written, its preparation included.
        program: Native program on the device's qubits.
        placement: Place of each program qubit before and after it.
        preparation: Its preparation, or None where the layer itself starts from |0...0>.
    """

    logical: Program
    program: Program
    placement: Placement
    preparation: Preparation | None = None


@dataclass(frozen=True, slots=True)
class Lowered:
    """What lowering made of a logical program.

    Args:
        optimized: Program after the passes on logical qubits.
        physical: Native program of the layer on the device's qubits.
        placement: Place of each program qubit before and after the layer.
        whole: Circuit from |0...0>; None where vectors are not prepared.
        fallback: The same with a multiplexed preparation, where that of ``whole`` is variational.
        fidelity: Estimates of ``whole``, or of the layer, before and after relocation.
        alternatives: What the layer was chosen from.
        steps: What was done.
    """

    optimized: Program
    physical: Program
    placement: Placement
    whole: DeviceCircuit | None
    fallback: DeviceCircuit | None
    fidelity: PlacementFidelity | None
    alternatives: tuple[Alternative, ...]
    steps: tuple[Step, ...]

    @property
    def costed(self) -> Program:
        """The program whose costs count: with its preparation, if there is one."""
        return self.whole.program if self.whole else self.physical


def lower(spec: Spec, logical: Program, device: Device, level: int) -> Lowered:
    """Run the passes of a level, lower to the device, clean up, and move to good qubits.

    Args:
        spec: Spec of the program.
        logical: Program that the spec describes.
        device: Device.
        level: Optimization level.

    Raises:
        InputError: The program does not fit on the device, or its preparation does not.
    """
    optimized, steps = run(logical, PASSES[level])
    aim, anchors = spec.optimize.objective, find_anchors(spec, device)
    lowered = lower_to_device(optimized, device, level, spec.optimize.seed, aim, anchors)
    layer, cleaning = run(lowered.program, NATIVE_PASSES[level])
    steps = (*steps, *lowered.steps, *cleaning)
    if anchors is not None:
        return _prepare(spec, logical, optimized, lowered, layer, anchors, device, level, steps)
    moved = relocate(layer, lowered.placement, device, level)
    physical = reduce_all_to_period(moved.program)
    return Lowered(
        optimized=optimized,
        physical=physical,
        placement=moved.placement,
        whole=DeviceCircuit(logical, physical, moved.placement)
        if logical.start == "zero"
        else None,
        fallback=None,
        fidelity=moved.fidelity,
        alternatives=lowered.alternatives,
        steps=(*steps, *moved.steps),
    )


def _prepare(
    spec: Spec,
    logical: Program,
    optimized: Program,
    lowered: DeviceProgram,
    layer: Program,
    anchors: Anchors,
    device: Device,
    level: int,
    steps: Iterable[Step],
) -> Lowered:
    """Put a preparation before a layer, and move both to good qubits."""
    assert spec.encoder.prepared is not None  # noqa: S101 - there are anchors
    started, placement = time.perf_counter(), lowered.placement
    method = spec.encoder.prepared.method
    made = lower_preparation(spec, method, layer, placement.start, anchors, device, level)
    whole, cleaning = run(_join(made, layer), NATIVE_PASSES[level])
    before = count_metrics(layer), count_metrics(_join(made, layer))
    step = Step("preparation", *before, time.perf_counter() - started, _describe(made))
    along = (*((q,) for q in placement.start), *(op.qubits for op in layer.operations))
    moved = relocate(whole, Placement(made.placement.start, placement.end), device, level, along)
    if moved.places:
        layer = rename_qubits(layer, _complete(moved.places, layer.qubits), layer.qubits)
        start, end = (
            tuple(moved.places[q] for q in each) for each in (placement.start, placement.end)
        )
        placement = Placement(start, end)
    fallback = None
    if method == "variational":
        exact: PreparationMethod = "multiplexed"
        other = lower_preparation(spec, exact, layer, placement.start, anchors, device, level)
        program = clean_up(_join(other, layer), NATIVE_PASSES[level])
        fallback = _finish(logical, program, Placement(other.placement.start, placement.end), other)
    return Lowered(
        optimized=optimized,
        physical=reduce_all_to_period(layer),
        placement=placement,
        whole=_finish(logical, moved.program, moved.placement, made),
        fallback=fallback,
        fidelity=moved.fidelity,
        alternatives=lowered.alternatives,
        steps=(*steps, step, *cleaning, *moved.steps),
    )


def _join(made: Preparation, layer: Program) -> Program:
    operations = (*made.placed.operations, *layer.operations)
    return replace(layer, operations=operations, inputs=made.symbols, start="zero")


def _complete(places: Mapping[int, int], size: int) -> dict[int, int]:
    """Return places of all qubits: of those that nothing happens to, any that are left."""
    left = iter(sorted({*range(size)} - {*places.values()}))
    return {**places, **{qubit: next(left) for qubit in range(size) if qubit not in places}}


def _finish(
    logical: Program, program: Program, placement: Placement, made: Preparation
) -> DeviceCircuit:
    operations: tuple[Operation, ...] = (*made.written, *logical.operations)
    written = replace(logical, operations=operations, inputs=made.symbols, start="zero")
    return DeviceCircuit(written, reduce_all_to_period(program), placement, made)


def _describe(made: Preparation) -> str:
    if made.method == "variational":
        return f"{len(made.levels)} levels on {len(made.qubits)} qubits"
    return f"{made.method}, {len(made.qubits)} qubits"
