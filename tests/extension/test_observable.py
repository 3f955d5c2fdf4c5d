"""A keyword of ``measure`` from outside: one entry of ``KEYWORDS`` goes the whole way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import qslc
from qslc.diagnostics import CompilerFaultError, InputError
from qslc.spec import schema
from qslc.spec.observables import KEYWORDS, Keyword, expand_measure
from tests.extension.stages import analyze, check_engines, check_fold

YAML = """qslc: 1
name: parity
qubits: 3
encoder: {kind: angle}
ansatz: {depth: 1, entangler: {gate: cnot, pattern: ring}}
measure: parity
device: line
"""

PARITY = Keyword(
    "parity",
    expand=lambda qubits: iter([tuple((qubit, "Z") for qubit in range(qubits))]),
    count=lambda _: 1,
    meaning="Z on all qubits at once",
    summary="the parity of all qubits",
)


@pytest.fixture(autouse=True)
def _known() -> Iterator[None]:
    with KEYWORDS.temporarily(PARITY):
        yield


def test_the_builder_and_yaml_mean_the_same() -> None:
    begun = qslc.sublayer("parity", qubits=3).angle().layers(depth=1)
    built = begun.measure("parity").on("line").spec()
    assert (
        built
        == qslc.parse(YAML)
        == qslc.parse(YAML.replace("measure: parity", "measure: [parity]"))
    )
    assert qslc.digest(built) == qslc.digest(qslc.parse(YAML))


def test_it_stands_beside_others() -> None:
    assert expand_measure(("X1", "parity"), 2) == (((1, "X"),), ((0, "Z"), (1, "Z")))
    with pytest.raises(InputError, match=r"observable Z0\*Z1\*Z2 is measured twice"):
        qslc.parse(YAML.replace("measure: parity", "measure: [parity, Z0*Z1*Z2]"))


def test_a_misspelling_is_understood() -> None:
    with pytest.raises(InputError, match='did you mean "parity"'):
        qslc.parse(YAML.replace("measure: parity", "measure: [partiy]"))


def test_errors_and_the_json_schema_list_it() -> None:
    with pytest.raises(InputError, match="expected z, zz, interference, parity or a list"):
        qslc.parse(YAML.replace("measure: parity", "measure: 5"))
    words, _ = schema()["properties"]["measure"]["oneOf"]
    assert words["anyOf"][0]["enum"][-1] == "parity"
    jsonschema.Draft202012Validator.check_schema(schema())


def test_where_there_is_none_the_error_says_of_what() -> None:
    triples = replace(
        PARITY,
        name="zzz",
        expand=lambda _: iter(()),
        count=lambda _: 0,
        subject="triples of qubits",
    )
    with KEYWORDS.temporarily(triples):
        message = "zzz measures triples of qubits, but there are 3 qubits"
        with pytest.raises(InputError, match=message):
            qslc.parse(YAML.replace("measure: parity", "measure: zzz"))


def test_it_is_compiled_verified_reported_and_analyzed(tmp_path: Path) -> None:
    spec = qslc.parse(YAML)
    report = qslc.compile_to(spec, tmp_path)
    assert report["verification"]["verdict"] == "equal"
    assert [entry["logical"] for entry in report["observables"]] == ["Z0*Z1*Z2"]
    layer = (tmp_path / "layer.py").read_text(encoding="utf-8")
    assert "Output: the parity of all qubits." in layer
    assert analyze(YAML, tmp_path)["circuit"]["observables"] == ["Z0*Z1*Z2"]


@pytest.mark.slow
def test_every_engine_measures_it_and_it_is_folded(tmp_path: Path) -> None:
    qslc.compile_to(qslc.parse(YAML), tmp_path)
    check_engines(tmp_path)
    check_fold(tmp_path)


@pytest.mark.parametrize("field", [f.name for f in fields(Keyword) if f.default is MISSING])
def test_a_field_left_blank_is_named(field: str) -> None:
    with pytest.raises(TypeError, match=f"does not define {field}"):
        KEYWORDS.add(replace(PARITY, **{"name": "other", field: None}))


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
def test_what_is_no_list_of_observables_is_named(changes: dict[str, Any], message: str) -> None:
    entry = replace(PARITY, name="faulty", **changes)
    with (
        KEYWORDS.temporarily(entry),
        pytest.raises(CompilerFaultError, match=f"measure 'faulty'.* {message}"),
    ):
        qslc.parse(YAML.replace("measure: parity", "measure: faulty"))


def test_a_name_that_is_a_pauli_string_is_an_error() -> None:
    with pytest.raises(ValueError, match="the measure 'Z0' reads like a Pauli string"):
        replace(PARITY, name="Z0")
