"""Read plain data as a model, and report pydantic's findings in the words of a spec's author."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Generic, TypeVar, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from qslc.spec.base import LIST, NAME, Model, OneOf
from qslc.spec.places import FAULTY, Path, Problem, get_value
from qslc.spec.wording import describe, find_closest, join_words, quote, suggest

_KINDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = MappingProxyType(
    {
        "alternatives": lambda context: str(context["expected"]),
        "bool_type": lambda _: "true or false",
        "finite_number": lambda _: "a finite number",
        "float_type": lambda _: "a number",
        "greater_than": lambda context: f"more than {context['gt']:g}",
        "greater_than_equal": lambda context: f"at least {context['ge']:g}",
        "int_from_float": lambda _: "a whole number",
        "int_type": lambda _: "a whole number",
        "less_than": lambda context: f"less than {context['lt']}",
        "less_than_equal": lambda context: f"at most {context['le']:.0f}",
        "literal_error": lambda context: _list_choices(context["expected"]),
        "model_type": lambda _: "a mapping",
        "string_too_short": lambda _: "a text that is not empty",
        "string_type": lambda _: "text",
        "string_unicode": lambda _: "text",
        "too_long": lambda context: f"{context['max_length']} entries",
        "too_short": lambda _: "at least one entry",
        "tuple_type": lambda _: "a list",
    }
)


def describe_expectation(kind: str, context: Mapping[str, Any]) -> str:
    """Return what the value should have been; empty where only its description says it."""
    return _KINDS[kind](context) if kind in _KINDS else ""


def _list_choices(quoted: str) -> str:
    """Return pydantic's "'a', 'b' or 'c'" without the quotes."""
    return join_words(re.findall(r"'([^']*)'", quoted) or [quoted])


@dataclass(frozen=True, slots=True)
class Document:
    """Models of a document: that of its root, and every one below it by its name."""

    root: type[Model]
    models: Mapping[str | int, type[Model]]

    def is_tag(self, step: str | int) -> bool:
        """Return whether a step of a location names an alternative instead of a key."""
        return step in (NAME, LIST) or step in self.models

    def known_keys(self, location: Path) -> tuple[str, ...]:
        """Return the keys of the mapping that holds the last step of a location."""
        owner = self._owner(location)
        fields = owner.model_fields.items() if owner else ()
        return tuple(field.alias or name for name, field in fields)

    def description(self, location: Path) -> str:
        """Return what is written about the field at a location."""
        while location and self.is_tag(location[-1]):
            location = location[:-1]
        owner = self._owner(location)
        field = _find_field(owner, location[-1]) if owner and location else None
        return (field.description or "") if field else ""

    def _owner(self, location: Path) -> type[Model] | None:
        """Return the model that holds the last step of a location.

        A step into a mapping with free keys, such as a study's methods, names no field.
        """
        model: type[Model] | None = self.root
        for step in location[:-1]:
            if isinstance(step, int) or step in (NAME, LIST):
                continue
            if step in self.models:
                model = self.models[step]
            else:
                field = _find_field(model, step) if model else None
                model = _find_only_model(field) if field else None
        return model


@cache
def describe_document(root: type[Model]) -> Document:
    """Describe the document of a model."""
    models: dict[str | int, type[Model]] = {
        model.__name__: model for model in _find_reachable(root)
    }
    return Document(root, MappingProxyType(models))


def _find_field(model: type[Model], key: str | int) -> FieldInfo | None:
    fields = model.model_fields.items()
    return next((field for name, field in fields if key == (field.alias or name)), None)


def _find_only_model(field: FieldInfo) -> type[Model] | None:
    models = set(_find_models(field))
    return models.pop() if len(models) == 1 else None


def _find_models(field: FieldInfo) -> Iterator[type[Model]]:
    """Yield the models in a field's annotation, for a table's base class those of the table."""
    for marker in field.metadata:
        if isinstance(marker, OneOf):
            yield from marker.table.values()
            return
    yield from _find_models_in(field.annotation)


def _find_models_in(annotation: Any) -> Iterator[type[Model]]:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    for argument in get_args(annotation):
        yield from _find_models_in(argument)


def _find_reachable(model: type[Model]) -> Iterator[type[Model]]:
    """Yield the models below a model, each before those that hold it, and then the model."""
    for field in model.model_fields.values():
        for inner in _find_models(field):
            yield from _find_reachable(inner)
    yield model


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
        about = describe_document(root)
        errors = error.errors(include_url=False)
        findings = [_Finding.read(details, data, about) for details in errors]
    unknown = frozenset(finding.path for finding in findings if finding.kind == "extra_forbidden")
    faults = frozenset(finding.path for finding in findings) - unknown
    problems = _report_first_causes([f for f in findings if not f.consequence])
    return ModelReading(None, tuple(problems), unknown, faults)


@dataclass(frozen=True, slots=True)
class _Finding:
    """One of pydantic's errors, its location without the tags of alternatives."""

    kind: str
    location: Path
    path: Path
    value: Any
    context: Mapping[str, Any]
    about: Document

    @staticmethod
    def read(details: ErrorDetails, data: Any, about: Document) -> _Finding:
        kind, location = details["type"], details["loc"]
        about_key = kind in ("missing", "extra_forbidden")
        steps = location[:-1] if about_key else location
        path = tuple(step for step in steps if not about.is_tag(step))
        path += location[-1:] if about_key else ()
        return _Finding(kind, location, path, get_value(data, path), details.get("ctx", {}), about)

    @property
    def consequence(self) -> bool:
        """Tell whether it follows from another finding: a faulty value, or a faulty item."""
        too_short = self.kind == "too_short" and len(self.value) > 0
        kind = self.value.get(self.context["key"]) if self._is_mapping_of_kinds else None
        return self.value is FAULTY or kind is FAULTY or too_short

    @property
    def _is_mapping_of_kinds(self) -> bool:
        return self.kind == "kind" and isinstance(self.value, Mapping)


def _report_first_causes(findings: list[_Finding]) -> Iterator[Problem]:
    """Yield a problem for each finding; a key that is only misspelled is not missing too."""
    meant = {_find_meant(f) for f in findings if f.kind == "extra_forbidden"}
    return (_report(f) for f in findings if f.kind != "missing" or f.path not in meant)


def _find_meant(finding: _Finding) -> Path:
    close = find_closest(finding.path[-1], finding.about.known_keys(finding.location))
    return (*finding.path[:-1], close) if close else ()


def _report(finding: _Finding) -> Problem:
    path, kind, context = finding.path, finding.kind, finding.context
    if kind == "extra_forbidden":
        return _report_unknown_key(finding)
    if kind == "missing" and isinstance(path[-1], int):
        return Problem(path[:-1], f"expected 2 entries, got {path[-1]}")
    if kind == "missing":
        return Problem(path, f'missing key "{path[-1]}"', _describe_key(finding), on_key=True)
    if kind == "kind":
        return _report_kind(finding)
    if kind == "value_error":
        return Problem(path, str(context["error"]))
    expected = (
        describe_expectation(kind, context)
        or finding.about.description(finding.location)
        or "another value"
    )
    word = next(iter(finding.value), "") if isinstance(finding.value, Mapping) else finding.value
    advice = suggest(word, re.findall(r"\w+", expected))
    advice = advice or ("" if kind == "string_pattern_mismatch" else _describe_key(finding))
    return Problem(path, f"expected {expected}, got {_describe_given(finding)}", advice)


def _report_kind(finding: _Finding) -> Problem:
    """Report a value that should be a mapping whose kind is the word under one key."""
    path, value, key = finding.path, finding.value, finding.context["key"]
    expected = finding.context["expected"]
    words = re.findall(r"\w+", expected)
    if not isinstance(value, Mapping):
        example = find_closest(value, words) or words[-1]
        return Problem(
            path, f"expected a mapping such as {{{key}: {example}}}, got {_describe_given(finding)}"
        )
    misspelled = next((other for other in value if find_closest(other, (key,))), key)
    if key not in value and misspelled in value:
        help_text = suggest(misspelled, (key,))
        return Problem(
            (*path, misspelled), f"unknown key {quote(misspelled)}", help_text, on_key=True
        )
    if value.get(key) is None:
        return Problem((*path, key), f'missing key "{key}"', f"{key}: {expected}", on_key=True)
    word = value[key]
    message = f"expected {expected}, got {describe(word)}"
    return Problem((*path, key), message, suggest(word, words))


def _describe_key(finding: _Finding) -> str:
    about = finding.about.description(finding.location)
    return f"{finding.path[-1]}: {about}" if about else ""


def _report_unknown_key(finding: _Finding) -> Problem:
    key, known = str(finding.path[-1]), finding.about.known_keys(finding.location)
    advice = suggest(key, known) or f"known keys: {', '.join(known)}"
    return Problem(finding.path, f"unknown key {quote(key)}", advice, on_key=True)


def _describe_given(finding: _Finding) -> str:
    if finding.kind in ("too_short", "too_long"):
        return str(len(finding.value) or "none")
    return describe(finding.value)
