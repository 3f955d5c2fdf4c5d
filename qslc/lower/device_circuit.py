"""Lower a spec to the circuit that a device runs: from |0...0>, preparation and layer."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from qslc.feasibility.depth import Array, DepthChoice, choose_depth
from qslc.feasibility.subject import Levels, find_noise
from qslc.ir.angles import reduce_all_to_period
from qslc.ir.metrics import count_metrics
from qslc.ir.program import Operation, Placement, Program, rename_qubits
from qslc.ir.steps import Alternative, Step
from qslc.lower.anchors import Anchors
from qslc.lower.physical import DeviceProgram, lower_to_device
from qslc.lower.placement.relocation import Relocation, relocate
from qslc.lower.preparation import (
    Preparation,
    count_exact_levels,
    find_anchors,
    lower_preparation,
)
from qslc.passes import NATIVE_PASSES, PASSES, clean_up, run
from qslc.progress import Progress, ignore
from qslc.spec.model import Spec
from qslc.spec.preparation import Preparation as PreparationWish
from qslc.spec.preparation import PreparationMethod
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
    """Logical program, lowered to a device.

    Args:
        optimized: Program after the passes on logical qubits.
        physical: Native program of the layer on the device's qubits.
        placement: Place of each program qubit before and after the layer.
        whole: Circuit from |0...0>; None where vectors are not prepared.
        fallback: The same with a multiplexed preparation, where that of ``whole`` is variational.
        fidelity: Estimates of ``whole``, or of the layer, before and after relocation.
        alternatives: What the layer was chosen from.
        steps: What was done.
        choice: Number of levels that was chosen, and those that it was compared with.
    """

    optimized: Program
    physical: Program
    placement: Placement
    whole: DeviceCircuit | None
    fallback: DeviceCircuit | None
    fidelity: PlacementFidelity | None
    alternatives: tuple[Alternative, ...]
    steps: tuple[Step, ...]
    choice: DepthChoice | None = None

    @property
    def costed(self) -> Program:
        """The program whose costs count: with its preparation, if there is one."""
        return self.whole.program if self.whole else self.physical


def lower(
    spec: Spec,
    logical: Program,
    device: Device,
    level: int,
    depth: int | None = None,
    *,
    alone: bool = False,
    progress: Progress = ignore,
) -> Lowered:
    """Run the passes of a level, lower to the device, clean up, and move to good qubits.

    Args:
        spec: Spec of the program.
        logical: Program that the spec describes.
        device: Device.
        level: Optimization level.
        depth: Number of levels of a variational preparation; None for what the spec says.
        alone: Whether a variational preparation goes without a fallback.
        progress: Function that is told the name of each step before it is begun.

    Raises:
        InputError: The program does not fit on the device, or its preparation does not.
    """
    progress("passes")
    optimized, steps = run(logical, PASSES[level])
    aim, anchors = spec.objective, find_anchors(spec, device)
    progress("ways to the device")
    lowered = lower_to_device(optimized, device, level, spec.optimize.seed, aim, anchors)
    progress("clean-up")
    layer, cleaning = _clean_up(lowered, level)
    steps = (*steps, *lowered.steps, *cleaning)
    progress("good qubits" if anchors is None else "state preparation")
    if anchors is not None:
        subject = _Subject(spec, logical, layer, lowered.placement, anchors, device, level)
        prepared = _prepare(subject, optimized, lowered.alternatives, steps, depth)
        if alone or subject.method == "multiplexed":
            return prepared
        own = replace(subject, layer=prepared.physical, placement=prepared.placement)
        return replace(prepared, fallback=_make_fallback(own))
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


def compare_depths(
    spec: Spec,
    logical: Program,
    device: Device,
    features: Array | None = None,
    weights: Mapping[str, float] | None = None,
) -> DepthChoice | None:
    """Compare numbers of levels of a variational preparation, whatever the spec has.

    Args:
        spec: Spec of a layer whose vectors are prepared.
        logical: Program that it describes, without a preparation.
        device: Device.
        features: What the encoder takes, (tokens, features); drawn where there are none.
        weights: Trained weights in radians by name; drawn where there are none.

    Returns:
        None where there is nothing to weigh (``choose_depth``).
    """
    prepared = PreparationWish(method="variational", depth="auto")
    spec = spec.model_copy(
        update={"encoder": spec.encoder.model_copy(update={"preparation": prepared})}
    )
    level, anchors = spec.optimize.level, find_anchors(spec, device)
    assert anchors is not None  # noqa: S101 - there is a preparation
    optimized, _ = run(logical, PASSES[level])
    aim, seed = spec.objective, spec.optimize.seed
    lowered = lower_to_device(optimized, device, level, seed, aim, anchors)
    layer, _ = _clean_up(lowered, level)
    subject = _Subject(spec, logical, layer, lowered.placement, anchors, device, level)
    return _choose_depth(subject, features, weights)


def _clean_up(lowered: DeviceProgram, level: int) -> tuple[Program, tuple[Step, ...]]:
    """Clean up a program on a device, and give it its last frame; returns what was done, too."""
    layer, steps = run(lowered.program, NATIVE_PASSES[level])
    if lowered.framed is None or lowered.framed == layer:
        return layer, steps
    step = Step("last frame", count_metrics(layer), count_metrics(lowered.framed), 0.0)
    return lowered.framed, (*steps, step)


@dataclass(frozen=True, slots=True)
class _Subject:
    """A layer on a device, before which a preparation is put."""

    spec: Spec
    logical: Program
    layer: Program
    placement: Placement
    anchors: Anchors
    device: Device
    level: int

    @property
    def method(self) -> PreparationMethod:
        """The method that the spec asks for."""
        assert self.spec.encoder.prepared is not None  # noqa: S101 - there are anchors
        return self.spec.encoder.prepared.method


@dataclass(frozen=True, slots=True)
class _Joined:
    """A preparation, and the program of it and the layer on good qubits."""

    made: Preparation
    moved: Relocation
    steps: tuple[Step, ...]


def _put_before(subject: _Subject, depth: int | None) -> _Joined:
    """Put a preparation before a layer, and move both to good qubits."""
    started, placement, layer = time.perf_counter(), subject.placement, subject.layer
    device, level = subject.device, subject.level
    made = lower_preparation(
        subject.spec, subject.method, layer, placement.start, subject.anchors, device, level, depth
    )
    joined = _join(made, layer)
    whole, cleaning = run(joined, NATIVE_PASSES[level])
    before = count_metrics(layer), count_metrics(joined)
    step = Step("preparation", *before, time.perf_counter() - started, _describe(made))
    along = (*((q,) for q in placement.start), *(op.qubits for op in layer.operations))
    moved = relocate(whole, Placement(made.placement.start, placement.end), device, level, along)
    return _Joined(made, moved, (step, *cleaning))


def _choose_depth(
    subject: _Subject, features: Array | None = None, weights: Mapping[str, float] | None = None
) -> DepthChoice | None:
    """Choose the number of levels where the spec leaves it open."""
    prepared, device = subject.spec.encoder.prepared, subject.device
    if prepared is None or prepared.depth != "auto":
        return None
    noise = find_noise(subject.spec, device)

    def make(depth: int) -> tuple[Program, Levels, tuple[str, ...]]:
        joined = _put_before(subject, depth)
        return joined.moved.program, joined.made.levels, joined.made.symbols

    most = count_exact_levels(subject.placement.start, subject.anchors)
    return choose_depth(subject.spec, subject.logical, device, noise, most, make, features, weights)


def _prepare(
    subject: _Subject,
    optimized: Program,
    alternatives: tuple[Alternative, ...],
    steps: Iterable[Step],
    depth: int | None,
) -> Lowered:
    """Put a preparation before a layer, and move both to good qubits."""
    layer, placement = subject.layer, subject.placement
    choice = _choose_depth(subject) if depth is None else None
    asked = subject.spec.encoder.prepared and subject.spec.encoder.prepared.depth
    depth = choice.depth if choice else depth or (asked if isinstance(asked, int) else None)
    joined = _put_before(subject, depth)
    made, moved = joined.made, joined.moved
    if moved.places:
        layer = rename_qubits(layer, _complete(moved.places, layer.qubits), layer.qubits)
        start, end = (
            tuple(moved.places[q] for q in each) for each in (placement.start, placement.end)
        )
        placement = Placement(start, end)
    return Lowered(
        optimized=optimized,
        physical=reduce_all_to_period(layer),
        placement=placement,
        whole=_finish(subject.logical, moved.program, moved.placement, made),
        fallback=None,
        fidelity=moved.fidelity,
        alternatives=alternatives,
        steps=(*steps, *joined.steps, *moved.steps),
        choice=choice,
    )


def _make_fallback(subject: _Subject) -> DeviceCircuit:
    """Put an exact preparation before a layer, which stays where it is."""
    layer, start, level = subject.layer, subject.placement.start, subject.level
    exact: PreparationMethod = "multiplexed"
    made = lower_preparation(
        subject.spec, exact, layer, start, subject.anchors, subject.device, level
    )
    program = clean_up(_join(made, layer), NATIVE_PASSES[level])
    placement = Placement(made.placement.start, subject.placement.end)
    return _finish(subject.logical, program, placement, made)


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
