"""Load the base model and its tokenizer, or train a small GPT-2 of bytes on plain text."""

from __future__ import annotations

import itertools
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import keras_hub
import numpy as np

from qslc_study.training import Report
from qslc_study.training.backends import find_backend
from qslc_study.training.examples import Example, collate, order_batches
from qslc_study.training.loop import Schedule

END = "<|endoftext|>"
BATCH = 16
RATE = 3e-3


@dataclass(frozen=True)
class Base:
    """A causal language model without a preprocessor, and its tokenizer.

    A call of the tokenizer with texts returns the numbers of their tokens; it has ``detokenize``,
    ``end_token_id`` and perhaps ``start_token_id``.
    """

    model: keras_hub.models.CausalLM
    tokenizer: Any


def load_base(place: Mapping[str, str]) -> Base:
    """Load the model of ``{"folder": ...}``, ``{"preset": ...}`` or ``{"gguf": ...}``."""
    if "gguf" in place:
        from qslc_study.training.llama import load_llama  # needs packages that others do not

        backbone, tokenizer = load_llama(Path(place["gguf"]))
        return Base(keras_hub.models.LlamaCausalLM(backbone, preprocessor=None), tokenizer)
    found = _load_own_format(place)
    if found:
        backbone, tokenizer = found
        return Base(keras_hub.models.GPT2CausalLM(backbone, preprocessor=None), tokenizer)
    name = place.get("preset") or place["folder"]
    model = keras_hub.models.CausalLM.from_preset(name, preprocessor=None)
    return Base(model, keras_hub.tokenizers.Tokenizer.from_preset(name))


def load_encoder(place: Mapping[str, str]) -> tuple[keras.Model, Any]:
    """Load the backbone and the tokenizer of such a place, of any family that KerasHub has."""
    name = place.get("preset") or place["folder"]
    return _load_own_format(place) or (
        keras_hub.models.Backbone.from_preset(name),
        keras_hub.tokenizers.Tokenizer.from_preset(name),
    )


def _load_own_format(place: Mapping[str, str]) -> tuple[keras.Model, Any] | None:
    """Load a GPT-2 whose config.json describes a backbone; None where KerasHub reads the folder."""
    if "folder" not in place:
        return None
    folder = Path(place["folder"])
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if "backbone" not in config:
        return None
    backbone = keras_hub.models.GPT2Backbone(**config["backbone"])
    backbone.load_weights(folder / "model.weights.h5")
    return backbone, load_tokenizer(folder)


def load_tokenizer(folder: Path) -> keras_hub.models.GPT2Tokenizer:
    """Load the GPT-2 tokenizer whose vocabulary and merges are in a folder."""
    return keras_hub.models.GPT2Tokenizer(
        vocabulary=str(folder / "vocab.json"), merges=str(folder / "merges.txt")
    )


def make_scratch(job: Mapping[str, Any], report: Report) -> None:
    """Train a model and write it as a folder that ``load_base`` reads, whole or not at all.

    Args:
        job: ``settings`` of the model and its training, the ``text``, and the ``folder``.
    """
    settings, home = job["settings"], Path(job["folder"])
    keras.utils.set_random_seed(settings["seed"])
    home.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{home.name}.", dir=home.parent))
    shape = {
        "vocabulary_size": 257,
        "num_layers": settings["blocks"],
        "num_heads": settings["heads"],
        "hidden_dim": settings["width"],
        "intermediate_dim": 4 * settings["width"],
        "dropout": 0.0,
        "max_sequence_length": settings["length"],
    }
    try:
        _write_vocabulary(staging)
        backbone = keras_hub.models.GPT2Backbone(**shape)
        _train(backbone, _make_lines(staging, job["text"], settings["length"]), settings, report)
        backbone.save_weights(staging / "model.weights.h5")
        (staging / "config.json").write_text(json.dumps({"backbone": shape}), encoding="utf-8")
        staging.chmod(0o755)
        staging.replace(home)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _write_vocabulary(folder: Path) -> None:
    """Write GPT-2's spelling of the 256 bytes, and the end token; nothing is merged."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    spare = itertools.count(256)
    spelled = [chr(byte) if byte in printable else chr(next(spare)) for byte in range(256)]
    vocabulary = {END: 0, **{character: number for number, character in enumerate(spelled, 1)}}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", encoding="utf-8")


def _make_lines(folder: Path, text: str, length: int) -> list[Example]:
    tokenizer = load_tokenizer(folder)
    end = [tokenizer.end_token_id]
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    found = [np.concatenate([end, tokens, end]).astype(np.int32) for tokens in tokenizer(lines)]
    return [Example(tokens[:length], 1, len(tokens) > length) for tokens in found]


def _train(
    backbone: keras.Model, found: list[Example], settings: Mapping[str, Any], report: Report
) -> None:
    schedule = Schedule("linear", settings["steps"], settings["steps"] // 10, RATE)
    optimizer = keras.optimizers.Adam(schedule, global_clipnorm=1.0)
    steps = find_backend().make_steps(backbone, backbone.trainable_weights, optimizer)
    order = order_batches([len(e.tokens) for e in found], BATCH, settings["seed"])
    for step in range(1, settings["steps"] + 1):
        loss = steps.train(collate([found[position] for position in next(order)]))
        report({"step": step, "loss": loss})
