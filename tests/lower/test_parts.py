"""Circuits in parts on devices in parts."""

from __future__ import annotations

from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qslc.diagnostics import InputError
from qslc.ir.program import Operation, PauliString, Program
from qslc.lower.physical import lower_to_device
from qslc.lower.placement.graph import Graph, make_interaction_graph
from qslc.pipeline import compile_spec
from qslc.spec.objectives import OBJECTIVES
from qslc.spec.source import parse
from qslc.targets.device import Device
from tests.lower.calibrated import randomly_calibrated
from tests.lower.patterns import layered
from tests.lower.synthesis.samples import assert_measures_the_same, assert_runs_on, couplers, graph
from tests.lower.test_lowering_properties import ansaetze

PAIRS = "block: [{ry: {on: all, angle: theta}}, {cnot: {on: [[0, 1], [2, 3]]}}]"
CHAINS = """block:
    - ry: {on: all, angle: theta}
    - cnot: {on: [[0, 1], [1, 2], [3, 4], [4, 5]]}
    - rx: {on: all, angle: theta}
    - crz: {on: [[1, 0], [5, 4]], angle: phi}"""
RINGS = """block:
    - ry: {on: all, angle: theta}
    - cry: {on: [[0, 2], [2, 4], [4, 0], [1, 3], [3, 5], [5, 1]], angle: theta}"""
THREE = """block:
    - ry: {on: all, angle: theta}
    - cnot: {on: [[0, 1], [1, 2], [2, 3], [4, 5], [6, 7]]}
    - cz: {on: [[0, 3], [5, 4]]}
    - rx: {on: [0, 2, 5, 7], angle: theta}"""
CASES = {
    "no pair at all": (3, "depth: 2\n  entangler: none", [[0, 1], [2, 3]]),
    "pairs on just these couplers": (4, PAIRS, [[0, 1], [2, 3]]),
    "chains on two chips": (6, CHAINS, [[0, 1], [1, 2], [3, 4], [4, 5]]),
    "rings that need SWAPs in their chips": (6, RINGS, [[0, 1], [1, 2], [3, 4], [4, 5]]),
    "three parts on two": (8, THREE, [[0, 1], [5, 6], [6, 7], [7, 8], [8, 9], [9, 4], [2, 3]]),
}


def spec_text(qubits: int, ansatz: str, edges: list[list[int]], optimize: str) -> str:
    calibration = f"calibration: {{two_qubit: {[0.01 + 0.001 * k for k in range(len(edges))]}}}"
    return f"""qslc: 1
name: parts
qubits: {qubits}
encoder: {{kind: angle}}
ansatz:
  {ansatz}
measure: [z, "Z0*X1*Y{qubits - 1}"]
device:
  edges: {edges}
  {calibration}
optimize: {optimize}
"""


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(
    "optimize",
    ["{level: 0}", "{level: 1}", "{objective: gates}", "{level: 3, objective: fidelity}"],
)
def test_it_compiles_and_is_verified(name, optimize):
    stages = compile_spec(parse(spec_text(*CASES[name], optimize)))
    assert stages.verification.verdict == "equal"
    assert_runs_on(stages.physical, stages.device)
    assert stages.alternatives[0].verdict == "chosen"


def test_parts_that_fit_as_they_are_need_no_swap():
    for name in ("pairs on just these couplers", "chains on two chips"):
        stages = compile_spec(parse(spec_text(*CASES[name], "{level: 1}")))
        assert stages.alternatives[0].note == "place: 2"


def test_a_part_goes_where_it_needs_no_swap():
    star = tuple(Operation("cz", (0, q)) for q in (1, 2, 3))
    chain = tuple(Operation("cz", (q, q + 1)) for q in (4, 5, 6))
    ring = tuple(Operation("cz", pair) for pair in ((8, 9), (9, 10), (10, 8)))
    program = Program(11, (*star, *chain, *ring), (PauliString(((0, "X"), (10, "X"))),))
    edges = ((0, 1), (1, 2), (2, 3), (4, 5), (4, 6), (4, 7), (8, 9), (9, 10))
    target = Device("parts", tuple((q,) for q in range(11)), edges)
    lowered = lower_to_device(program, target, 1, 0)
    assert lowered.alternatives[0].note == "place: 2, route: 1"
    assert {*lowered.placement.start[4:8]} == {0, 1, 2, 3}


@st.composite
def devices_in_parts(draw):
    """Up to eight qubits, of which some may have no coupler."""
    n = draw(st.integers(3, 8))
    edges = draw(st.sets(st.sampled_from([*combinations(range(n), 2)]), max_size=n - 1))
    gates = draw(st.sampled_from([("cz",), ("cnot",), ("cnot", "cz")]))
    bare = Device("parts", tuple((q,) for q in range(n)), tuple(sorted(edges)), gates)
    return randomly_calibrated(bare, 0)


def fits(groups: list[int], regions: list[int]) -> bool:
    """Tell whether some way to put every group into a region leaves none too full."""
    return any(
        all(
            sum(size for size, at in zip(groups, chosen, strict=True) if at == room) <= space
            for room, space in enumerate(regions)
        )
        for chosen in product(range(len(regions)), repeat=len(groups))
    )


def sizes(graph: Graph) -> list[int]:
    return [len(component) for component in graph.components]


@settings(max_examples=60)
@given(ansaetze(), devices_in_parts(), st.integers(0, 2), st.sampled_from(sorted(OBJECTIVES)))
def test_any_program_on_any_device_that_holds_its_parts(program, target, level, objective):
    host = couplers(target)
    pattern = make_interaction_graph(program)
    if not fits(sizes(pattern), sizes(host)):
        with pytest.raises(InputError, match="parts"):
            lower_to_device(program, target, level, 0, objective=objective)
        return
    lowered = lower_to_device(program, target, level, 0, objective=objective)
    assert_runs_on(lowered.program, target)
    assert len({*lowered.placement.start}) == len({*lowered.placement.end}) == program.qubits
    assert_measures_the_same(lowered.program, program, lowered.placement.start)


@st.composite
def specs_in_parts(draw) -> tuple[str, list[int], list[int]]:
    """The text of a spec, and the sizes of the parts of its circuit and of its device."""
    qubits = draw(st.integers(3, 6))
    pairs = st.tuples(*[st.integers(0, qubits - 1)] * 2).filter(lambda pair: pair[0] != pair[1])
    used = draw(st.lists(pairs, max_size=4, unique=True))
    edges = st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda edge: edge[0] < edge[1])
    chosen = draw(st.lists(edges, min_size=1, max_size=6, unique=True))
    gates = f", {{cnot: {{on: {[*map(list, used)]}}}}}" if used else ""
    ansatz = f"block: [{{ry: {{on: all, angle: theta}}}}{gates}]"
    text = spec_text(qubits, ansatz, [*map(list, chosen)], "{level: 1}")
    numbers = sorted({qubit for edge in chosen for qubit in edge})
    places = graph(len(numbers), [(numbers.index(a), numbers.index(b)) for a, b in chosen])
    return text, sizes(graph(qubits, used)), sizes(places)


@settings(max_examples=60)
@given(specs_in_parts())
def test_check_and_compile_agree_with_trying_everything(case):
    text, groups, regions = case
    if fits(groups, regions):
        assert compile_spec(parse(text)).verification.verdict == "equal"
        return
    with pytest.raises(InputError) as caught:
        parse(text)
    (found,) = caught.value.diagnostics
    assert found.where == "device"


def test_a_search_stays_where_the_circuit_was_placed():
    """The center of the whole device is in the other part, which is too small for the circuit."""
    line = tuple((q, q + 1) for q in range(11))
    star = tuple((12, q) for q in range(13, 23))
    target = Device("line and star", tuple((q,) for q in range(23)), line + star)
    lowered = lower_to_device(layered("linear", 12, 2), target, 2, 0)
    assert_runs_on(lowered.program, target)
    assert {*lowered.placement.start} == {*range(12)}
