"""Inputs of a study: the base model and the pairs of source and target."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from qslc.spec.base import Alternatives, Count, Model

Seed = Annotated[int, Field(strict=True, ge=0, lt=2**31)]
Text = Annotated[str, Field(min_length=1)]
Fraction = Annotated[float, Field(strict=True, gt=0, lt=1, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]


class FolderBase(Model):
    """A GPT-2 in a folder: config.json, model.weights.h5, vocab.json, merges.txt.

    Or a folder that KerasHub's ``save_to_preset`` wrote, of any family that qslc supports.
    """

    folder: Text


class PackageBase(Model):
    """A folder inside an installed Python package, as models are that come from a package index.

    It holds what ``FolderBase`` may, or config.json and model.safetensors of Hugging Face's
    transformers, of a family that KerasHub converts.
    """

    package: Annotated[str, Field(strict=True, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    folder: Text = Field(".", description="inside the package")


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


_BASE_BY_KEY = {
    "package": "PackageBase",
    "folder": "FolderBase",
    "preset": "PresetBase",
    "scratch": "ScratchBase",
}

Stored = Annotated[
    FolderBase | PackageBase | PresetBase,
    Alternatives("{folder: ...}, {package: ...} or {preset: ...}", _BASE_BY_KEY),
]
Base = Annotated[
    FolderBase | PackageBase | PresetBase | ScratchBase,
    Alternatives("{folder: ...}, {package: ...}, {preset: ...} or {scratch: ...}", _BASE_BY_KEY),
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
