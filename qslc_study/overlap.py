"""Count how much of the test references stands in the text that the base was pretrained on."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import product
from pathlib import Path

from qslc_study.pairs import Parts
from qslc_study.rows import make_error, read_data
from qslc_study.spec.model import ScratchBase
from qslc_study.spec.source import Source

LENGTH = 8
"""Words of an n-gram."""
PIECE = 2**20
"""Characters of a text that are looked at together, so that a large one takes little memory."""

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overlap:
    """The share of distinct test references that a text holds, in words without case and marks.

    Args:
        words: Words of the text.
        references: Distinct references.
        whole: Those that stand in it from the first to the last word.
        touched: Those of which at least one 8-gram stands in it.
        grams: Distinct 8-grams of all references.
        seen_grams: Those that stand in it.
        seen: The references that stand in it whole, as they are written.
    """

    words: int
    references: int
    whole: int
    touched: int
    grams: int
    seen_grams: int
    seen: frozenset[str] = field(repr=False)

    def count(self) -> dict[str, int]:
        """Return the numbers, without the references."""
        return {name: value for name, value in asdict(self).items() if name != "seen"}


def find_overlap(source: Source, parts: Parts) -> Overlap | None:
    """Count the overlap with the text of a study's base; None where the text is not known.

    Raises:
        InputError: A file that the study names cannot be read.
    """
    base = source.study.base
    files: list[tuple[str, tuple[str, ...]]]
    files = [(name, ("pretraining",)) for name in source.study.pretraining]
    if isinstance(base, ScratchBase):
        files.append((base.scratch.text, ("base", "scratch", "text")))
    if not files:
        return None
    return count_overlap((pair.target for pair in parts.test), _read_texts(source, files))


def _read_texts(source: Source, files: Iterable[tuple[str, tuple[str, ...]]]) -> Iterator[str]:
    for name, place in files:
        path = source.resolve(name)
        with source.locate_errors(*place):
            text = read_data(path)
        yield "\n".join(_list_texts(text, path)) if path.suffix.lower() in _JSON else text


_JSON = (".json", ".jsonl")


def _list_texts(text: str, path: Path) -> Iterator[str]:
    """Yield the texts in a JSON value, or in one on each line, at any depth."""
    lines = [(1, text)] if path.suffix.lower() == ".json" else enumerate(text.split("\n"), 1)
    for number, line in lines:
        try:
            waiting = [json.loads(line)] if line.strip() else []
        except (ValueError, RecursionError):
            raise make_error(path, number, "this is not JSON") from None
        while waiting:
            value = waiting.pop()
            if isinstance(value, str):
                yield value
            elif isinstance(value, dict | list):
                waiting += reversed(list(value.values() if isinstance(value, dict) else value))


def count_overlap(references: Iterable[str], texts: Iterable[str]) -> Overlap:
    """Count what texts hold of references.

    Args:
        references: Texts of the test data.
        texts: Texts that the base was pretrained on; nothing that is found goes across two of them.
    """
    spelled: dict[Words, set[str]] = defaultdict(set)
    for reference in references:
        spelled[tuple(_split(reference))].add(reference)
    spelled.pop((), None)
    grams = {gram for words in spelled for gram in _list_grams(words)}
    starts: dict[Words, list[Words]] = defaultdict(list)
    for words in spelled:
        starts[words[:LENGTH]].append(words)
    sizes = sorted({len(start) for start in starts} | {LENGTH})
    longest = max(map(len, spelled), default=LENGTH)
    count, found, whole = 0, set(), set()
    for read, new in _cut(texts, max(longest, LENGTH)):
        count += new
        for at, size in product(range(new), sizes):
            gram = tuple(read[at : at + size])
            if gram in grams:
                found.add(gram)
            for candidate in starts.get(gram, ()):
                if tuple(read[at : at + len(candidate)]) == candidate:
                    whole.add(candidate)
    return Overlap(
        words=count,
        references=sum(map(len, spelled.values())),
        whole=sum(len(spelled[words]) for words in whole),
        touched=sum(
            len(own) for words, own in spelled.items() if not found.isdisjoint(_list_grams(words))
        ),
        grams=len(grams),
        seen_grams=len(found),
        seen=frozenset(text for words in whole for text in spelled[words]),
    )


def _split(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _list_grams(words: Words) -> Iterator[Words]:
    return (words[at : at + LENGTH] for at in range(len(words) - LENGTH + 1))


def _cut(texts: Iterable[str], longest: int) -> Iterator[tuple[list[str], int]]:
    """Yield the words of texts piece by piece, with how many of them are new.

    Behind those stand as many of the next piece as the longest thing that is looked for has.
    """
    for text in texts:
        waiting: list[str] = []
        at = 0
        while at < len(text):
            end = at + PIECE
            while end < len(text) and (text[end].isalnum() or text[end] == "_"):
                end += 1
            waiting += _split(text[at:end])
            at = end
            ready = len(waiting) - longest if at < len(text) else len(waiting)
            if ready > 0:
                yield waiting, ready
                waiting = waiting[ready:]
