"""Pictures are SVG that stands alone, and text where there is no notebook."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

import qslc
from tests.compiled.cases import compile_case

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("what", ["device_circuit", "circuit", "layout"])
def test_a_picture_is_an_svg_with_its_own_colors(what, tmp_path):
    picture = compile_case("angle").draw(what)
    root = ElementTree.fromstring(picture._repr_svg_())
    assert root.tag == f"{SVG}svg"
    style = root.find(f"{SVG}style").text
    selectors = re.findall(r"^([^ ].*?) \{", style, re.MULTILINE)
    parts = [part for selector in selectors for part in selector.split(", ")]
    assert {part.split()[0].split(".")[1] for part in parts} == {"drawing", "swatch"}
    assert "--ink: #" in style and ":root" not in style
    assert picture.save(tmp_path / "a.svg").read_text("utf-8") == picture._repr_svg_()
    with pytest.raises(qslc.InputError, match=r"drawings are SVG"):
        picture.save(tmp_path / "a.png")


def test_every_gate_and_every_qubit_is_drawn():
    compiled = compile_case("angle")
    svg = compiled.draw()._repr_svg_()
    gates = sum(1 for _ in compiled.device_circuit.all_operations())
    assert svg.count("<g><title>") == gates
    for qubit in compiled.layout.start:
        assert f"<title>{qubit}</title>" in compiled.layout._repr_svg_()


def test_a_long_circuit_has_more_lines_and_not_a_wider_picture():
    spec = qslc.sublayer("long", qubits=3).no_encoder().layers(20).optimize(level=0)
    root = ElementTree.fromstring(qslc.compile(spec).draw()._repr_svg_())
    assert float(root.get("width")) <= 900
    lines = [each for each in root if "translate" in each.get("transform", "")]
    assert len(lines) > 2
    assert float(root.get("height")) > 34 * 3 * len(lines)


def test_text_stands_where_there_is_no_notebook():
    compiled = compile_case("angle")
    assert str(compiled.draw()) == str(compiled.device_circuit)
    assert str(compiled.draw("layout")).startswith(f"0: {compiled.layout.start[0]}")
    with pytest.raises(ValueError, match="not 'physical'"):
        compiled.draw("physical")


def test_what_is_too_large_is_not_drawn(tmp_path):
    spec = (
        qslc.sublayer("wide", qubits=200).no_encoder().layers(1, entangler=None).optimize(level=0)
    )
    picture = qslc.compile(spec).draw()
    assert picture._repr_svg_() is None
    with pytest.raises(qslc.InputError, match="too large"):
        picture.save(tmp_path / "a.svg")


def test_html_shows_the_costs_and_the_circuit():
    compiled = compile_case("angle")
    text = compiled._repr_html_()
    assert compiled.draw()._repr_svg_() in text and compiled.layout.svg in text
    assert f'<td style="text-align:right">{compiled.report.physical.two_qubit_gates}</td>' in text
    assert "largest deviation" in text
