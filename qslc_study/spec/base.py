"""The model that every run starts from."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, Tag

from qslc.spec.base import Count, Model, by_key, tagged
from qslc_study.spec.fields import Seed, Text


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


_BY_KEY = {
    "package": "PackageBase",
    "folder": "FolderBase",
    "preset": "PresetBase",
    "scratch": "ScratchBase",
}


Stored = Annotated[
    Annotated[FolderBase, Tag("FolderBase")]
    | Annotated[PackageBase, Tag("PackageBase")]
    | Annotated[PresetBase, Tag("PresetBase")],
    tagged("{folder: ...}, {package: ...} or {preset: ...}", by_key(_BY_KEY)),
]
Base = Annotated[
    Annotated[FolderBase, Tag("FolderBase")]
    | Annotated[PackageBase, Tag("PackageBase")]
    | Annotated[PresetBase, Tag("PresetBase")]
    | Annotated[ScratchBase, Tag("ScratchBase")],
    tagged("{folder: ...}, {package: ...}, {preset: ...} or {scratch: ...}", by_key(_BY_KEY)),
]
