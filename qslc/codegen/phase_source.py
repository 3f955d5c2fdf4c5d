"""Phases of the basis states as Python expressions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from qslc.codegen.angle_source import Angles, Kind
from qslc.codegen.python_source import Group, Source, call, list_of, tuple_of
from qslc.codegen.table_source import Tables
from qslc.simulate.steps import Phase, PhaseTerm


class Phases:
    """The phases of a circuit: what all tokens share stands in the list ``phases``."""

    def __init__(self, steps: Iterable[Phase], angles: Angles, tables: Tables) -> None:
        self._angles = angles
        self._tables = tables
        self._shared: list[Source] = []
        for step in steps:
            source = self._sum(step, shared=True)
            if source and source not in self._shared:
                self._shared.append(source)

    def name(self, step: Phase) -> Source:
        """The expression for the phase of a step."""
        shared = self._sum(step, shared=True)
        parts = [f"phases[{self._shared.index(shared)}]"] if shared else []
        return _total([*self._parts(step, shared=False), *parts])

    def groups(self, step: Phase) -> Iterator[tuple[float, list[PhaseTerm]]]:
        """The terms whose angles stand in one vector and have the same factor; 0 for constants."""
        for shared in (True, False):
            for (_, factor), terms in self._groups(step, shared=shared):
                yield factor, terms

    def definition(self) -> Source | None:
        """The expression for ``phases``, if any phase is shared."""
        return list_of(*self._shared) if self._shared else None

    def _sum(self, step: Phase, *, shared: bool) -> Source | None:
        parts = list(self._parts(step, shared=shared))
        return _total(parts) if parts else None

    def _parts(self, step: Phase, *, shared: bool) -> Iterator[Source]:
        """One call for each group of terms."""
        for (kind, factor), terms in self._groups(step, shared=shared):
            yield self._call(kind, factor, terms)

    def _groups(
        self, step: Phase, *, shared: bool
    ) -> Iterator[tuple[tuple[Kind, float], list[PhaseTerm]]]:
        terms = [t for t in step.terms if self._angles.per_token(t.angle) != shared]
        for key, group in groupby(sorted(terms, key=self._key), lambda t: self._key(t)[:2]):
            yield key, list(group)

    def _key(self, term: PhaseTerm) -> tuple[Kind, float, int]:
        kind = self._angles.kind(term.angle)
        return kind, 0.0 if kind == "constant" else term.factor, self._angles.place(term.angle)

    def _call(self, kind: Kind, factor: float, terms: list[PhaseTerm]) -> Source:
        table = self._tables.phases(term.string for term in terms)
        if kind == "constant":
            columns = self._angles.columns([term.angle * term.factor for term in terms])
        else:
            columns = _times(factor, self._angles.columns([term.angle for term in terms]))
        return call("pairs.phases", columns, table)


def _total(parts: list[Source]) -> Source:
    return parts[0] if len(parts) == 1 else call("sum", tuple_of(*parts))


def _times(factor: float, source: Source) -> Source:
    text = "" if factor == 1 else f"{factor!r} * "
    if isinstance(source, str):
        return text + source
    return Group(text + source.head, source.items, source.brackets)
