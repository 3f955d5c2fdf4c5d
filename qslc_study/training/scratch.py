"""A small GPT-2 of byte tokens, trained on plain text: a base model without a download."""

from __future__ import annotations

import itertools
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import keras_hub
import numpy as np

from qslc_study.training.base import tokenizer_in
from qslc_study.training.batches import collate, training_order
from qslc_study.training.examples import Example
from qslc_study.training.job import Report
from qslc_study.training.schedule import Schedule
from qslc_study.training.steps import make_steps

END = "<|endoftext|>"
BATCH = 16
RATE = 3e-3


def make_scratch(settings: Mapping[str, Any], text: str, folder: str, report: Report) -> None:
    """Trains the model and writes it as a folder that ``load_base`` reads, whole or not at all."""
    keras.utils.set_random_seed(settings["seed"])
    home = Path(folder)
    home.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{home.name}.", dir=home.parent))
    try:
        _write_vocabulary(staging)
        shape = _shape(settings)
        backbone = keras_hub.models.GPT2Backbone(**shape)
        _train(backbone, _examples(staging, text, settings["length"]), settings, report)
        backbone.save_weights(staging / "model.weights.h5")
        (staging / "config.json").write_text(json.dumps({"backbone": shape}), encoding="utf-8")
        staging.chmod(0o755)
        staging.replace(home)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _shape(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "vocabulary_size": 257,
        "num_layers": settings["blocks"],
        "num_heads": settings["heads"],
        "hidden_dim": settings["width"],
        "intermediate_dim": 4 * settings["width"],
        "dropout": 0.0,
        "max_sequence_length": settings["length"],
    }


def _write_vocabulary(folder: Path) -> None:
    """GPT-2's spelling of the 256 bytes, and the end token; nothing is merged."""
    printable, spare = _printable(), itertools.count(256)
    spelled = [chr(byte) if byte in printable else chr(next(spare)) for byte in range(256)]
    vocabulary = {END: 0, **{character: number for number, character in enumerate(spelled, 1)}}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", encoding="utf-8")


def _printable() -> frozenset[int]:
    return frozenset({*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)})


def _examples(folder: Path, text: str, length: int) -> list[Example]:
    tokenizer = tokenizer_in(folder)
    end = [tokenizer.end_token_id]
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    found = [np.concatenate([end, tokens, end]).astype(np.int32) for tokens in tokenizer(lines)]
    return [Example(tokens[:length], 1, len(tokens) > length) for tokens in found]


def _train(
    backbone: keras.Model, found: list[Example], settings: Mapping[str, Any], report: Report
) -> None:
    schedule = Schedule("linear", settings["steps"], settings["steps"] // 10, RATE)
    optimizer = keras.optimizers.Adam(schedule, global_clipnorm=1.0)
    steps = make_steps(backbone, backbone.trainable_weights, optimizer)
    order = training_order([len(e.tokens) for e in found], BATCH, settings["seed"])
    for step in range(1, settings["steps"] + 1):
        loss = steps.train(collate([found[position] for position in next(order)]))
        report({"step": step, "loss": loss})
