"""Define what every part of a spec is made of: a model, bounded numbers, alternatives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    Tag,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

from qslc.registry import EntryT, Registry
from qslc.spec.wording import find_closest, join_words

T = TypeVar("T")

NAME = "<name>"
"""Tag of the alternative that is one word."""

LIST = "<list>"
"""Tag of the alternative that is a list."""

NUMBER = "<number>"
"""Tag of the alternative that is one number."""

UNNAMED = (NAME, LIST, NUMBER)
"""Tags of the alternatives that are no models."""

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


def follow_table(
    model: type[Model], table: Registry[EntryT], make_field: Callable[[EntryT], FieldInfo]
) -> None:
    """Give a model a field for every entry of a table and no others, now and after each change."""

    def update() -> None:
        model.__pydantic_fields__ = {name: make_field(entry) for name, entry in table.items()}
        model.model_rebuild(force=True)

    update()
    table.watch(update)


def is_model(value: Any) -> bool:
    """Tell whether a type is a model."""
    return isinstance(value, type) and not get_origin(value) and issubclass(value, Model)


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
        tags = {word: model.__name__ for word, model in self.table.items()}

        def find_tag(value: Any) -> str:
            if isinstance(value, Model):
                return type(value).__name__
            word = value.get(self._key) if isinstance(value, Mapping) else None
            return tags.get(word, "") if isinstance(word, str) else ""

        context = {"expected": join_words(tags), "key": self._key}
        union = _make_union(tuple(self.table.values()), find_tag, "kind", context)
        return handler.generate_schema(union)


class Alternatives:
    """Tell the alternatives of a value apart by its shape: a word, a number, a list, a mapping.

    Args:
        expected: What the value may be, for the message when it is none of them; a function where
            that follows from a table.
        by_key: The class name of a model for each key that only this one has. The first of these
            that a mapping has decides, or if it has none the first that one of its keys was
            probably meant to be.
        otherwise: The class name of the model where no key says anything; where there is one model
            alone, it is that.
    """

    def __init__(
        self,
        expected: str | Callable[[], str],
        by_key: Mapping[str, str] | None = None,
        otherwise: str = "",
    ) -> None:
        self._expected, self._by_key, self._otherwise = expected, by_key or {}, otherwise

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        forms = get_args(source)
        models = [form for form in forms if _find_tag(form) not in UNNAMED]
        known = {key for model in models for key in model.model_fields}
        otherwise = _find_tag(models[0]) if len(models) == 1 else self._otherwise
        numbers = NUMBER in map(_find_tag, forms)

        def find_model(value: Mapping[str, Any]) -> str:
            present = (key for key in self._by_key if key in value)
            meant = (find_closest(key, self._by_key) for key in value if key not in known)
            return self._by_key.get(next(filter(None, (*present, *meant)), ""), otherwise)

        def find_tag(value: Any) -> str:
            match value:
                case Model():
                    return type(value).__name__
                case str():
                    return NAME
                case list() | tuple():
                    return LIST
                case int() | float() if numbers and not isinstance(value, bool):
                    return NUMBER
                case Mapping():
                    return find_model(value)
            return ""

        context = {"expected": _current(self._expected)}
        return handler.generate_schema(_make_union(forms, find_tag, "alternatives", context))


def _make_union(
    forms: tuple[Any, ...], find_tag: Callable[[Any], str], error: str, context: dict[str, Any]
) -> Any:
    """Make the union of some types, of which a function tells by its tag which a value has."""
    tagged: Any = Union[tuple(Annotated[form, Tag(_find_tag(form))] for form in forms)]  # noqa: UP007
    message = "expected {expected}"
    return Annotated[tagged, Discriminator(find_tag, error, message, context)]


def _find_tag(form: Any) -> str:
    """Return the tag of an alternative: of a model its class name."""
    bare = get_args(form)[0] if get_origin(form) is Annotated else form
    if is_model(bare):
        return str(bare.__name__)
    if get_origin(bare) is tuple:
        return LIST
    return NUMBER if bare in (float, int) else NAME


def _current(value: T | Callable[[], T]) -> T:
    return value() if callable(value) else value
