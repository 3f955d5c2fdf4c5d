"""The base model and its tokenizer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras_hub


@dataclass(frozen=True)
class Base:
    """A causal language model without a preprocessor, and what turns text into its tokens."""

    model: keras_hub.models.CausalLM
    tokenizer: keras_hub.tokenizers.Tokenizer


def load_base(place: Mapping[str, str]) -> Base:
    """The model of ``{"folder": ...}`` or ``{"preset": ...}``."""
    if "folder" in place:
        folder = Path(place["folder"])
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if "backbone" in config:
            return Base(_gpt2(folder, config["backbone"]), tokenizer_in(folder))
        place = {"preset": str(folder)}
    model = keras_hub.models.CausalLM.from_preset(place["preset"], preprocessor=None)
    return Base(model, keras_hub.tokenizers.Tokenizer.from_preset(place["preset"]))


def tokenizer_in(folder: Path) -> keras_hub.models.GPT2Tokenizer:
    """The GPT-2 tokenizer whose vocabulary and merges are in a folder."""
    return keras_hub.models.GPT2Tokenizer(
        vocabulary=str(folder / "vocab.json"), merges=str(folder / "merges.txt")
    )


def _gpt2(folder: Path, shape: Mapping[str, Any]) -> keras_hub.models.CausalLM:
    backbone = keras_hub.models.GPT2Backbone(**shape)
    backbone.load_weights(folder / "model.weights.h5")
    return keras_hub.models.GPT2CausalLM(backbone, preprocessor=None)
