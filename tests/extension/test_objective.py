"""An objective from outside: one entry of ``OBJECTIVES`` goes the whole way."""

from __future__ import annotations

from dataclasses import replace

import pytest

import qslc
from qslc.diagnostics import InputError
from qslc.lower.physical import lower_to_device
from qslc.lower.synthesis.portfolio import list_settings
from qslc.spec.devices import build_device
from qslc.spec.objectives import OBJECTIVES, Objective
from tests.extension.stages import WholeWay
from tests.lower.patterns import layered

AREA = Objective(
    "area",
    lambda figures: (figures.depth * figures.gates,),
    unit="cost",
    saves="gates",
    aim="The objective is area",
    measure="Cost: depth times gates.",
)


class TestObjective(WholeWay):
    table = OBJECTIVES
    entry = AREA
    text = """qslc: 1
name: small
qubits: 5
encoder: {kind: angle}
ansatz: {depth: 2, entangler: {gate: cnot, pattern: ring}}
device: line
optimize: {objective: area}
"""
    part = "objective: area"
    wrong = (("objective: volume", "depth, gates, fidelity or area, got the text"),)
    shown = (
        ("report.md", "The objective is area."),
        ("report.md", "Cost: depth times gates."),
    )

    def built(self):
        begun = qslc.sublayer("small", qubits=5).angle().layers(depth=2).on("line")
        return begun.optimize(objective="area")

    def check_report(self, report, folder) -> None:
        chosen = report["alternatives"][0]
        assert chosen["cost"] == chosen["two_qubit_depth"] * chosen["two_qubit_gates"]

    def test_it_asks_for_a_calibration_if_it_needs_one(self) -> None:
        measured = replace(AREA, name="loss", unit="error", rank=lambda each: (each.error,))
        with OBJECTIVES.temporarily(measured), pytest.raises(InputError, match="no calibration"):
            qslc.parse(self.write("objective: loss"))


def test_an_unknown_objective_is_named() -> None:
    with pytest.raises(KeyError, match="unknown objective 'volume'"):
        lower_to_device(layered("ring", 3, 1), build_device("line", 3), 1, 0, "volume")


def test_what_no_search_can_save_is_named() -> None:
    with pytest.raises(AssertionError, match="volume"):
        list_settings("volume")


@pytest.mark.parametrize("field", ["unit", "saves"])
def test_an_unknown_word_of_an_entry_is_named(field: str) -> None:
    with pytest.raises(ValueError, match=f"'area': {field} is one of .*: 'volume'"):
        replace(AREA, **{field: "volume"})
