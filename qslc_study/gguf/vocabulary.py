"""Read the vocabulary of a GGUF file: tokens, their kinds, and how text is split into them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from qslc.spec.places import find_repeated
from qslc.spec.wording import describe, join_words, quote
from qslc_study.gguf.reader import GgufFile

DIGITS, GPT2, LLAMA3 = "digits", "gpt2", "llama3"

SPLITS = {
    "gpt-2": GPT2,
    "llama-bpe": LLAMA3,
    "llama-v3": LLAMA3,
    "llama3": LLAMA3,
    "refact": DIGITS,
    "smollm": DIGITS,
    "starcoder": DIGITS,
}
"""How texts are split into words, by the value of ``tokenizer.ggml.pre``."""


class Kind(IntEnum):
    """The kind of a token in ``tokenizer.ggml.token_type``, as in SentencePiece."""

    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5
    BYTE = 6


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The vocabulary of a model, whose tokens are numbered as they stand.

    Args:
        tokens: Texts of the tokens.
        kinds: A kind for each token.
        end: Number of the token that ends a text.
        start: Number of the token that begins every text, if one does.
    """

    tokens: tuple[str, ...]
    kinds: tuple[int, ...]
    end: int
    start: int | None


@dataclass(frozen=True, slots=True)
class BytePairs(Vocabulary):
    """Pairs of tokens merge in the order of ``merges``, within the words of a split."""

    merges: tuple[tuple[str, str], ...]
    split: str


@dataclass(frozen=True, slots=True)
class Pieces(Vocabulary):
    """Tokens of SentencePiece, of which those with the highest score are made first.

    Args:
        scores: A score for each token.
        prefix: Whether a space goes before each text.
        trim: Whether spaces at the ends of a text, and repeated ones, are left out.
    """

    scores: tuple[float, ...]
    prefix: bool
    trim: bool


def read_vocabulary(file: GgufFile) -> BytePairs | Pieces:
    """Return the vocabulary of a file.

    Raises:
        InputError: It is missing, inconsistent, or of a kind that cannot be applied exactly.
    """
    kind = file.metadata.get("tokenizer.ggml.model")
    if kind == "gpt2":
        return _read_byte_pairs(file)
    if kind == "llama":
        return _read_pieces(file)
    message = f"tokenizer.ggml.model is {describe(kind)}, which is not supported"
    raise file.make_error(message, "gpt2 or llama")


def _read_byte_pairs(file: GgufFile) -> BytePairs:
    name = file.metadata.get("tokenizer.ggml.pre")
    if not isinstance(name, str) or name not in SPLITS:
        message = f"tokenizer.ggml.pre is {_describe(name)}: how it splits texts is not known"
        raise file.make_error(message, join_words(SPLITS))
    tokens = _read_tokens(file)
    merges = tuple(_split_merge(file, text) for text in _read_texts(file, "merges"))
    known = set(tokens)
    for left, right in merges:
        if not {left, right, left + right} <= known:
            message = (
                f"the merge of {quote(left)} and {quote(right)} is of tokens that are not there"
            )
            raise file.make_error(message)
    return BytePairs(
        tokens=tokens,
        kinds=_read_kinds(file, len(tokens)),
        end=_read_place(file, "eos_token_id", len(tokens)),
        start=_read_start(file, len(tokens), default=SPLITS[name] == LLAMA3),
        merges=merges,
        split=SPLITS[name],
    )


def _read_pieces(file: GgufFile) -> Pieces:
    tokens = _read_tokens(file)
    scores = file.metadata.get("tokenizer.ggml.scores")
    if not (isinstance(scores, np.ndarray) and len(scores) == len(tokens)):
        raise file.make_error("tokenizer.ggml.scores: expected a number for each token")
    if scores.dtype.kind != "f" or not np.isfinite(scores).all():
        raise file.make_error("tokenizer.ggml.scores: expected finite numbers")
    if "tokenizer.ggml.precompiled_charsmap" in file.metadata:
        message = "tokenizer.ggml.precompiled_charsmap is not supported"
        raise file.make_error(message, "a vocabulary that leaves characters as they are")
    return Pieces(
        tokens=tokens,
        kinds=_read_kinds(file, len(tokens)),
        end=_read_place(file, "eos_token_id", len(tokens)),
        start=_read_start(file, len(tokens), default=True),
        scores=tuple(map(float, scores)),
        prefix=_read_flag(file, "add_space_prefix", default=True),
        trim=_read_flag(file, "remove_extra_whitespaces", default=False),
    )


def _read_texts(file: GgufFile, name: str) -> Sequence[str]:
    found = file.metadata.get(f"tokenizer.ggml.{name}")
    if not isinstance(found, list):
        message = f"tokenizer.ggml.{name}: expected a list of texts, got {_describe(found)}"
        raise file.make_error(message)
    return found


def _read_tokens(file: GgufFile) -> tuple[str, ...]:
    tokens = tuple(_read_texts(file, "tokens"))
    for place, token in find_repeated(tokens):
        raise file.make_error(f"the token {quote(token)} stands twice, again as number {place}")
    return tokens


def _read_kinds(file: GgufFile, count: int) -> tuple[int, ...]:
    found = file.metadata.get("tokenizer.ggml.token_type")
    if not (isinstance(found, np.ndarray) and len(found) == count and found.dtype.kind in "iu"):
        raise file.make_error("tokenizer.ggml.token_type: expected a whole number for each token")
    if not np.isin(found, list(Kind)).all():
        raise file.make_error("tokenizer.ggml.token_type: expected numbers from 1 to 6")
    return tuple(map(int, found))


def _read_place(file: GgufFile, name: str, count: int) -> int:
    found = file.metadata.get(f"tokenizer.ggml.{name}")
    if type(found) is not int or not 0 <= found < count:
        message = f"tokenizer.ggml.{name}: expected a number below {count:,}"
        raise file.make_error(f"{message}, got {_describe(found)}")
    return found


def _read_start(file: GgufFile, count: int, *, default: bool) -> int | None:
    starts = _read_flag(file, "add_bos_token", default=default)
    return _read_place(file, "bos_token_id", count) if starts else None


def _read_flag(file: GgufFile, name: str, *, default: bool) -> bool:
    found = file.metadata.get(f"tokenizer.ggml.{name}", default)
    if not isinstance(found, bool):
        raise file.make_error(f"tokenizer.ggml.{name}: expected true or false")
    return found


def _split_merge(file: GgufFile, text: str) -> tuple[str, str]:
    left, _, right = text.partition(" ")
    if not left or not right or " " in right:
        raise file.make_error(f"the merge {quote(text)} is no pair of tokens")
    return left, right


def _describe(value: Any) -> str:
    return "a list" if isinstance(value, np.ndarray) else describe(value)
