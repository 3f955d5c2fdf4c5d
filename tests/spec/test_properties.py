"""Whatever the text, there is a spec or there are diagnostics."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from qslc.diagnostics import InputError
from qslc.spec import Spec, canonical_json, digest, parse, schema
from tests.spec.builder import built
from tests.spec.strategies import Data, specs

VALIDATOR = jsonschema.Draft202012Validator(schema())
JUNK = st.sampled_from(
    [
        *"[]{}:-#|>%@`?'\"\\ \t\n\0\u2028",
        "",
        ": ",
        "- ",
        "&a ",
        "*a",
        "!!x ",
        "9" * 30,
        ".nan",
        "null",
    ]
)


def yaml_text(data: Data) -> str:
    """JSON is YAML; one top-level key to a line, so that mutations have something to cut."""
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in data.items())
    return f"{{{lines}}}\n"


def outcome(text: str) -> Spec | InputError:
    try:
        return parse(text)
    except InputError as error:
        return error


@given(specs())
@settings(max_examples=80)
def test_valid_specs_are_accepted_and_survive_json(data: Data) -> None:
    spec = parse(yaml_text(data))
    again = Spec.model_validate_json(canonical_json(spec))
    assert again == spec
    assert digest(again) == digest(spec)
    assert parse(canonical_json(spec)) == spec


@given(specs())
@settings(max_examples=60)
def test_the_builder_makes_the_same_spec(data: Data) -> None:
    spec = parse(yaml_text(data))
    assert built(data) == spec
    assert digest(built(data)) == digest(spec)


@given(specs())
@settings(max_examples=30)
def test_the_json_schema_accepts_valid_specs_and_refuses_unknown_keys(data: Data) -> None:
    assert VALIDATOR.is_valid(data)
    assert VALIDATOR.is_valid(json.loads(canonical_json(parse(yaml_text(data)))))
    assert not VALIDATOR.is_valid({**data, "qubit": 3})
    assert not VALIDATOR.is_valid({**data, "ansatz": {**data["ansatz"], "colour": 3}})


@given(specs(), st.data())
@settings(max_examples=120)
def test_mutated_text_is_a_spec_or_diagnostics(data: Data, draw: st.DataObject) -> None:
    text = yaml_text(data)
    for _ in range(draw.draw(st.integers(1, 3))):
        start = draw.draw(st.integers(0, len(text)))
        stop = draw.draw(st.integers(start, min(len(text), start + 8)))
        text = text[:start] + draw.draw(JUNK) + text[stop:]
    result = outcome(text)
    if isinstance(result, InputError):
        assert result.diagnostics
        assert all(d.message and d.span for d in result.diagnostics)
        places = [(d.span.line, d.span.column) for d in result.diagnostics if d.span]
        assert places == sorted(places)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["on", "kind", "gate", "slice", "1q"]), inner, max_size=2)
    ),
    max_leaves=5,
)


def paths(data: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in the data."""
    entries = data.items() if isinstance(data, dict) else enumerate(data)
    inner = [
        path
        for key, value in entries
        if isinstance(value, dict | list)
        for path in paths(value, (*here, key))
    ]
    keys = data if isinstance(data, dict) else range(len(data))
    return [(*here, key) for key in keys] + inner


@given(specs(), st.data())
@settings(max_examples=120)
def test_a_wrong_value_anywhere_is_a_spec_or_diagnostics(data: Data, draw: st.DataObject) -> None:
    data = json.loads(json.dumps(data))
    *steps, last = draw.draw(st.sampled_from(paths(data)))
    target: Any = data
    for step in steps:
        target = target[step]
    target[last] = draw.draw(VALUES)
    result = outcome(json.dumps(data).replace("NaN", ".nan").replace("Infinity", ".inf"))
    for jargon in ("pydantic", "Input should", "https://", "Model", "<name>", "object at"):
        assert jargon not in str(result) or isinstance(result, Spec)


@given(st.text(max_size=60))
@settings(max_examples=120)
def test_any_text_is_refused_with_a_place(text: str) -> None:
    result = outcome(text)
    assert isinstance(result, InputError)
    assert all(d.span for d in result.diagnostics)
