"""Where the pairs of source and target are."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, Tag

from qslc.spec.base import Model, by_key, tagged
from qslc_study.spec.fields import Fraction, Seed, Text


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


_BY_KEY = {
    "file": "OneFile",
    **dict.fromkeys(("train", "validation", "test"), "Files"),
    "split": "OneFile",
}


Data = Annotated[
    Annotated[OneFile, Tag("OneFile")] | Annotated[Files, Tag("Files")],
    tagged("{file: ...} or {train: ..., validation: ..., test: ...}", by_key(_BY_KEY)),
]
