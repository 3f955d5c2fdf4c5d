"""Pairs as tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qslc_study.training.job import JobError

Tokens = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Example:
    """``tokens``: prompt, target and end token; the first ``prompt`` of them are given."""

    tokens: Tokens
    prompt: int
    cut: bool


def examples(
    tokenizer: Any, pairs: Sequence[Sequence[Any]], template: str, length: int
) -> list[Example]:
    """The pairs ``(source, target, file, line)`` as tokens, at most ``length`` each.

    Prompt and target are tokenised apart, so that training and generation see the same prompt.

    Raises:
        JobError: a prompt leaves no room for a target.
    """
    starts = prompts(tokenizer, [pair[0] for pair in pairs], template)
    targets = tokenizer([" " + pair[1] for pair in pairs])
    found = []
    for start, target, (_, _, file, line) in zip(starts, targets, pairs, strict=True):
        if len(start) > length - 2:
            message = f"the prompt is {len(start)} tokens long, which leaves no room in {length}"
            raise JobError(message, file=file, line=line, help="training: length: a larger number")
        whole = np.concatenate([start, np.asarray(target, np.int32), [tokenizer.end_token_id]])
        found.append(Example(whole[:length].astype(np.int32), len(start), len(whole) > length))
    return found


def prompts(tokenizer: Any, sources: Sequence[str], template: str) -> list[Tokens]:
    """What the model is given for each source: the start token, where it has one, and the text."""
    start = getattr(tokenizer, "start_token_id", None)
    before = [] if start is None else [start]
    texts = tokenizer([template.replace("{source}", source) for source in sources])
    return [np.concatenate([before, np.asarray(text)]).astype(np.int32) for text in texts]
