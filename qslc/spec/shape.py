"""Read plain data as a model, and report pydantic's findings in the words of a spec's author."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from qslc.spec.base import UNNAMED, Model, OneOf, is_model
from qslc.spec.places import FAULTY, Path, Problem, get_value
from qslc.spec.wording import describe, find_closest, join_words, quote, suggest

_EXPECTED: Mapping[str, str] = {
    "alternatives": "{expected}",
    "bool_type": "true or false",
    "finite_number": "a finite number",
    "float_type": "a number",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "int_from_float": "a whole number",
    "int_type": "a whole number",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le:.0f}",
    "literal_error": "{expected}",
    "model_type": "a mapping",
    "string_too_short": "a text that is not empty",
    "string_type": "text",
    "string_unicode": "text",
    "too_long": "{max_length} entries",
    "too_short": "at least one entry",
    "tuple_type": "a list",
}
"""What a value should have been, by the type of pydantic's error and filled in by its context."""

Root = TypeVar("Root", bound=Model)


@dataclass(frozen=True)
class ModelReading(Generic[Root]):
    """The model, or what is wrong; the paths of unknown keys and those of other faults."""

    model: Root | None
    problems: tuple[Problem, ...] = ()
    unknown: frozenset[Path] = frozenset()
    faults: frozenset[Path] = frozenset()


def read_model(data: Any, root: type[Root]) -> ModelReading[Root]:
    """Read plain data as a model, without the checks."""
    try:
        return ModelReading(root.model_validate(data, by_alias=True, by_name=False))
    except ValidationError as error:
        document = _Document(root, list_models(root))
        errors = error.errors(include_url=False)
        findings = [_Finding.read(details, data, document) for details in errors]
    unknown = frozenset(finding.path for finding in findings if finding.kind == "extra_forbidden")
    faults = frozenset(finding.path for finding in findings) - unknown
    meant = {_find_meant(f) for f in findings if f.kind == "extra_forbidden"}
    causes = [
        f for f in findings if not (f.is_consequence or (f.kind == "missing" and f.path in meant))
    ]
    return ModelReading(None, tuple(map(_report, causes)), unknown, faults)


def list_models(root: type[Model]) -> dict[str | int, type[Model]]:
    """Return the models of a document by name, each before those that hold it, the root last."""
    found: dict[str | int, type[Model]] = {}
    for field in root.model_fields.values():
        for inner in _find_models(field.annotation, *field.metadata):
            found |= list_models(inner)
    return {**found, root.__name__: root}


def _find_models(*parts: Any) -> Iterator[type[Model]]:
    """Yield the models in parts of a type, for a table's base class those of the table."""
    tables = [part.table for part in parts if isinstance(part, OneOf)]
    if tables:
        yield from tables[0].values()
        return
    for part in parts:
        if is_model(part):
            yield part
        yield from _find_models(*get_args(part))


def _find_field(model: type[Model], key: str | int) -> FieldInfo | None:
    fields = model.model_fields.items()
    return next((field for name, field in fields if key == (field.alias or name)), None)


@dataclass(frozen=True, slots=True)
class _Document:
    """Models of a document: that of its root, and every one below it by its name."""

    root: type[Model]
    models: Mapping[str | int, type[Model]]

    def is_tag(self, step: str | int) -> bool:
        """Tell whether a step of a location names an alternative instead of a key."""
        return step in UNNAMED or step in self.models

    def list_known_keys(self, location: Path) -> tuple[str, ...]:
        """Return the keys of the mapping that holds the last step of a location."""
        owner = self._find_owner(location)
        fields = owner.model_fields.items() if owner else ()
        return tuple(field.alias or name for name, field in fields)

    def list_kinds_with(self, location: Path) -> tuple[str, ...]:
        """Return the kinds, of those that stand for the mapping, that have its last step as key."""
        owner, fields = self._find_owner(location), self.root.model_fields.values()
        tables = (p.table for field in fields for p in field.metadata if isinstance(p, OneOf))
        return tuple(
            kind
            for table in tables
            for kind, model in table.items()
            if owner in table.values() and location[-1] in model.model_fields
        )

    def describe(self, location: Path) -> str:
        """Return what is written about the field at a location."""
        while location and self.is_tag(location[-1]):
            location = location[:-1]
        owner = self._find_owner(location)
        field = _find_field(owner, location[-1]) if owner and location else None
        return (field.description or "") if field else ""

    def _find_owner(self, location: Path) -> type[Model] | None:
        """Return the model that holds the last step; in a mapping with free keys none does."""
        model: type[Model] | None = self.root
        for step in location[:-1]:
            if isinstance(step, int) or step in UNNAMED:
                continue
            field = _find_field(model, step) if model else None
            inside = {*_find_models(field.annotation, *field.metadata)} if field else set()
            model = self.models.get(step) or (inside.pop() if len(inside) == 1 else None)
        return model


@dataclass(frozen=True, slots=True)
class _Finding:
    """One of pydantic's errors, its location without the tags of alternatives."""

    kind: str
    location: Path
    path: Path
    value: Any
    context: Mapping[str, Any]
    document: _Document

    @staticmethod
    def read(details: ErrorDetails, data: Any, document: _Document) -> _Finding:
        kind, location = details["type"], details["loc"]
        end = len(location) - (kind in ("missing", "extra_forbidden"))
        keys = (step for step in location[:end] if not document.is_tag(step))
        path, context = (*keys, *location[end:]), details.get("ctx", {})
        return _Finding(kind, location, path, get_value(data, path), context, document)

    @property
    def is_consequence(self) -> bool:
        """Tell whether it follows from another finding: a faulty value, or a faulty item."""
        if self.kind == "kind" and isinstance(self.value, Mapping):
            return self.value.get(self.context["key"]) is FAULTY
        return self.value is FAULTY or (self.kind == "too_short" and len(self.value) > 0)

    @property
    def about(self) -> str:
        """Return the key and what is written about it, or an empty text."""
        about = self.document.describe(self.location)
        return f"{self.path[-1]}: {about}" if about else ""

    @property
    def expected(self) -> str:
        """Describe what the value should have been."""
        if self.kind == "literal_error":
            quoted = self.context["expected"]
            return join_words(re.findall(r"'([^']*)'", quoted) or [quoted])
        known = _EXPECTED.get(self.kind, "").format_map(self.context)
        return known or self.document.describe(self.location) or "another value"

    @property
    def given(self) -> str:
        """Describe the value."""
        if self.kind in ("too_short", "too_long"):
            return str(len(self.value) or "none")
        return describe(self.value)


def _find_meant(finding: _Finding) -> Path:
    """Return the path of the key that an unknown one was probably meant to be."""
    close = find_closest(finding.path[-1], finding.document.list_known_keys(finding.location))
    return (*finding.path[:-1], close) if close else ()


def _report(finding: _Finding) -> Problem:
    path, kind = finding.path, finding.kind
    if kind == "extra_forbidden":
        key, known = str(path[-1]), finding.document.list_known_keys(finding.location)
        kinds = finding.document.list_kinds_with(finding.location)
        meant = f"{key} is a key of {join_words(kinds)}" if kinds else suggest(key, known)
        advice = meant or f"known keys: {', '.join(known)}"
        return Problem(path, f"unknown key {quote(key)}", advice, on_key=True)
    if kind == "missing" and isinstance(path[-1], int):
        return Problem(path[:-1], f"expected 2 entries, got {path[-1]}")
    if kind == "missing":
        return Problem(path, f'missing key "{path[-1]}"', finding.about, on_key=True)
    if kind == "kind":
        return _report_kind(finding)
    if kind == "value_error":
        return Problem(path, str(finding.context["error"]))
    word, words = finding.value, re.findall(r"\w+", finding.expected)
    message = f"expected {finding.expected}, got {finding.given}"
    if isinstance(word, Mapping):
        word = next(iter(word), "")
        if word in words:
            return Problem(path, message, f"{quote(word)} takes no keys; {finding.about}")
    advice = suggest(word, words)
    advice = advice or ("" if kind == "string_pattern_mismatch" else finding.about)
    return Problem(path, message, advice)


def _report_kind(finding: _Finding) -> Problem:
    """Report a value that should be a mapping whose kind is the word under one key."""
    path, value, key = finding.path, finding.value, finding.context["key"]
    words = re.findall(r"\w+", finding.context["expected"])
    if not isinstance(value, Mapping):
        example = find_closest(value, words) or words[-1]
        message = f"expected a mapping such as {{{key}: {example}}}, got {finding.given}"
        return Problem(path, message)
    misspelled = next((other for other in value if find_closest(other, (key,))), key)
    if key not in value and misspelled in value:
        message, advice = f"unknown key {quote(misspelled)}", suggest(misspelled, (key,))
        return Problem((*path, misspelled), message, advice, on_key=True)
    expected = finding.context["expected"]
    if value.get(key) is None:
        return Problem((*path, key), f'missing key "{key}"', f"{key}: {expected}", on_key=True)
    message = f"expected {expected}, got {describe(value[key])}"
    return Problem((*path, key), message, suggest(value[key], words))
