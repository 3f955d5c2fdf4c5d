"""Whatever the text, there is a spec or there are diagnostics."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from qslc.diagnostics import InputError
from qslc.spec import Spec, Sublayer, canonical_json, digest, gates, parse, schema, sublayer
from tests.spec.strategies import Data, specs

VALIDATOR = jsonschema.Draft202012Validator(schema())
WORDS = ("", ": ", "- ", "&a ", "*a", "!!x ", "9" * 30, ".nan", "null")
JUNK = st.sampled_from([*"[]{}:-#|>%@`?'\"\\ \t\n\0\u2028", *WORDS])


def write_yaml(data: Data) -> str:
    """Write a spec as JSON, which is YAML: a key to a line, for mutations to cut."""
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in data.items())
    return f"{{{lines}}}\n"


def read_outcome(text: str) -> Spec | InputError:
    try:
        return parse(text)
    except InputError as error:
        return error


@given(specs())
@settings(max_examples=80)
def test_valid_specs_are_accepted_and_survive_json(data: Data) -> None:
    spec = parse(write_yaml(data))
    again = Spec.model_validate_json(canonical_json(spec))
    assert again.objective == spec.objective
    assert again == spec.model_copy(update={"optimize": again.optimize})
    assert digest(again) == digest(spec)
    assert parse(canonical_json(spec)) == again


def build(data: dict[str, Any]) -> Spec:
    """Write the spec as a person would with the builder."""
    builder = _ansatz(_encoder(sublayer(data["name"], data["qubits"]), data["encoder"]), data)
    if "measure" in data:
        measure = data["measure"]
        builder = builder.measure(*([measure] if isinstance(measure, str) else measure))
    if "device" in data:
        builder = _named_or_options(builder.on, data["device"])
    if "noise" in data:
        builder = _named_or_options(builder.noise, data["noise"])
    if "execution" in data:
        stated = {key: data["execution"][key] for key in data["execution"] if key != "mitigation"}
        builder = builder.execute(**stated, **data["execution"].get("mitigation", {}))
    return builder.optimize(**data.get("optimize", {})).spec()


def _encoder(builder: Sublayer, data: dict[str, Any]) -> Sublayer:
    options = {key: value for key, value in data.items() if key != "kind"}
    if isinstance(options.get("project"), dict):
        options["project"] = tuple(options["project"]["slice"])
    methods = {"none": "no_encoder", "ansatz": "features"}
    return getattr(builder, methods.get(data["kind"], data["kind"]))(**options)


def _ansatz(builder: Sublayer, data: dict[str, Any]) -> Sublayer:
    ansatz = dict(data["ansatz"])
    if "block" in ansatz:
        block = [(name, gate) for entry in ansatz.pop("block") for name, gate in entry.items()]
        return builder.block(*(getattr(gates, name)(**gate) for name, gate in block), **ansatz)
    entangler = ansatz.pop("entangler")
    if entangler == "none":
        return builder.layers(entangler=None, **ansatz)
    return builder.layers(entangler=entangler["gate"], pattern=entangler["pattern"], **ansatz)


def _named_or_options(method: Any, value: Any) -> Sublayer:
    return method(value) if isinstance(value, str) else method(**value)


@given(specs())
@settings(max_examples=60)
def test_the_builder_makes_the_same_spec(data: Data) -> None:
    spec = parse(write_yaml(data))
    assert build(data) == spec
    assert digest(build(data)) == digest(spec)


@given(specs())
@settings(max_examples=30)
def test_the_json_schema_accepts_valid_specs_and_refuses_unknown_keys(data: Data) -> None:
    assert VALIDATOR.is_valid(data)
    assert VALIDATOR.is_valid(json.loads(canonical_json(parse(write_yaml(data)))))
    assert not VALIDATOR.is_valid({**data, "qubit": 3})
    assert not VALIDATOR.is_valid({**data, "ansatz": {**data["ansatz"], "colour": 3}})


@given(specs(), st.data())
@settings(max_examples=120)
def test_mutated_text_is_a_spec_or_diagnostics(data: Data, draw: st.DataObject) -> None:
    text = write_yaml(data)
    for _ in range(draw.draw(st.integers(1, 3))):
        start = draw.draw(st.integers(0, len(text)))
        stop = draw.draw(st.integers(start, min(len(text), start + 8)))
        text = text[:start] + draw.draw(JUNK) + text[stop:]
    result = read_outcome(text)
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


def list_paths(data: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List every place in the data."""
    entries = data.items() if isinstance(data, dict) else enumerate(data)
    inner = [
        path
        for key, value in entries
        if isinstance(value, dict | list)
        for path in list_paths(value, (*here, key))
    ]
    keys = data if isinstance(data, dict) else range(len(data))
    return [(*here, key) for key in keys] + inner


@given(specs(), st.data())
@settings(max_examples=120)
def test_a_wrong_value_anywhere_is_a_spec_or_diagnostics(data: Data, draw: st.DataObject) -> None:
    data = json.loads(json.dumps(data))
    *steps, last = draw.draw(st.sampled_from(list_paths(data)))
    target: Any = data
    for step in steps:
        target = target[step]
    target[last] = draw.draw(VALUES)
    result = read_outcome(json.dumps(data).replace("NaN", ".nan").replace("Infinity", ".inf"))
    for jargon in ("pydantic", "Input should", "https://", "Model", "<name>", "object at"):
        assert jargon not in str(result) or isinstance(result, Spec)
