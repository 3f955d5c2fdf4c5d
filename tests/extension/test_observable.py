"""A keyword of ``measure`` from outside: one entry of ``KEYWORDS`` goes the whole way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import qslc
from qslc.diagnostics import CompilerFaultError, InputError
from qslc.spec import schema
from qslc.spec.observables import KEYWORDS, Keyword, expand_measure
from tests.extension.stages import WholeWay

PARITY = Keyword(
    "parity",
    expand=lambda qubits: iter([tuple((qubit, "Z") for qubit in range(qubits))]),
    count=lambda _: 1,
    meaning="Z on all qubits at once",
    summary="the parity of all qubits",
)


class TestObservable(WholeWay):
    table = KEYWORDS
    entry = PARITY
    text = """qslc: 1
name: parity
qubits: 3
encoder: {kind: angle}
ansatz: {depth: 1, entangler: {gate: cnot, pattern: ring}}
measure: parity
device: line
"""
    part = "measure: parity"
    wrong = (
        ("measure: [partiy]", 'did you mean "parity"'),
        ("measure: 5", "expected z, zz, interference, wide_interference, parity or a list"),
        ("measure: [parity, Z0*Z1*Z2]", r"observable Z0\*Z1\*Z2 is measured twice"),
    )
    refused = "measure: 5"
    shown = (("layer.py", "Output: the parity of all qubits."),)

    def built(self):
        begun = qslc.sublayer("parity", qubits=3).angle().layers(depth=1)
        return begun.measure("parity").on("line")

    def check_report(self, report, folder) -> None:
        assert [entry["logical"] for entry in report["observables"]] == ["Z0*Z1*Z2"]

    def check_analysis(self, figures) -> None:
        assert figures["circuit"]["observables"] == ["Z0*Z1*Z2"]

    def test_the_json_schema_lists_it(self) -> None:
        words, _ = schema()["properties"]["measure"]["oneOf"]
        assert words["anyOf"][0]["enum"][-1] == "parity"

    def test_it_may_stand_in_a_list(self) -> None:
        assert qslc.parse(self.write("measure: [parity]")) == qslc.parse(self.text)
        assert expand_measure(("X1", "parity"), 2) == (((1, "X"),), ((0, "Z"), (1, "Z")))

    def test_where_there_is_none_the_error_says_of_what(self) -> None:
        nothing = {"expand": lambda _: iter(()), "count": lambda _: 0}
        triples = replace(PARITY, name="zzz", subject="triples of qubits", **nothing)
        message = "zzz measures triples of qubits, but there are 3 qubits"
        with KEYWORDS.temporarily(triples), pytest.raises(InputError, match=message):
            qslc.parse(self.write("measure: zzz"))

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"count": lambda _: 2}, "2 by its count, 1 by its expand, 1 of them distinct"),
            ({"expand": lambda _: iter([((0, "W"),)])}, "no product of Pauli operators"),
            ({"expand": lambda _: iter([((0, "X"), (0, "Z"))])}, "no product of Pauli operators"),
            ({"expand": lambda _: iter([((1, "X"), (0, "Z"))])}, "no product of Pauli operators"),
            ({"expand": lambda _: iter([((3, "X"),)])}, "no product of Pauli operators"),
            ({"expand": lambda _: iter([()])}, "no product of Pauli operators"),
            (
                {"expand": lambda _: iter([((0, "X"),)] * 2), "count": lambda _: 2},
                "2 by its expand, 1 of them distinct",
            ),
        ],
    )
    def test_what_is_no_list_of_observables_is_named(
        self, changes: dict[str, Any], message: str
    ) -> None:
        entry = replace(PARITY, name="faulty", **changes)
        with (
            KEYWORDS.temporarily(entry),
            pytest.raises(CompilerFaultError, match=f"measure 'faulty'.* {message}"),
        ):
            qslc.parse(self.write("measure: faulty"))


def test_a_name_that_is_a_pauli_string_is_an_error() -> None:
    with pytest.raises(ValueError, match="the measure 'Z0' reads like a Pauli string"):
        replace(PARITY, name="Z0")
