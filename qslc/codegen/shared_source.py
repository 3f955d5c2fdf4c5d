"""Write what all tokens share: the matrices of blocks, and the phases of basis states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TypeAlias

from qslc.codegen.angle_source import Angles, Kind
from qslc.codegen.python_source import Source, Text, call, list_of, scale, text, tuple_of
from qslc.codegen.table_source import Tables
from qslc.simulate.steps import WORD_GATES, Block, Phase, PhaseTerm, Word

Words: TypeAlias = tuple[Word, ...]

WordForm: TypeAlias = tuple[tuple[str, Kind | None], ...]
"""The gates of a word, with the kinds of their angles."""


_PHASES = frozenset({"pairs", "phases"})


class Matrices:
    """Places of the matrices of blocks: one list for each form.

    Blocks with the same words share a matrix, wherever they act.
    """

    def __init__(self, blocks: Iterable[Block], angles: Angles) -> None:
        self._angles = angles
        self._groups: dict[tuple[WordForm, ...], list[Words]] = {}
        for block in blocks:
            group = self._groups.setdefault(self._form(block.words), [])
            if block.words not in group:
                group.append(block.words)
        for group in self._groups.values():
            group.sort(key=self._places)

    def name(self, block: Block) -> Text:
        """Return the expression for the matrix of a block."""
        form = self._form(block.words)
        name = self._list_name(form)
        return text(f"{name}[{self._groups[form].index(block.words)}]", name)

    def definitions(self) -> Iterator[tuple[str, bool, Source, str]]:
        """Yield of each list the name, whether it is real, the source, and its matrices' shape."""
        for form, group in self._groups.items():
            real = Block(0, group[0]).real
            gates = [stack_gates(self._angles, run, real=real) for run in _cut_runs(form, group)]
            size = 2 ** len(form)
            source = call(f"{module_for(real)}.kron", *gates)
            yield self._list_name(form), real, source, f"({size}, {size})"

    def _list_name(self, form: tuple[WordForm, ...]) -> str:
        place = list(self._groups).index(form)
        return f"blocks_{place}" if place else "blocks"

    def _form(self, words: Words) -> tuple[WordForm, ...]:
        return tuple(form_of(word, self._angles) for word in words)

    def _places(self, words: Words) -> list[int]:
        """Return where the angles stand: blocks in this order read slices of a vector."""
        return [self._angles.place(a) for word in words for _, a in word if a is not None]


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
        """Return the expression for the phase of a step."""
        shared = self._sum(step, shared=True)
        parts = [text(f"phases[{self._shared.index(shared)}]", "phases")] if shared else []
        return _add([*self._parts(step, shared=False), *parts])

    def groups(self, step: Phase) -> Iterator[tuple[float, list[PhaseTerm]]]:
        """Yield terms whose angles stand in one vector with the same factor; 0 for constants."""
        for shared in (True, False):
            for (_, factor), terms in self._groups(step, shared=shared):
                yield factor, terms

    def definition(self) -> Source | None:
        """Return the expression for ``phases``, if any phase is shared."""
        return list_of(*self._shared) if self._shared else None

    def _sum(self, step: Phase, *, shared: bool) -> Source | None:
        parts = list(self._parts(step, shared=shared))
        return _add(parts) if parts else None

    def _parts(self, step: Phase, *, shared: bool) -> Iterator[Source]:
        """Yield one call for each group of terms."""
        for (kind, factor), terms in self._groups(step, shared=shared):
            table = self._tables.phases(term.string for term in terms)
            if kind == "constant":
                columns = self._angles.columns([term.angle * term.factor for term in terms])
            else:
                columns = scale(factor, self._angles.columns([term.angle for term in terms]))
            # A simulation with phases of its own takes the shared ones too: bytes stay the same.
            yield replace(call("pairs.phases", columns, table), names=_PHASES)

    def _groups(
        self, step: Phase, *, shared: bool
    ) -> Iterator[tuple[tuple[Kind, float], list[PhaseTerm]]]:
        terms = [t for t in step.terms if self._angles.per_token(t.angle) != shared]
        for key, group in groupby(sorted(terms, key=self._key), lambda t: self._key(t)[:2]):
            yield key, list(group)

    def _key(self, term: PhaseTerm) -> tuple[Kind, float, int]:
        kind = self._angles.kind(term.angle)
        return kind, 0.0 if kind == "constant" else term.factor, self._angles.place(term.angle)


def module_for(real: bool) -> str:
    """Return the module of the runtime for real or complex states and gates."""
    return "kernel" if real else "pairs"


def form_of(word: Word, angles: Angles) -> WordForm:
    """Return the gates of a word, with the kinds of their angles."""
    return tuple((gate, None if angle is None else angles.kind(angle)) for gate, angle in word)


def stack_gates(angles: Angles, blocks: Sequence[Words], *, real: bool) -> Source:
    """Write the stacked gates of words of one form, as many in every block.

    Raises:
        ValueError: The runtime has no matrix for a gate.
    """
    module = module_for(real)
    words = [word for block in blocks for word in block]
    if not words[0]:
        return call(f"{module}.constant", '"i"', str(len(blocks[0])))
    factors = []
    for place, (gate, angle) in enumerate(words[0]):
        if gate not in WORD_GATES:
            raise ValueError(f"the layer's runtime has no gate {gate!r} on one qubit")
        if angle is None:
            factors.append(call(f"{module}.constant", f'"{gate}"', str(len(blocks[0]))))
        else:
            turned = [angle for word in words if (angle := word[place][1]) is not None]
            factors.append(call(f"{module}.{gate}", angles.blocks(turned, len(blocks))))
    return factors[0] if len(factors) == 1 else call(f"{module}.then", *factors)


def _cut_runs(form: tuple[WordForm, ...], group: Sequence[Words]) -> Iterator[tuple[Words, ...]]:
    """Yield neighboring words of the same form, cut out of every block."""
    for _, run in groupby(range(len(form)), key=form.__getitem__):
        places = list(run)
        yield tuple(words[places[0] : places[-1] + 1] for words in group)


def _add(parts: list[Source]) -> Source:
    return parts[0] if len(parts) == 1 else call("sum", tuple_of(*parts))
