"""Embed the tokens of texts with one block of an encoder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from qslc.diagnostics import Diagnostic, InputError
from qslc_study.bertscore import Embedded, compute_bert_score, weigh_tokens
from qslc_study.training import Report
from qslc_study.training.base import load_encoder
from qslc_study.training.examples import pad

BATCH = 32
_BLOCK = "transformer_layer_"


def score_texts(job: Mapping[str, Any], report: Report) -> None:
    """Report the mean BERTScore F1, 0 to 100, of each run's texts as soon as it is known.

    Args:
        job: ``encoder``, ``layer`` and ``idf``; ``references`` of each source; ``texts`` by run.
    """
    encode = _Encoder(job["encoder"], job["layer"])
    flat = [reference for group in job["references"] for reference in group]
    embedded = iter(encode(flat))
    references = [[next(embedded) for _ in group] for group in job["references"]]
    tokens = [each.tokens for group in references for each in group]
    weights = weigh_tokens(tokens) if job["idf"] else None
    for step, (key, texts) in enumerate(job["texts"].items(), 1):
        found = zip(encode(texts), references, strict=True)
        scores = [compute_bert_score(text, group, weights) for text, group in found]
        mean = 100 * float(np.mean(scores))
        report({"key": key, "bertscore": mean, "step": step, "stage": f"{mean:.2f}"})


class _Encoder:
    """A function from texts to their tokens and the output of a block."""

    def __init__(self, place: Mapping[str, str], layer: int | None) -> None:
        backbone, self._tokenizer = load_encoder(place)
        names = [layer.name for layer in backbone.layers if layer.name.startswith(_BLOCK)]
        if not names:
            message = f"{type(backbone).__name__} has no blocks that BERTScore could read"
            advice = "a BERT, RoBERTa, DistilBERT or GPT-2 model"
            raise InputError(Diagnostic(message, help=advice))
        if layer is not None and layer > len(names):
            message = f"the encoder has {len(names)} blocks, no block {layer}"
            raise InputError(Diagnostic(message))
        output = backbone.get_layer(names[(layer or len(names)) - 1]).output
        self._model = keras.Model(backbone.inputs, output)
        self._inputs = set(backbone.input) if isinstance(backbone.input, dict) else set()
        self._length = backbone.max_sequence_length

    def __call__(self, texts: Sequence[str]) -> Iterator[Embedded]:
        """Yield the embedded texts in their order; a text that is too long is cut."""
        for first in range(0, len(texts), BATCH):
            yield from self._embed_batch(texts[first : first + BATCH])

    def _embed_batch(self, texts: Sequence[str]) -> Iterator[Embedded]:
        start, end = _find_marks(self._tokenizer)
        room = self._length - len(start) - len(end)
        bodies = [
            np.asarray(self._tokenizer(text), np.int32)[:room] if text else np.empty(0, np.int32)
            for text in texts
        ]
        rows = [np.concatenate([start, body, end]).astype(np.int32) for body in bodies]
        ids, mask = pad(rows)
        given = {"token_ids": ids, "padding_mask": mask, "segment_ids": np.zeros_like(ids)}
        inputs = {name: value for name, value in given.items() if name in self._inputs}
        vectors = keras.ops.convert_to_numpy(self._model(inputs))
        for body, row in zip(bodies, vectors, strict=True):
            within = row[len(start) : len(start) + len(body)]
            yield Embedded(tuple(map(int, body)), within.astype(np.float32))


def _find_marks(tokenizer: Any) -> tuple[list[int], list[int]]:
    """Return the tokens before and after a text."""

    def first(*names: str) -> list[int]:
        found = (getattr(tokenizer, name, None) for name in names)
        return [next(number for number in found if number is not None)]

    return first("cls_token_id", "start_token_id"), first("sep_token_id", "end_token_id")
