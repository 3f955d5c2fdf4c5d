"""How every run trains and what is measured."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from qslc.spec.base import Count, Model, Positive, Qubit
from qslc_study.spec.base import Stored
from qslc_study.spec.fields import NotNegative, Seed


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
    """How texts are written for the prompts of the test data."""

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
