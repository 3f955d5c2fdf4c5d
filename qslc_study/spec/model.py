"""The study: what is compared, on what, and how, as frozen values."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, create_model, model_serializer

from qslc.spec.base import Alternatives, Count, Model, OneOf, Positive, Qubit
from qslc.spec.wording import pluralize
from qslc_study.spec.arm import Arm, Text
from qslc_study.spec.methods import METHODS, StudyMethod

Seed = Annotated[int, Field(strict=True, ge=0, lt=2**31)]
Fraction = Annotated[float, Field(strict=True, gt=0, lt=1, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]


class FolderBase(Model):
    """A GPT-2 in a folder: config.json, model.weights.h5, vocab.json, merges.txt.

    Or a folder that KerasHub's ``save_to_preset`` wrote, of any family that qslc supports.
    """

    folder: Text


Package = Annotated[str, Field(strict=True, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class PackageBase(Model):
    """A folder inside an installed Python package, as models are that come from a package index.

    It holds what ``FolderBase`` may, or config.json and model.safetensors of Hugging Face's
    transformers, of a family that KerasHub converts.
    """

    package: Package
    folder: Text = Field(".", description="inside the package")


class GgufBase(Model):
    """A Llama with its vocabulary in one GGUF file, which may be inside an installed package."""

    gguf: Text = Field(description="a file; inside the package, if one is given")
    package: Package | None = None


class PresetBase(Model):
    """A preset of KerasHub, such as gpt2_base_en."""

    preset: Text


class Scratch(Model):
    """The shape of a small GPT-2 of byte tokens, and how it is trained on plain text."""

    text: Text = Field(description="a text file, one example to a line")
    blocks: Count = 2
    width: Count = 64
    heads: Count = 4
    length: Count = Field(256, description="the longest sequence, in bytes")
    steps: Count = Field(300, description="training steps of 16 lines")
    seed: Seed = 0


class ScratchBase(Model):
    """A model that the study itself trains first: for examples and tests."""

    scratch: Scratch


_STORED_BY_KEY = {
    "package": "PackageBase",
    "folder": "FolderBase",
    "preset": "PresetBase",
}

Stored = Annotated[
    FolderBase | PackageBase | PresetBase,
    Alternatives("{folder: ...}, {package: ...} or {preset: ...}", _STORED_BY_KEY),
]
Base = Annotated[
    FolderBase | PackageBase | GgufBase | PresetBase | ScratchBase,
    Alternatives(
        "{folder: ...}, {package: ...}, {gguf: ...}, {preset: ...} or {scratch: ...}",
        {"gguf": "GgufBase", **_STORED_BY_KEY, "scratch": "ScratchBase"},
    ),
]


class Split(Model):
    """Parts of one file, drawn by source: no source is in two parts."""

    validation: Fraction = 0.1
    test: Fraction = 0.2
    seed: Seed = 0


class OneFile(Model):
    """One CSV or JSONL file, split by source."""

    file: Text
    source: Text = Field("source", description="the column, or key, of the text that is given")
    target: Text = Field("target", description="the column, or key, of the text to write")
    split: Split = Split()


class Files(Model):
    """A CSV or JSONL file for each part."""

    train: Text
    validation: Text
    test: Text
    source: Text = Field("source", description="the column, or key, of the text that is given")
    target: Text = Field("target", description="the column, or key, of the text to write")


_DATA_BY_KEY = {
    "file": "OneFile",
    **dict.fromkeys(("train", "validation", "test"), "Files"),
    "split": "OneFile",
}

Data = Annotated[
    OneFile | Files,
    Alternatives("{file: ...} or {train: ..., validation: ..., test: ...}", _DATA_BY_KEY),
]


class Devices(Model):
    """Devices that share the steps of a run, as a mesh of ``data`` times ``model``."""

    data: Count = Field(1, description="parts of a batch")
    model: Count = Field(1, description="parts of a weight of the base")


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
    backend: Literal["jax", "tensorflow"] = Field("tensorflow", description="of Keras")
    devices: Devices | None = Field(
        None, description="devices that share a run, under JAX; one, if not given"
    )

    @model_serializer(mode="wrap")
    def _leave_out_defaults(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what once was no key: runs of before keep their identity."""
        found = handler(self)
        standard = {"backend": "tensorflow", "devices": None}
        return {key: each for key, each in found.items() if each != standard.get(key, ...)}


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
    pretraining: tuple[Text, ...] = Field(
        (), description="files of the text that the base was pretrained on, if they are known"
    )
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

    def __repr__(self) -> str:
        arms, seeds = pluralize(len(self.methods), "method"), pluralize(len(self.seeds), "seed")
        steps = pluralize(self.training.steps, "step")
        names = ", ".join(self.methods)
        shown = names if len(names) <= 60 else f"{names[:60]}..."
        return f"<study {self.name}: {arms} over {seeds}, {steps} each: {shown}>"

    @property
    def contenders(self) -> tuple[tuple[str, ...], ...]:
        """The arms, those together of which one is chosen, in the order of the methods."""
        chosen = {name: names for names in self.choose for name in names}
        return tuple(dict.fromkeys(chosen.get(name, (name,)) for name in self.methods))


def make_study_model() -> type[Study]:
    """Return the model of a study whose arms may have any method of the table."""
    return _make_study_model(tuple(METHODS.values()))


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a study, draft 2020-12, for completion and checks in editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **make_study_model().model_json_schema(by_alias=True),
        "title": "qslc study",
    }


@cache
def _make_study_model(methods: tuple[StudyMethod, ...]) -> type[Study]:
    arms = {method.name: method.arm for method in methods}
    kinds: Any = dict[str, Annotated[Arm, OneOf(arms, "method")]]
    field = (kinds, Field(description=Study.model_fields["methods"].description))
    return create_model("Study", __base__=Study, __doc__=Study.__doc__, methods=field)
