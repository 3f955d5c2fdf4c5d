"""The study: what is compared, on what, and how, as frozen values."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from qslc.spec.base import Model
from qslc_study.spec.base import Base
from qslc_study.spec.data import Data
from qslc_study.spec.fields import Seed, Text
from qslc_study.spec.methods import Method
from qslc_study.spec.training import Evaluation, Training, Tuning


class Study(Model):
    """Methods, compared on one base model and one set of pairs over the same seeds."""

    qslc: Literal[1] = Field(description="version of this format, which is 1")
    name: str = Field(
        pattern=r"^[a-z][a-z0-9_]{0,63}$",
        description="a lower-case letter, then at most 63 lower-case letters, digits or _",
    )
    base: Base
    data: Data
    prompt: Text = Field("{source} =>", description="what the model is given; {source} stands once")
    training: Training
    seeds: tuple[Seed, ...] = Field(min_length=1, description="a list of whole numbers")
    tuning: Tuning = Tuning()
    evaluate: Evaluation = Evaluation()
    methods: dict[str, Method] = Field(description="the arms by name")
    choose: tuple[tuple[str, ...], ...] = Field(
        (), description="lists of arms; of each, the best in tuning alone runs on the seeds"
    )

    @property
    def contenders(self) -> tuple[tuple[str, ...], ...]:
        """The arms, those together of which one is chosen, in the order of the methods."""
        chosen = {name: names for names in self.choose for name in names}
        return tuple(dict.fromkeys(chosen.get(name, (name,)) for name in self.methods))
