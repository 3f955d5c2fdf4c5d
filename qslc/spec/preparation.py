"""Define how a spec asks for the preparation of amplitudes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from qslc.spec.base import Alternatives, Count, Model

PreparationMethod = Literal["none", "multiplexed", "variational"]

_Depth = Annotated[
    Literal["auto"] | Count,
    Alternatives("auto or a number of levels"),
]


class Preparation(Model):
    """Circuit that puts a vector into the amplitudes, from |0...0> on."""

    method: PreparationMethod = Field(
        description="none; multiplexed, exact by formula; or variational, levels of RY and the "
        "native gate along the couplers, exact with enough of them"
    )
    depth: _Depth | None = Field(
        None,
        validate_default=True,
        description="number of levels of a variational preparation, or auto",
    )

    @field_validator("depth")
    @classmethod
    def _fill_depth(cls, depth: int | str | None, info: ValidationInfo) -> int | str | None:
        method = info.data.get("method", "variational")
        if method != "variational" and depth is not None:
            raise ValueError(f"{method} has no depth to choose; variational has")
        return depth or ("auto" if method == "variational" else None)


def _unify(chosen: PreparationMethod | Preparation) -> Preparation | None:
    """Return the preparation that a word means, so that equal ones are equal; none is None."""
    preparation = chosen if isinstance(chosen, Preparation) else Preparation(method=chosen)
    return None if preparation.method == "none" else preparation


AnyPreparation = Annotated[
    PreparationMethod | Preparation,
    Alternatives("none, multiplexed, variational or {method: variational, depth: 16}"),
    AfterValidator(_unify),
]
