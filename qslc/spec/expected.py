"""What the models expect at a location of one of pydantic's errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, get_args

from pydantic.fields import FieldInfo

from qslc.spec.base import LIST, NAME, Model, OneOf
from qslc.spec.nodes import Path
from qslc.spec.wording import joined

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
        "literal_error": lambda context: _choices(context["expected"]),
        "model_type": lambda _: "a mapping",
        "string_too_short": lambda _: "a text that is not empty",
        "string_type": lambda _: "text",
        "string_unicode": lambda _: "text",
        "too_long": lambda context: f"{context['max_length']} entries",
        "too_short": lambda _: "at least one entry",
        "tuple_type": lambda _: "a list",
    }
)


def expectation(kind: str, context: Mapping[str, Any]) -> str:
    """What the value should have been, or nothing where only its description says it."""
    return _KINDS[kind](context) if kind in _KINDS else ""


def _choices(quoted: str) -> str:
    """pydantic's "'a', 'b' or 'c'" without the quotes."""
    return joined(re.findall(r"'([^']*)'", quoted) or [quoted])


@dataclass(frozen=True, slots=True)
class Document:
    """What can stand in a document: its root's model, and every model below it by its name."""

    root: type[Model]
    models: Mapping[str | int, type[Model]]

    def is_tag(self, step: str | int) -> bool:
        """Whether a step of a location names an alternative instead of a key."""
        return step in (NAME, LIST) or step in self.models

    def known_keys(self, location: Path) -> tuple[str, ...]:
        """The keys of the mapping that holds the last step of a location."""
        owner = self._owner(location)
        fields = owner.model_fields.items() if owner else ()
        return tuple(field.alias or name for name, field in fields)

    def description(self, location: Path) -> str:
        """What is written about the field at a location."""
        owner = self._owner(location)
        field = _field(owner, location[-1]) if owner and location else None
        return (field.description or "") if field else ""

    def _owner(self, location: Path) -> type[Model] | None:
        """The model that holds the last step of a location.

        A step into a mapping with free keys, such as a study's methods, names no field.
        """
        model: type[Model] | None = self.root
        for step in location[:-1]:
            if isinstance(step, int) or step in (NAME, LIST):
                continue
            if step in self.models:
                model = self.models[step]
            else:
                field = _field(model, step) if model else None
                model = _only_model(field) if field else None
        return model


@cache
def document(root: type[Model]) -> Document:
    """The document that a model describes."""
    models: dict[str | int, type[Model]] = {model.__name__: model for model in _reachable(root)}
    return Document(root, MappingProxyType(models))


def _field(model: type[Model], key: str | int) -> FieldInfo | None:
    fields = model.model_fields.items()
    return next((field for name, field in fields if key == (field.alias or name)), None)


def _only_model(field: FieldInfo) -> type[Model] | None:
    models = set(_models_of(field))
    return models.pop() if len(models) == 1 else None


def _models_of(field: FieldInfo) -> Iterator[type[Model]]:
    """Yield the models in a field's annotation, for a table's base class those of the table."""
    for marker in field.metadata:
        if isinstance(marker, OneOf):
            yield from marker.table.values()
            return
    yield from _models_in(field.annotation)


def _models_in(annotation: Any) -> Iterator[type[Model]]:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _reachable(model: type[Model]) -> Iterator[type[Model]]:
    """Yield the models below a model, each before those that hold it, and then the model."""
    for field in model.model_fields.values():
        for inner in _models_of(field):
            yield from _reachable(inner)
    yield model
