"""An entangling pattern from outside: one entry of ``PATTERNS`` goes the whole way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import qslc
from qslc.diagnostics import CompilerFaultError, InputError
from qslc.lower.logical import logical_program
from qslc.spec import gates, schema
from qslc.spec.patterns import PATTERNS, EntanglingPattern, list_pairs
from tests.extension.stages import analyze, check_engines, check_fold

YAML = """qslc: 1
name: skip
qubits: 4
encoder: {kind: angle}
ansatz: {depth: 1, entangler: {gate: cz, pattern: second_neighbors}}
device: line
"""

PATTERN = EntanglingPattern(
    "second_neighbors", lambda qubits, _: tuple((i, i + 2) for i in range(qubits - 2))
)


@pytest.fixture(autouse=True)
def _known() -> Iterator[None]:
    with PATTERNS.temporarily(PATTERN):
        yield


def test_the_builder_and_yaml_mean_the_same() -> None:
    begun = qslc.sublayer("skip", qubits=4).angle().on("line")
    built = begun.layers(depth=1, entangler="cz", pattern="second_neighbors").spec()
    assert built == qslc.parse(YAML)
    block = begun.block(gates.ry(), gates.cz("second_neighbors")).spec()
    assert logical_program(block) == logical_program(built)


def test_errors_and_the_json_schema_list_it() -> None:
    with pytest.raises(InputError, match="shifted_ring or second_neighbors, got the text"):
        qslc.parse(YAML.replace("second_neighbors", "rings_of_rings"))
    with pytest.raises(InputError, match='did you mean "second_neighbors"'):
        qslc.parse(YAML.replace("second_neighbors", "second_neighbours"))
    for model in ("Entangler", "FixedPair", "RotationPair"):
        key = "pattern" if model == "Entangler" else "on"
        names, _ = schema()["$defs"][model]["properties"][key]["oneOf"]
        assert names["enum"][-1] == "second_neighbors"
    jsonschema.Draft202012Validator.check_schema(schema())


def test_it_is_compiled_verified_reported_and_analyzed(tmp_path: Path) -> None:
    spec = qslc.parse(YAML)
    report = qslc.compile_to(spec, tmp_path)
    assert report["verification"]["verdict"] == "equal"
    assert "CZ (second neighbors)" in (tmp_path / "layer.py").read_text(encoding="utf-8")
    assert analyze(YAML, tmp_path)["curves"]


@pytest.mark.slow
def test_every_engine_runs_its_layer_and_it_is_folded(tmp_path: Path) -> None:
    qslc.compile_to(qslc.parse(YAML), tmp_path)
    check_engines(tmp_path)
    check_fold(tmp_path)


@pytest.mark.parametrize("field", [field.name for field in fields(EntanglingPattern)])
def test_a_field_left_blank_is_named(field: str) -> None:
    with pytest.raises(TypeError, match=f"does not define {field}"):
        PATTERNS.add(replace(PATTERN, **{"name": "other", field: None}))


def test_an_unknown_pattern_is_named() -> None:
    with pytest.raises(KeyError, match="unknown entangling pattern 'spiral'"):
        list_pairs("spiral", 4, 0)


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        (lambda n, _: ((0, n),), r"lists \(0, 4\), which is no pair of 4 qubits"),
        (lambda *_: ((1, 1),), r"lists \(1, 1\), which is no pair of 4 qubits"),
        (lambda *_: ((0, -1),), r"lists \(0, -1\), which is no pair of 4 qubits"),
        (lambda *_: ((0, 1, 2),), r"lists \(0, 1, 2\), which is no pair of 4 qubits"),
        (lambda *_: ([0, 1],), r"lists \[0, 1\], which is no pair of 4 qubits"),
        (lambda _, layer: ((0, 1 + layer),), "lists other pairs in layer 1 than in layer 0"),
    ],
)
def test_what_is_no_list_of_pairs_is_named(pairs: Any, message: str) -> None:
    with (
        PATTERNS.temporarily(EntanglingPattern("faulty", pairs)),
        pytest.raises(CompilerFaultError, match=f"the entangling pattern 'faulty' {message}"),
    ):
        list_pairs("faulty", 4, 1)
