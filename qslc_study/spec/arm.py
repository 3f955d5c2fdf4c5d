"""What every arm of a study has: a method, its place in the model, and the rates to try."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Any, Literal

from pydantic import Field

from qslc.spec.base import Alternatives, Model, Positive, Qubit
from qslc.spec.wording import join_words

Text = Annotated[str, Field(min_length=1)]
Target = Literal["query", "key", "value"]
Blocks = Annotated[
    Literal["all"] | tuple[Qubit, ...], Alternatives("all or a list of block numbers")
]


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
