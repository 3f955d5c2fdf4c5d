"""The study: what is compared, on what, and how, as frozen values."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, create_model

from qslc.spec.base import Count, Model, OneOf, Positive, Qubit
from qslc_study.spec.inputs import Base, Data, NotNegative, Seed, Stored, Text
from qslc_study.spec.methods import METHODS, Arm, StudyMethod


class Training(Model):
    """The same for all arms."""

    steps: Count
    batch: Count = 32
    length: Count = Field(128, description="the longest prompt and target together, in tokens")
    schedule: Literal["constant", "linear", "cosine"] = Field(
        "linear", description="how the rate falls to zero after the warm-up; constant: not at all"
    )
    warmup: Qubit = Field(0, description="steps in which the rate rises from zero")
    weight_decay: NotNegative = 0.0
    clip: Positive | None = Field(None, description="the largest norm of the gradient")


class Tuning(Model):
    """The runs that choose the learning rate. They see no test data."""

    seed: Seed = Field(1000, description="must not be among the seeds that are compared")
    steps: Count | None = Field(None, description="as many as in training, if not given")


class Generation(Model):
    """Settings of the generation of texts for the prompts of the test data."""

    examples: Count = Field(100, description="sources of the test data, at most")
    decoding: Literal["greedy", "beam", "top_k"] = "greedy"
    beams: Count = 4
    k: Count = 10
    max_tokens: Count = 64
    batch: Count = 25


class Encoder(Model):
    """The model whose token embeddings BERTScore compares."""

    model: Stored
    layer: Count | None = Field(None, description="the block whose output is used, from 1")
    idf: bool = Field(True, description="weigh tokens by inverse frequency in the references")


class Evaluation(Model):
    """When and on how much."""

    every: Count = Field(10, description="steps between two looks at the validation data")
    validation: Count = Field(256, description="pairs of the validation data, at most")
    test: Count | None = Field(None, description="pairs of the test data, at most; all of them")
    generate: Generation | None = None
    encoder: Encoder | None = Field(None, description="for BERTScore, which is left out without")
    reach: Positive | None = Field(
        None, description="the validation loss whose time of arrival is compared"
    )


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
    methods: dict[str, Arm] = Field(description="the arms by name")
    choose: tuple[tuple[str, ...], ...] = Field(
        (), description="lists of arms; of each, the best in tuning alone runs on the seeds"
    )

    @property
    def contenders(self) -> tuple[tuple[str, ...], ...]:
        """The arms, those together of which one is chosen, in the order of the methods."""
        chosen = {name: names for names in self.choose for name in names}
        return tuple(dict.fromkeys(chosen.get(name, (name,)) for name in self.methods))


def make_study_model() -> type[Study]:
    """Return the model of a study whose arms may have any method of the table."""
    return _make_study_model(tuple(METHODS.values()))


@cache
def _make_study_model(methods: tuple[StudyMethod, ...]) -> type[Study]:
    arms = {method.name: method.arm for method in methods}
    kinds: Any = dict[str, Annotated[Arm, OneOf(arms, "method")]]
    about = Study.model_fields["methods"].description
    field = (kinds, Field(description=about))
    return create_model("Study", __base__=Study, __doc__=Study.__doc__, methods=field)


def read_study(values: Any) -> Study:
    """Return the study that was written as JSON by ``model_dump``."""
    return make_study_model().model_validate(values)
