"""The keys of an arm whose method is a quantum sublayer, and of the chip that it is tested on."""

from __future__ import annotations

from itertools import product
from typing import Annotated, Any, NamedTuple

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from qslc.spec.base import MAX_COUNT, Alternatives, Count, Model
from qslc_study.spec.arm import Arm, Text

Option = bool | int | float | str | None
Tokens = Annotated[int, Field(strict=True, ge=0, le=MAX_COUNT)]


Shots = Annotated[
    Count | Annotated[tuple[Count, ...], Field(min_length=1)],
    Alternatives("a number of shots or a list of them"),
]
Calibrations = Annotated[
    Tokens | Annotated[tuple[Tokens, ...], Field(min_length=1)],
    Alternatives("a number of tokens or a list of them"),
]


class Condition(NamedTuple):
    """A condition under which trained sublayers are tested on a chip.

    Args:
        shots: Shots for each token.
        calibrate: Number of tokens that readouts are calibrated on.
    """

    shots: int
    calibrate: int


class Chip(Model):
    """A virtual chip that the trained sublayers are tested on: the noise of the spec, and shots.

    With lists the same trained sublayers are tested under each pair of their entries.
    """

    shots: Shots = 10_000
    calibrate: Calibrations = Field(
        0, description="number of tokens that readouts are calibrated on"
    )
    imitate: Tokens = Field(
        0, description="number of tokens on which the engine that trains is brought to the chip"
    )

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions of the tests; what the arm is ranked by is the first."""
        lists = (
            (value,) if isinstance(value, int) else value for value in (self.calibrate, self.shots)
        )
        return tuple(Condition(shots, calibrate) for calibrate, shots in product(*lists))


class QslOptions(Arm):
    """A quantum sublayer, compiled from its spec."""

    ansatz: Text = Field(description="a spec for `qslc compile`, a YAML file")
    options: dict[str, Option] = Field(
        {}, description="arguments of the layer, such as {trainable_angles: false}"
    )
    engine_options: dict[str, Option] = Field(
        {}, description="options of the engine that trains, such as {shots: 3000, factors: 0.6}"
    )
    chip: Chip | None = None

    @model_serializer(mode="wrap")
    def _leave_out_later_keys(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what arms did not have from the beginning, so that old records are found."""
        data: dict[str, Any] = serialize(self)
        return {k: v for k, v in data.items() if v or k not in ("engine_options", "chip")}

    def describe(self) -> str:
        stated = {**self.options, **self.engine_options}
        words = [f"{key} {value}" for key, value in sorted(stated.items())]
        if self.chip is not None and self.chip.imitate:
            words.append("readouts as the chip's")
        options = f" ({', '.join(words)})" if words else ""
        where = f"quantum sublayer{options} on {self.where}"
        if self.chip is None:
            return where
        first = self.chip.conditions[0]
        calibrated = ", calibrated" if first.calibrate else ""
        return f"{where}, tested on the chip with {first.shots:,} shots{calibrated}"

    def arguments(self, layer: str) -> dict[str, Any]:
        engine = {"engine_options": dict(self.engine_options)} if self.engine_options else {}
        return {"layer": layer, "options": {**self.options, **engine}}

    @property
    def spec_file(self) -> str:
        return self.ansatz
