"""An objective from outside: one entry of ``OBJECTIVES`` goes the whole way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import jsonschema
import pytest

import qslc
from qslc.diagnostics import InputError
from qslc.lower.physical import lower_to_device
from qslc.lower.synthesis.settings import first_settings, later_settings
from qslc.spec import schema
from qslc.spec.devices import build_device
from qslc.spec.objectives import OBJECTIVES, Objective
from tests.lower.patterns import layered

YAML = """qslc: 1
name: small
qubits: 5
encoder: {kind: angle}
ansatz: {depth: 2, entangler: {gate: cnot, pattern: ring}}
device: line
optimize: {objective: area}
"""

AREA = Objective(
    "area",
    lambda figures: (figures.depth * figures.gates,),
    unit="cost",
    saves="gates",
    aim="The objective is area",
    measure="Cost: depth times gates.",
)


@pytest.fixture(autouse=True)
def _known() -> Iterator[None]:
    with OBJECTIVES.temporarily(AREA):
        yield


def test_the_builder_and_yaml_mean_the_same() -> None:
    begun = qslc.sublayer("small", qubits=5).angle().layers(depth=2).on("line")
    assert begun.optimize(objective="area").spec() == qslc.parse(YAML)


def test_errors_and_the_json_schema_list_it() -> None:
    with pytest.raises(InputError, match="depth, gates, fidelity or area, got the text"):
        qslc.parse(YAML.replace("objective: area", "objective: volume"))
    assert schema()["$defs"]["Optimize"]["properties"]["objective"]["enum"][-1] == "area"
    jsonschema.Draft202012Validator.check_schema(schema())


def test_it_is_compiled_verified_and_reported(tmp_path: Path) -> None:
    report = qslc.compile_to(qslc.parse(YAML), tmp_path)
    assert report["verification"]["verdict"] == "equal"
    chosen = report["alternatives"][0]
    assert chosen["cost"] == chosen["two_qubit_depth"] * chosen["two_qubit_gates"]
    page = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "The objective is area." in page
    assert "Cost: depth times gates." in page


def test_it_asks_for_a_calibration_if_it_needs_one() -> None:
    measured = replace(AREA, name="survival", unit="log loss", rank=lambda each: (each.log_loss,))
    with (
        OBJECTIVES.temporarily(measured),
        pytest.raises(InputError, match="it has no calibration"),
    ):
        qslc.parse(YAML.replace("area", "survival"))


@pytest.mark.parametrize("field", [field.name for field in fields(Objective)])
def test_a_field_left_blank_is_named(field: str) -> None:
    with pytest.raises(TypeError, match=f"does not define {field}"):
        OBJECTIVES.add(replace(AREA, **{"name": "other", field: None}))


def test_an_unknown_objective_is_named() -> None:
    with pytest.raises(KeyError, match="unknown objective 'volume'"):
        lower_to_device(layered("ring", 3, 1), build_device("line", 3), 1, 0, "volume")


@pytest.mark.parametrize("settings", [first_settings, later_settings])
def test_what_no_search_can_save_is_named(settings) -> None:
    with pytest.raises(AssertionError, match="volume"):
        settings("volume")


@pytest.mark.parametrize("field", ["unit", "saves"])
def test_an_unknown_word_of_an_entry_is_named(field: str) -> None:
    with pytest.raises(ValueError, match=f"'area': {field} is one of .*: 'volume'"):
        replace(AREA, **{field: "volume"})
