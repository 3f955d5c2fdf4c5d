"""What every part of a spec is made of: a frozen model, bounded numbers, tagged alternatives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field

from qslc.spec.wording import closest, joined

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
    """Frozen, equal by value, closed to unknown keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True
    )


def tagged(expected: str, mapping: str | Callable[[Mapping[str, Any]], str] = "") -> Discriminator:
    """Tells the alternatives of a value apart by its shape; a model's tag is its class name.

    Args:
        expected: what the value may be, for the message when it is none of them.
        mapping: the tag of a mapping, or how to find it.
    """

    def tag(value: Any) -> str:
        if isinstance(value, Model):
            return type(value).__name__
        if isinstance(value, str):
            return NAME
        if isinstance(value, list | tuple):
            return LIST
        if isinstance(value, Mapping):
            return mapping if isinstance(mapping, str) else mapping(value)
        return ""

    return Discriminator(
        tag,
        custom_error_type="alternatives",
        custom_error_message="expected {expected}",
        custom_error_context={"expected": expected},
    )


def by_key(tags: Mapping[str, str], otherwise: str = "") -> Callable[[Mapping[str, Any]], str]:
    """Make what finds the tag of a mapping by a key that only one of the alternatives has.

    Args:
        tags: the tag for each such key; the first that a mapping has decides, or if it has none the
            first that one of its keys was probably meant to be.
        otherwise: the tag where no key says anything.
    """

    def tag(value: Mapping[str, Any]) -> str:
        present = next((key for key in tags if key in value), "")
        meant = present or next(filter(None, (closest(key, tags) for key in value)), "")
        return tags.get(meant, otherwise)

    return tag


def told_by(key: str, tags: Mapping[str, str]) -> Discriminator:
    """Tell mappings apart by the word under one key that all of them have.

    Args:
        key: has the word.
        tags: the tag for each word.
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
        custom_error_context={"expected": joined(tags), "key": key},
    )
