"""Preparations on devices: what they count, where they are, and what they prepare."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from qslc_runtime.preparation import (
    compute_multiplexed_angles,
    count_exact_gates,
    encode_vectors,
)
from qslc_runtime.preparation.brick import MOST_QUBITS

from qslc.ir.metrics import count_metrics, find_used_qubits
from qslc.ir.program import rename_qubits
from qslc.lower.anchors import Anchors, explain_misfit, join_components
from qslc.lower.device_circuit import lower
from qslc.lower.logical import lower_to_logical
from qslc.lower.placement.graph import Graph
from qslc.lower.preparation import Preparation, find_anchors, lower_preparation
from qslc.pipeline import compile_spec
from qslc.spec import parse
from qslc.spec.checks.preparation import MOST_PREPARED
from qslc.spec.devices import DeviceCalibration, EdgesDevice, build_device
from qslc.spec.model import Spec
from qslc.targets.device import list_live_couplers
from tests.lower.exact_simulation import run

PLAIN = "{depth: 1, entangler: none}"
LINE = "{depth: 1, entangler: {gate: cz, pattern: linear}}"


def make_spec(
    qubits: int,
    features: int | None = None,
    preparation: str = "variational",
    device: str = "line",
    ansatz: str = PLAIN,
    level: int = 2,
) -> Spec:
    encoder = f"{{kind: amplitude, features: {features or 2**qubits}, preparation: {preparation}}}"
    return parse(
        f"qslc: 1\nname: a\nqubits: {qubits}\nencoder: {encoder}\nansatz: {ansatz}\n"
        f"device: {device}\noptimize: {{level: {level}}}\n"
    )


def prepare_alone(spec: Spec, start: tuple[int, ...] | None = None) -> Preparation:
    device = build_device(spec.device, spec.qubits)
    anchors = find_anchors(spec, device)
    layer = lower_to_logical(spec)
    places = start or tuple(range(spec.qubits))
    method = spec.encoder.prepared.method
    return lower_preparation(spec, method, layer, places, anchors, device, 2)


@pytest.mark.parametrize(("qubits", "most"), [(6, 31), (7, 64), (8, 130)])
def test_a_line_takes_half_a_gate_for_each_amplitude(qubits: int, most: int) -> None:
    made = prepare_alone(make_spec(qubits))
    assert count_metrics(made.placed).two_qubit_gates <= most
    assert made.exact_gates == count_exact_gates(qubits) <= most


def test_a_sqrt_iswap_device_takes_two_for_each_cz() -> None:
    device = "{edges: [[0, 1], [1, 2], [2, 3]], gates: [sqrt_iswap]}"
    made = prepare_alone(make_spec(4, device=device))
    assert count_metrics(made.placed).two_qubit_gates == 2 * count_exact_gates(4)


@pytest.mark.parametrize("qubits", [2, 3, 5])
@pytest.mark.parametrize("device", ["line", "all_to_all", "{grid: [2, 4]}", "{heavy_hex: 3}"])
def test_a_routed_preparation_ends_where_the_layer_starts(qubits: int, device: str) -> None:
    """Whatever couplers there are: the state is on the places that were asked for."""
    spec = make_spec(qubits, preparation="multiplexed", device=device)
    size = len(build_device(spec.device, qubits).coordinates)
    rng = np.random.default_rng(qubits)
    start = tuple(rng.permutation(min(size, 8))[:qubits].tolist())
    made = prepare_alone(spec, start)
    x = rng.normal(size=(1, 2**qubits))
    angles = compute_multiplexed_angles(x, qubits)[0]
    # On the qubits that occur, in order; all others are |0>.
    used = sorted({*find_used_qubits(made.placed), *start})
    state = np.zeros((2,) * len(used))
    state[(0,) * len(used)] = 1
    index = {qubit: i for i, qubit in enumerate(used)}
    program = rename_qubits(made.placed, index, len(used))
    final = run(program, state.astype(complex), dict(zip(made.symbols, angles, strict=True)))
    places = [index[place] for place in start]
    final = np.moveaxis(final, places, range(qubits)).reshape(2**qubits, -1)
    wanted = encode_vectors(x, qubits)[0]
    assert abs(abs(np.vdot(wanted, final[:, 0])) - 1) < 1e-9
    edges = {frozenset(edge) for edge in build_device(spec.device, qubits).edges}
    pairs = {frozenset(op.qubits) for op in made.placed.operations if len(op.qubits) == 2}
    assert pairs <= edges


def test_fewer_features_take_fewer_qubits() -> None:
    made = prepare_alone(make_spec(5, features=8, ansatz=LINE))
    assert made.qubits == (2, 3, 4)
    assert len(made.symbols) == 3 + 2 * count_exact_gates(3)


@pytest.mark.parametrize("ansatz", [PLAIN, "{depth: 1, entangler: {gate: cz, pattern: [[0, 3]]}}"])
@pytest.mark.parametrize("level", [0, 2])
@pytest.mark.parametrize("device", ["weber", "{heavy_hex: 3}"])
def test_qubits_that_no_gate_joins_start_on_a_connected_patch(
    ansatz: str, level: int, device: str
) -> None:
    spec = make_spec(5, ansatz=ansatz, device=device, level=level)
    target = build_device(spec.device, spec.qubits)
    lowered = lower(spec, lower_to_logical(spec), target, level)
    host = Graph(len(target.coordinates), target.edges)
    assert len(host.subgraph(lowered.placement.start).components) == 1
    assert lowered.fallback is not None


def test_the_layer_alone_is_the_tail_of_the_whole() -> None:
    """On a device with a calibration both move to the same qubits."""
    stages = compile_spec(make_spec(4, ansatz=LINE, device="weber"))
    whole = stages.whole
    assert whole is not None
    assert whole.verification.verdict == stages.verification.verdict == "equal"
    assert whole.circuit.program.observables == stages.physical.observables
    assert whole.circuit.placement.end == stages.placement.end
    edges = {frozenset(edge) for edge in stages.device.edges}
    for program in (stages.physical, whole.circuit.program, stages.fallback.circuit.program):
        assert {frozenset(op.qubits) for op in program.operations if len(op.qubits) == 2} <= edges
    assert stages.budget.survival == pytest.approx(stages.fidelity.chosen)


def test_a_coupler_that_does_not_work_is_left_out() -> None:
    ring = "{edges: [[0, 1], [1, 2], [2, 3], [0, 3]], calibration: {two_qubit: ERRORS}}"
    device = ring.replace("ERRORS", "[0.01, 0.01, 0.01, 0.6]")
    made = prepare_alone(make_spec(4, device=device))
    pairs = {frozenset(op.qubits) for op in made.placed.operations if len(op.qubits) == 2}
    assert pairs == {frozenset(pair) for pair in pairwise(range(4))}


def test_a_misfit_is_explained() -> None:
    spec = make_spec(4, device="{edges: [[0, 1], [1, 2], [2, 3], [0, 3]]}")
    measured = DeviceCalibration(two_qubit=(0.01, 0.6, 0.01, 0.01))
    device = EdgesDevice(edges=((0, 1), (1, 2), (2, 3), (0, 3)), calibration=measured).build()
    anchors = find_anchors(spec, device)
    assert anchors is not None
    message = "4 qubits that couplers connect.*1 of 4 couplers fail more often than not"
    assert re.search(message, str(explain_misfit(anchors, device)))


@pytest.mark.parametrize("method", ["variational", "multiplexed"])
def test_qubits_that_hold_nothing_stay_on_the_same_part(method: str) -> None:
    device = "{edges: [[0, 1], [2, 3], [3, 4], [4, 5], [5, 6]]}"
    stages = compile_spec(make_spec(4, features=4, preparation=method, device=device))
    assert {*stages.placement.start} <= {2, 3, 4, 5, 6}


def test_joined_components_are_one() -> None:
    pattern = Graph(7, ((0, 1), (0, 2), (0, 3), (4, 5)))
    joined = join_components(pattern)
    assert {*pattern.edges} < {*joined.edges}
    assert len(joined.components) == 1
    assert join_components(joined) == joined
    assert len(join_components(Graph(4, ())).edges) == 3


def test_anchors() -> None:
    host = Graph(6, ((0, 1), (1, 2), (3, 4)))
    near, anywhere = (Anchors((1, 2), host, adjacent) for adjacent in (True, False))
    assert near.fit((2, 0, 1)) and anywhere.fit((1, 0, 2))
    assert not near.fit((1, 0, 2)) and not anywhere.fit((1, 0, 3))
    assert not near.fit((5, 0, 1)) and not anywhere.fit((5, 0, 1))
    line = build_device("line", 3)
    assert list_live_couplers(line) == line.edges


def test_the_limit_is_that_of_the_runtime() -> None:
    assert MOST_PREPARED == MOST_QUBITS
