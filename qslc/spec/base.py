"""What every part of a spec is made of: a frozen model, bounded numbers, tagged alternatives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field

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
