"""The arms of a study: a method, where it stands in the model, and the rates that are tried."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Tag

from qslc.spec.base import LIST, NAME, Count, Model, Positive, Qubit, tagged, told_by
from qslc_study.spec.fields import Text

Target = Literal["query", "key", "value"]
Blocks = Annotated[
    Annotated[Literal["all"], Tag(NAME)] | Annotated[tuple[Qubit, ...], Tag(LIST)],
    tagged("all or a list of block numbers"),
]
Option = bool | int | float | str | None


class Arm(Model):
    """What all arms have."""

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


class FullArm(Arm):
    """Full fine-tuning."""

    method: Literal["full"]


class LoraArm(Arm):
    """Low-rank adaptation (Hu et al. 2021)."""

    method: Literal["lora"]
    rank: Count
    alpha: Positive | None = None


class LoraXsArm(Arm):
    """LoRA within the singular vectors of the weights (Bałazy et al. 2024)."""

    method: Literal["lora_xs"]
    rank: Count


class KerasLoraArm(Arm):
    """LoRA as Keras's ``enable_lora`` has it."""

    method: Literal["keras_lora"]
    rank: Count
    alpha: Positive | None = None


class PrefixArm(Arm):
    """Prefix tuning (Li and Liang 2021)."""

    method: Literal["prefix"]
    length: Count
    hidden: Count | None = Field(None, description="width of the reparametrisation, if any")


class QslArm(Arm):
    """A quantum sublayer, compiled from its spec."""

    method: Literal["qsl"]
    ansatz: Text = Field(description="a spec for `qslc compile`, a YAML file")
    options: dict[str, Option] = Field(
        {}, description="arguments of the layer, such as {trainable_angles: false}"
    )


class QuadraticArm(Arm):
    """A classical quadratic form, the control of an amplitude-encoded sublayer."""

    method: Literal["quadratic"]
    rank: Count
    trainable_down: bool = True


class VeraArm(Arm):
    """Vector-based random matrix adaptation (Kopiczko et al. 2024)."""

    method: Literal["vera"]
    rank: Count
    start: Positive = 0.1


_BY_METHOD = {
    "full": "FullArm",
    "lora": "LoraArm",
    "lora_xs": "LoraXsArm",
    "keras_lora": "KerasLoraArm",
    "prefix": "PrefixArm",
    "qsl": "QslArm",
    "quadratic": "QuadraticArm",
    "vera": "VeraArm",
}


Method = Annotated[
    Annotated[FullArm, Tag("FullArm")]
    | Annotated[LoraArm, Tag("LoraArm")]
    | Annotated[LoraXsArm, Tag("LoraXsArm")]
    | Annotated[KerasLoraArm, Tag("KerasLoraArm")]
    | Annotated[PrefixArm, Tag("PrefixArm")]
    | Annotated[QslArm, Tag("QslArm")]
    | Annotated[QuadraticArm, Tag("QuadraticArm")]
    | Annotated[VeraArm, Tag("VeraArm")],
    told_by("method", _BY_METHOD),
]
