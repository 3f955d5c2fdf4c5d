"""Define what every part of a spec is made of: a model, bounded numbers, alternatives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, TypeVar, Union

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    Tag,
)
from pydantic_core import CoreSchema, core_schema

from qslc.spec.wording import find_closest, join_words

T = TypeVar("T")

NAME = "<name>"
"""Tag of the alternative that is one word."""

LIST = "<list>"
"""Tag of the alternative that is a list."""

MAX_COUNT = 1_000_000

Count = Annotated[int, Field(strict=True, ge=1, le=MAX_COUNT)]
Qubit = Annotated[int, Field(strict=True, ge=0, le=MAX_COUNT)]
Pair = tuple[Qubit, Qubit]
Probability = Annotated[
    float,
    Field(strict=True, ge=0, le=1, allow_inf_nan=False),
    AfterValidator(lambda probability: probability + 0.0),  # -0.0 is 0.0
]
Positive = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]


class Model(BaseModel):
    """A frozen model, equal by value and closed to unknown keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True
    )


class NameIn:
    """Restrict a text to names: ``Annotated[str, NameIn(PATTERNS)]``.

    Args:
        names: The names, such as a table's, or a function that returns them. They are asked for
            whenever a model's schema is built (``qslc.spec.model.rebuild``).
    """

    def __init__(self, names: Iterable[str] | Callable[[], Iterable[str]]) -> None:
        self._names = names

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(list(_current(self._names)))


class OneOf:
    """Accept any model of a table: ``Annotated[Encoder, OneOf(ENCODERS, "kind")]``.

    Args:
        table: The models, each by the word that stands for it.
        key: The key that holds the word.
    """

    def __init__(self, table: Mapping[str, type[Model]], key: str) -> None:
        self.table, self._key = table, key

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        forms = (Annotated[model, Tag(model.__name__)] for model in self.table.values())
        union: Any = Union[tuple(forms)]  # noqa: UP007
        tags = {word: model.__name__ for word, model in self.table.items()}
        return handler.generate_schema(Annotated[union, tell_by_word(self._key, tags)])


class Alternatives:
    """Tell the alternatives of a value apart by its shape; a model's tag is its class name.

    Args:
        expected: What the value may be, for the message when it is none of them; a function where
            that follows from a table.
        mapping: The tag of a mapping, or a function that finds it.
    """

    def __init__(
        self,
        expected: str | Callable[[], str],
        mapping: str | Callable[[Mapping[str, Any]], str] = "",
    ) -> None:
        self._expected, self._mapping = expected, mapping

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        discriminator = Discriminator(
            self._tag,
            custom_error_type="alternatives",
            custom_error_message="expected {expected}",
            custom_error_context={"expected": _current(self._expected)},
        )
        return discriminator.__get_pydantic_core_schema__(source, handler)

    def _tag(self, value: Any) -> str:
        match value:
            case Model():
                return type(value).__name__
            case str():
                return NAME
            case list() | tuple():
                return LIST
            case Mapping():
                return self._mapping if isinstance(self._mapping, str) else self._mapping(value)
        return ""


def _current(value: T | Callable[[], T]) -> T:
    return value() if callable(value) else value


def tell_by_key(tags: Mapping[str, str], otherwise: str = "") -> Callable[[Mapping[str, Any]], str]:
    """Make a function that finds the tag of a mapping by a key that only one alternative has.

    Args:
        tags: The tag for each such key; the first that a mapping has decides, or if it has none the
            first that one of its keys was probably meant to be.
        otherwise: The tag where no key says anything.
    """

    def tag(value: Mapping[str, Any]) -> str:
        present = next((key for key in tags if key in value), "")
        meant = present or next(filter(None, (find_closest(key, tags) for key in value)), "")
        return tags.get(meant, otherwise)

    return tag


def tell_by_word(key: str, tags: Mapping[str, str]) -> Discriminator:
    """Tell mappings apart by the word under one key that all of them have.

    Args:
        key: The key that holds the word.
        tags: The tag for each word.
    """

    def tag(value: Any) -> str:
        if isinstance(value, Model):
            return type(value).__name__
        word = value.get(key) if isinstance(value, Mapping) else None
        return tags.get(word, "") if isinstance(word, str) else ""

    return Discriminator(
        tag,
        custom_error_type="kind",
        custom_error_message="expected {expected}",
        custom_error_context={"expected": join_words(tags), "key": key},
    )
