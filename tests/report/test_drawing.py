from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest
import sympy

from qslc.ir.gates import GATES
from qslc.ir.program import Operation, Placement, Program
from qslc.report.drawing.circuit import draw_circuit
from qslc.report.drawing.data import (
    MAX_CELLS,
    MAX_EDGES,
    MAX_WIRES,
    describe_circuit,
    describe_device,
    place_qubits,
)
from qslc.report.drawing.device import draw_device, find_shown_qubits
from qslc.report.drawing.gate import find_source, shorten_angle
from qslc.report.drawing.svg import write_element
from qslc.spec.devices import GridDevice, HeavyHexDevice, build_device
from qslc.targets.device import Device


def make_line(count: int) -> Device:
    return Device(
        "line", tuple((i,) for i in range(count)), tuple((i, i + 1) for i in range(count - 1))
    )


def draw(program: Program) -> list[ElementTree.Element]:
    data = describe_circuit(program, {qubit: str(qubit) for qubit in range(program.qubits)})
    return [ElementTree.fromstring(row) for row in draw_circuit(data, "Circuit")]


def count_marks(root: ElementTree.Element, *classes: str) -> list[int]:
    seen = [name for node in root.iter() for name in node.get("class", "").split()]
    return [seen.count(each) for each in classes]


@pytest.mark.parametrize(
    ("angle", "label", "kind"),
    [
        ("theta_12", "θ12", "weight"),
        ("pi/2", "π/2", "constant"),
        ("2*phi", "2·phi", "weight"),
        ("x3", "x3", "input"),
        ("x0*x1", "x0·x1", "input"),
        ("2*theta_0 + pi/4", "2·θ0+π/4", "weight"),
        ("2*theta_10 + pi/4", "…", "weight"),
        ("-3*pi/4", "-3·π/4", "constant"),
    ],
)
def test_angles_in_gates(angle, label, kind):
    assert (shorten_angle(angle), find_source(angle)) == (label, kind)


def test_every_gate_is_drawn():
    operations = tuple(
        Operation(name, tuple(range(gate.arity)), sympy.Symbol("a") if gate.rotation else None)
        for name, gate in GATES.items()
    )
    strips = draw(Program(2, operations, ()))
    titles = [
        [node.text for node in root.iter("{http://www.w3.org/2000/svg}title")] for root in strips
    ]
    gates = [title.split("(")[0] for strip in titles for title in strip[1:]]
    assert gates == list(GATES)


def test_control_target_and_swap():
    (root,) = draw(Program(2, (Operation("cnot", (1, 0)), Operation("swap", (0, 1))), ()))
    assert count_marks(root, "dot", "target", "swap") == [1, 1, 4]


def test_gates_of_one_moment_that_cross_are_drawn_side_by_side():
    (root,) = draw(Program(4, (Operation("cz", (0, 2)), Operation("cz", (1, 3))), ()))
    columns = {node.get("cx") for node in root.iter() if node.get("class") == "dot"}
    assert len(columns) == 2


def test_long_circuits_wrap_and_are_cut():
    operations = tuple(Operation("h", (0,)) for _ in range(3000))
    data = describe_circuit(Program(1, operations, ()), {0: "0"})
    assert (len(data["moments"]), data["total_moments"]) == (MAX_CELLS, 3000)
    strips = draw(Program(1, operations[:60], ()))
    assert len(strips) == 9  # 7 moments each
    assert {root.get("width") for root in strips} == {"342"}


def test_a_circuit_without_gates_is_its_wires():
    (root,) = draw(Program(3, (), ()))
    assert count_marks(root, "wire") == [3]


def test_too_many_wires_are_not_drawn():
    count = MAX_WIRES + 1
    assert describe_circuit(Program(count, (), ()), dict.fromkeys(range(count), "")) is None


def test_device_shows_start_end_and_used_couplers():
    program = Program(3, (Operation("cz", (0, 1)), Operation("swap", (1, 2))), ())
    data = describe_device(make_line(4), program, Placement((0, 1), (0, 2)))
    assert data["used"] == [[0, 1, 1], [1, 2, 1]]
    root = ElementTree.fromstring(draw_device(data, "Device"))
    assert count_marks(root, "placed", "idle", "used") == [3, 1, 2]
    names = [node.text for node in root.iter() if "qubit" in node.get("class", "")]
    assert names == ["0", "1", "▸1"]


def test_a_large_device_is_drawn_around_what_is_in_use():
    program = Program(400, (Operation("cz", (210, 211)),), ())
    placement = Placement((210, 211), (210, 211))
    data = describe_device(build_device(GridDevice(grid=(20, 20)), 1), program, placement)
    assert len(find_shown_qubits(data)) == 3 * 4
    root = ElementTree.fromstring(draw_device(data, "Device"))
    assert count_marks(root, "placed", "idle") == [2, 10]
    assert float(root.get("width")) < 300


def test_a_dense_device_is_drawn_with_its_used_couplers():
    pairs = tuple((a, b) for a in range(90) for b in range(a + 1, 90))
    dense = Device("all", tuple((i,) for i in range(90)), pairs)
    assert len(pairs) > MAX_EDGES
    program = Program(90, (Operation("cz", (3, 5)),), ())
    data = describe_device(dense, program, Placement((3, 5), (3, 5)))
    assert (data["edges"], data["complete"]) == ([[3, 5]], False)


@pytest.mark.parametrize(
    "chosen",
    [
        make_line(30),
        replace(make_line(12), name="ring", edges=(*make_line(12).edges, (0, 11))),
        Device("one", ((0,),), ()),
        Device("two parts", ((0,), (1,), (2,), (5,)), ((0, 2), (1, 3))),
        build_device(HeavyHexDevice(heavy_hex=5), 1),
    ],
    ids=lambda d: d.name,
)
def test_no_two_qubits_are_drawn_on_each_other(chosen):
    points = place_qubits(chosen)
    gaps = [abs(complex(*a) - complex(*b)) for i, a in enumerate(points) for b in points[i + 1 :]]
    assert min(gaps, default=1) > 0.5
    assert min(x for x, _ in points) == min(y for _, y in points) == 0


def test_svg_escapes_texts_and_attributes():
    assert write_element("a", text="<&", title='"<') == '<a title="&quot;&lt;">&lt;&amp;</a>'
