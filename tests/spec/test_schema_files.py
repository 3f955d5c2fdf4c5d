"""Editors complete the examples by the schemas beside them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from qslc.spec import schema
from qslc_study.spec import schema as study_schema

EXAMPLES = Path(__file__).parents[2] / "examples"
SCHEMAS = {"spec.json": schema, "study.json": study_schema}


@pytest.mark.parametrize("name", SCHEMAS)
def test_golden_schema(name: str) -> None:
    path = EXAMPLES / "schemas" / name
    text = json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"
    if "QSLC_UPDATE_GOLDEN" in os.environ:
        path.write_text(text, encoding="utf-8")
    assert path.read_text("utf-8") == text, "`make golden` writes it"


def list_examples() -> list[Path]:
    own = EXAMPLES / "extension_package"
    return [path for path in sorted(EXAMPLES.rglob("*.yaml")) if own not in path.parents]


@pytest.mark.parametrize("path", list_examples(), ids=lambda path: path.stem)
def test_every_example_names_its_schema(path: Path) -> None:
    with path.open(encoding="utf-8") as file:
        line = next(file)
    start = "# yaml-language-server: $schema="
    assert line.startswith(start)
    named = json.loads((path.parent / line[len(start) :].strip()).read_text("utf-8"))
    Draft202012Validator(named).validate(YAML(typ="safe").load(path))
