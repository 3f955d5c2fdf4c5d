"""Read the pairs of source and target of a study, check each row, and split them by source."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from qslc.diagnostics import Diagnostic, InputError
from qslc.spec.wording import describe, join_words, quote, suggest
from qslc_study.rows import MAX_TEXT, Row, make_error, read_rows
from qslc_study.spec.model import OneFile, Split
from qslc_study.spec.source import Source


@dataclass(frozen=True, slots=True)
class Pair:
    """A source, one target for it, and where they stand."""

    source: str
    target: str
    file: str
    line: int


class Parts(NamedTuple):
    """Parts of the data: for training, for rates and curves, and for the results."""

    train: tuple[Pair, ...]
    validation: tuple[Pair, ...]
    test: tuple[Pair, ...]


def load_parts(source: Source) -> Parts:
    """Read the pairs that a study names.

    Raises:
        InputError: A file cannot be read, a row is bad (file and line are named), a part is empty,
            or a source stands in two files.
    """
    data = source.study.data
    with source.locate_errors("data"):
        if isinstance(data, OneFile):
            pairs = _read_pairs(source, "file")
            names = split_sources([pair.source for pair in pairs], data.split)
            parts = Parts(*(tuple(p for p in pairs if p.source in part) for part in names))
        else:
            parts = Parts(*(tuple(_read_pairs(source, part)) for part in Parts._fields))
            _refuse_leaks(parts)
        for name, part in parts._asdict().items():
            if not part:
                raise InputError(Diagnostic(f"the data has no pairs for {name}"))
    return parts


def _read_pairs(source: Source, key: str) -> list[Pair]:
    """Read the pairs of the file that stands under a key of the study's data."""
    data = source.study.data
    path = source.resolve(getattr(data, key))
    with source.locate_errors("data", key):
        rows = read_rows(path)
    pairs = []
    for row in rows:
        text, target = (_read_field(row, name, path) for name in (data.source, data.target))
        pairs.append(Pair(text, target, str(path), row.line))
    return pairs


def _read_field(row: Row, name: str, path: Path) -> str:
    if name not in row.values:
        known = tuple(row.values)
        advice = suggest(name, known) or f"it has {_list_columns(known)}"
        raise make_error(path, row.line, f"the row has no {quote(name)}", advice)
    value = row.values[name]
    if not isinstance(value, str):
        raise make_error(path, row.line, f"{name}: expected text, got {describe(value)}")
    if not value.strip():
        raise make_error(path, row.line, f"{name} is empty", "fill it in, or leave the row out")
    if len(value) > MAX_TEXT:
        raise make_error(path, row.line, f"{name}: a text of more than {MAX_TEXT} characters")
    half = next((character for character in value if "\ud800" <= character <= "\udfff"), "")
    if half:
        message = f"{name} holds {ascii(half)[1:-1]}, which is half of a character"
        raise make_error(path, row.line, message, "write the pair of surrogates, or the character")
    return value.strip()


def _list_columns(names: Sequence[str]) -> str:
    """Return the first of the names in words."""
    few = [quote(name) for name in names[:10]]
    return join_words([*few, "more"] if len(names) > len(few) else few or ["none"], "and")


def _refuse_leaks(parts: Parts) -> None:
    train = {pair.source for pair in parts.train}
    for part in (parts.validation, parts.test):
        leak = next((pair for pair in part if pair.source in train), None)
        if leak:
            message = "the source of this row is among the training data too"
            raise make_error(Path(leak.file), leak.line, message, "leave it out of one of them")


def group_references(pairs: Iterable[Pair]) -> dict[str, list[str]]:
    """Return the targets of each source, sources in the order in which they first occur."""
    grouped: dict[str, list[str]] = {}
    for pair in pairs:
        grouped.setdefault(pair.source, []).append(pair.target)
    return grouped


def select_references(
    source: Source, parts: Parts, seen: Set[str] = frozenset()
) -> dict[str, list[str]]:
    """Return the references of each source that texts are written for.

    Sources of which a reference is among those ``seen`` in pretraining come last.
    """
    generate = source.study.evaluate.generate
    grouped = group_references(parts.test).items()
    ordered = sorted(grouped, key=lambda item: not seen.isdisjoint(item[1]))
    return dict(ordered[: generate.examples if generate else 0])


def sample(pairs: Sequence[Pair], count: int | None) -> tuple[Pair, ...]:
    """Return ``count`` pairs at even distances, which cover the whole file."""
    if count is None or count >= len(pairs):
        return tuple(pairs)
    return tuple(pairs[position * len(pairs) // count] for position in range(count))


def split_sources(
    sources: Iterable[str], split: Split
) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Split sources into those of the training, validation and test data.

    Sources are ranked by a keyed digest: neither their order in the file nor rows added later for
    the same sources change their order.
    """

    def rank(source: str) -> bytes:
        return hashlib.sha256(f"{split.seed}\0{source}".encode()).digest()

    ranked = sorted(set(sources), key=rank)
    test = max(1, round(split.test * len(ranked)))
    validation = max(1, round(split.validation * len(ranked)))
    return (
        frozenset(ranked[test + validation :]),
        frozenset(ranked[test : test + validation]),
        frozenset(ranked[:test]),
    )
