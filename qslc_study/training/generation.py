"""Let a model write texts for prompts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras_hub
import numpy as np

from qslc.diagnostics import Diagnostic, InputError
from qslc_study.training.backends import count_parts
from qslc_study.training.base import Base
from qslc_study.training.examples import Tokens, make_prompts, pad


def write_texts(
    base: Base, sources: Sequence[str], template: str, settings: Mapping[str, Any], seed: int
) -> list[str]:
    """Return the text for each source, decoded as the settings say."""
    base.model.compile(sampler=_make_sampler(settings, seed), jit_compile=False)
    starts = make_prompts(base.tokenizer, sources, template)
    width = max(map(len, starts)) + settings["max_tokens"]
    order = sorted(range(len(starts)), key=lambda position: len(starts[position]))
    texts = [""] * len(starts)
    size = settings["batch"]
    for first in range(0, len(order), size):
        chosen = order[first : first + size]
        written = _write_batch(base, [starts[i] for i in chosen], width, settings["max_tokens"])
        for position, text in zip(chosen, written, strict=True):
            texts[position] = text
    return texts


def _write_batch(base: Base, starts: Sequence[Tokens], width: int, more: int) -> list[str]:
    end = base.tokenizer.end_token_id
    again = [starts[-1]] * (-len(starts) % count_parts())  # so that every device has rows
    ids, mask = pad([*starts, *again], width, 0 if end else 1)  # an end token would stop it
    inputs = {"token_ids": ids, "padding_mask": mask}
    output = base.model.generate(inputs, stop_token_ids=[end])
    rows = zip(np.asarray(output["token_ids"])[: len(starts)], starts, strict=True)
    new = (row[len(start) : len(start) + more] for row, start in rows)
    return [_read_text(base.tokenizer, tokens, end) for tokens in new]


def _read_text(tokenizer: Any, tokens: Any, end: int) -> str:
    """Return the tokens before the first end token as text on one line."""
    stop = np.flatnonzero(tokens == end)
    written = tokens[: stop[0]] if len(stop) else tokens
    return " ".join(str(tokenizer.detokenize(written)).split()) if len(written) else ""


def _make_sampler(settings: Mapping[str, Any], seed: int) -> Any:
    match settings["decoding"]:
        case "beam":
            return keras_hub.samplers.BeamSampler(num_beams=settings["beams"])
        case "top_k":
            return keras_hub.samplers.TopKSampler(k=settings["k"], seed=seed)
        case "greedy":
            return keras_hub.samplers.GreedySampler()
        case unknown:
            raise InputError(Diagnostic(f"no way of decoding is called {unknown}"))
