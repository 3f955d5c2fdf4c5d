"""The methods that a study compares: a table with one entry for each.

To add a method, write its class (``qslc_runtime/methods/NAME.py``) and an entry here. Keys and
words of a study's YAML, its checks, training, results and pages follow from the entry.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, create_model

from qslc.diagnostics import Diagnostic, InputError
from qslc.registry import Registry
from qslc.spec.base import Count, Positive
from qslc.spec.wording import join_words, pluralize, quote, suggest
from qslc_study.spec.arm import Arm
from qslc_study.spec.sublayer import QslOptions


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


class QuantumPeftOptions(RankOptions):
    """Angles of two orthogonal matrices and a diagonal between them (Koike-Akino et al. 2025)."""

    layers: Count = Field(1, description="entangling layers of each matrix")

    def describe(self) -> str:
        return f"{super().describe()}, {pluralize(self.layers, 'layer')}"


Order = Annotated[int, Field(strict=True, ge=1, le=3)]


class QuicOptions(Arm):
    """Compounds of orthogonal matrices that rotate outputs (Raj and Coyle 2025)."""

    parts: Count = Field(1, description="blocks of a rotation")
    orders: tuple[Order, ...] = Field(
        (1, 2), min_length=1, description="orders of the compounds, from 1 to 3"
    )

    def describe(self) -> str:
        orders = join_words(map(str, self.orders), "and")
        parts = pluralize(self.parts, "block")
        return f"QuIC, orders {orders}, {parts}, on {self.where}"


class PrefixOptions(Arm):
    """Prefix tuning (Li and Liang 2021)."""

    length: Count
    hidden: Count | None = Field(None, description="width of the reparameterization, if any")

    def describe(self) -> str:
        return f"prefix tuning, {self.length} virtual tokens"


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
            ("angles", "up", "core", "gain", "output_gain", "down"),
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
        StudyMethod(
            "quantum_peft",
            "Quantum-PEFT",
            QuantumPeftOptions,
            f"{_RUNTIME}:QuantumPeft",
            ("angles", "diagonal"),
            Role.ADAPTER,
            ("#b5508f", "#d993bd"),
        ),
        StudyMethod(
            "quic",
            "QuIC",
            QuicOptions,
            f"{_RUNTIME}:Quic",
            ("skew",),
            Role.ADAPTER,
            ("#7d8b2f", "#b3bf6b"),
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
