"""The methods that a study compares: a table with one entry for each.

To add a method, write its class (``qslc_runtime/methods/NAME.py``) and an entry here. Keys and
words of a study's YAML, its checks, training, results and pages follow from the entry.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, create_model, model_serializer

from qslc.diagnostics import Diagnostic, InputError
from qslc.registry import Registry
from qslc.spec.base import MAX_COUNT, Alternatives, Count, Model, Positive, Qubit
from qslc.spec.wording import join_words, quote, suggest

Text = Annotated[str, Field(min_length=1)]
Target = Literal["query", "key", "value"]
Blocks = Annotated[
    Literal["all"] | tuple[Qubit, ...], Alternatives("all or a list of block numbers")
]
Option = bool | int | float | str | None


class Arm(Model, ABC):
    """Keys of every arm: a method, its place in the model, and the rates that are tried."""

    targets: tuple[Target, ...] = Field(
        ("query", "value"), min_length=1, description="projections of the attention"
    )
    blocks: Blocks = "all"
    learning_rates: tuple[Positive, ...] = Field(
        min_length=1, description="a list of rates to try; the best on validation is used"
    )
    rates: dict[str, Positive] = Field(
        {}, description="factors on the rate by group of weights, such as {angles: 10}"
    )
    method: str

    @abstractmethod
    def describe(self) -> str:
        """Return what the arm is in words: "LoRA, rank 4, on query and value"."""

    def arguments(self, layer: str) -> dict[str, Any]:
        """Return the arguments of the method's class in the runtime: the options of the arm.

        Args:
            layer: Folder of the compiled layer, or an empty text for an arm without a spec.
        """
        del layer
        return {key: getattr(self, key) for key in type(self).model_fields.keys() - _COMMON}

    @property
    def spec_file(self) -> str | None:
        """The spec that is compiled for the arm, if any."""
        return None

    @property
    def where(self) -> str:
        """The projections in words."""
        return join_words(self.targets, "and")


_COMMON = Arm.model_fields.keys()


class Role(Enum):
    """The part of a method in the comparison.

    Pages compare the quantum arms with all others, and with the baseline of the nearest size. The
    plot of adapters leaves out what trains the whole model.
    """

    ADAPTER = "adapter"
    BASELINE = "baseline"
    QUANTUM = "quantum"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class StudyMethod:
    """Everything that a study knows of a method of fine-tuning.

    Args:
        name: Word under ``method`` in a study.
        label: Name on pages.
        options: Model of the method's own keys, which describes an arm in words.
        runtime: Class that puts it into a model, as "module:class".
        groups: Groups of weights that it may train, for learning rates.
        role: Part in the comparison.
        colors: Colors of its arms, in order, legible on light and dark pages.

    Raises:
        ValueError: A field is empty or is not what it should be, or the options do not describe
            an arm.
    """

    name: str
    label: str
    options: type[Arm]
    runtime: str
    groups: tuple[str, ...]
    role: Role
    colors: tuple[str, ...]

    def __post_init__(self) -> None:
        for field in fields(self):
            if not getattr(self, field.name):
                raise ValueError(f"study method {self.name!r}: {field.name} is empty")
        if not re.fullmatch("[a-z][a-z0-9_]*", self.name):
            raise ValueError(f"study method {self.name!r}: the name is no lower-case identifier")
        for color in self.colors:
            if not re.fullmatch("#[0-9a-f]{6}", color):
                raise ValueError(f"study method {self.name!r}: {color!r} is no color like #3f7ad6")
        if self.options.describe is Arm.describe:
            raise ValueError(f"study method {self.name!r}: options do not describe an arm")
        if not isinstance(self.role, Role):
            raise ValueError(f"study method {self.name!r}: {self.role!r} is no role")

    @property
    def arm(self) -> type[Arm]:
        """The model of an arm of this method in a study's YAML."""
        return _make_arm_model(self.name, self.options)


@cache
def _make_arm_model(name: str, options: type[Arm]) -> type[Arm]:
    title = "".join(map(str.capitalize, name.split("_"))) + "Arm"
    word: Any = Literal[name]
    model: type[Arm] = create_model(title, __base__=options, __doc__=options.__doc__, method=word)
    return model


class FullOptions(Arm):
    """Full fine-tuning."""

    def describe(self) -> str:
        return "full fine-tuning"


class RankOptions(Arm):
    """An adapter of a given rank."""

    rank: Count

    def describe(self) -> str:
        return f"{find_method(self.method).label}, rank {self.rank}, on {self.where}"


class LoraOptions(RankOptions):
    """Low-rank adaptation (Hu et al. 2021)."""

    alpha: Positive | None = None


class LoraXsOptions(RankOptions):
    """LoRA within the singular vectors of the weights (Bałazy et al. 2024)."""


class KerasLoraOptions(LoraOptions):
    """LoRA as Keras's ``enable_lora`` has it."""


class VeraOptions(RankOptions):
    """Vector-based random matrix adaptation (Kopiczko et al. 2024)."""

    start: Positive = 0.1


class PrefixOptions(Arm):
    """Prefix tuning (Li and Liang 2021)."""

    length: Count
    hidden: Count | None = Field(None, description="width of the reparameterization, if any")

    def describe(self) -> str:
        return f"prefix tuning, {self.length} virtual tokens"


Tokens = Annotated[int, Field(strict=True, ge=0, le=MAX_COUNT)]


class Chip(Model):
    """A virtual chip that the trained sublayers are tested on: the noise of the spec, and shots."""

    shots: Count = 10_000
    calibrate: Tokens = Field(0, description="number of tokens that readouts are calibrated on")
    imitate: Tokens = Field(
        0, description="number of tokens on which the engine that trains is brought to the chip"
    )


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
        calibrated = ", calibrated" if self.chip.calibrate else ""
        return f"{where}, tested on the chip with {self.chip.shots:,} shots{calibrated}"

    def arguments(self, layer: str) -> dict[str, Any]:
        engine = {"engine_options": dict(self.engine_options)} if self.engine_options else {}
        return {"layer": layer, "options": {**self.options, **engine}}

    @property
    def spec_file(self) -> str:
        return self.ansatz


class QuadraticOptions(RankOptions):
    """A classical quadratic form, the control of an amplitude-encoded sublayer."""

    trainable_down: bool = True

    def describe(self) -> str:
        fixed = "" if self.trainable_down else ", fixed directions"
        return f"classical quadratic map, rank {self.rank}{fixed}, on {self.where}"


_RUNTIME = "qslc_runtime.methods"

METHODS = Registry(
    "study method",
    (
        StudyMethod(
            "full",
            "full fine-tuning",
            FullOptions,
            f"{_RUNTIME}:Full",
            ("weights",),
            Role.WHOLE,
            ("#8a9099",),
        ),
        StudyMethod(
            "lora",
            "LoRA",
            LoraOptions,
            f"{_RUNTIME}:Lora",
            ("lora",),
            Role.BASELINE,
            ("#3f7ad6", "#7aa7ec", "#2a56a0", "#5b8fb9"),
        ),
        StudyMethod(
            "lora_xs",
            "LoRA-XS",
            LoraXsOptions,
            f"{_RUNTIME}:LoraXs",
            ("core",),
            Role.ADAPTER,
            ("#5560c8", "#8d95e0"),
        ),
        StudyMethod(
            "keras_lora",
            "Keras's LoRA",
            KerasLoraOptions,
            f"{_RUNTIME}:KerasLora",
            ("lora",),
            Role.ADAPTER,
            ("#35a7c4", "#6fc6db"),
        ),
        StudyMethod(
            "prefix",
            "prefix tuning",
            PrefixOptions,
            f"{_RUNTIME}:Prefix",
            ("prefix",),
            Role.ADAPTER,
            ("#3c9d63", "#79c497", "#2a7448"),
        ),
        StudyMethod(
            "qsl",
            "quantum sublayer",
            QslOptions,
            f"{_RUNTIME}:Sublayer",
            ("angles", "up", "core", "gain", "down"),
            Role.QUANTUM,
            ("#d9622b", "#e8a33d", "#c23b52", "#a8602f", "#ec8a76", "#d8bb3f"),
        ),
        StudyMethod(
            "quadratic",
            "quadratic map",
            QuadraticOptions,
            f"{_RUNTIME}:Quadratic",
            ("down", "up"),
            Role.ADAPTER,
            ("#9061c2", "#b893dc", "#6d4199"),
        ),
        StudyMethod(
            "vera",
            "VeRA",
            VeraOptions,
            f"{_RUNTIME}:Vera",
            ("scales",),
            Role.ADAPTER,
            ("#2c9c95", "#6cc2bc"),
        ),
    ),
)


def find_method(name: str) -> StudyMethod:
    """Return the entry of a method.

    Raises:
        InputError: There is no method of this name.
    """
    if name not in METHODS:
        about = suggest(name, tuple(METHODS)) or f"methods: {join_words(METHODS, 'and')}"
        raise InputError(Diagnostic(f"no study method is called {quote(name)}", help=about))
    return METHODS[name]


def read_arm(values: Mapping[str, Any], learning_rate: float) -> Arm:
    """Return the arm of a run, which has one rate, from the identity in its record.

    Raises:
        InputError: There is no method of this name.
    """
    model = find_method(values["method"]).arm
    return model.model_validate({**values, "learning_rates": (learning_rate,)})
