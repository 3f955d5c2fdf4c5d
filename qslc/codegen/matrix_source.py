"""The matrices of a circuit's blocks as Python expressions: all of one form are made together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeAlias

from qslc.codegen.angle_source import Angles, Kind
from qslc.codegen.python_source import Source, call
from qslc.simulate.steps import Block, Factor, Word

Words: TypeAlias = tuple[Word, ...]

WordForm: TypeAlias = tuple[tuple[str, Kind | None], ...]
"""The gates of a word, with the kinds of their angles."""


class Matrices:
    """Where the matrix of each block stands: one list for each form.

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

    def name(self, block: Block) -> str:
        """The expression for the matrix of a block."""
        form = self._form(block.words)
        return f"{self._list_name(form)}[{self._groups[form].index(block.words)}]"

    def definitions(self) -> Iterator[tuple[str, Source, str]]:
        """The name of each list, the expression for it, and the shape of its matrices."""
        for form, group in self._groups.items():
            module = "kernel" if Block(0, group[0]).real else "pairs"
            gates = [self._gates(run, module) for run in _runs(form, group)]
            size = 2 ** len(form)
            yield self._list_name(form), call(f"{module}.kron", *gates), f"({size}, {size})"

    def _list_name(self, form: tuple[WordForm, ...]) -> str:
        place = list(self._groups).index(form)
        return f"blocks_{place}" if place else "blocks"

    def _form(self, words: Words) -> tuple[WordForm, ...]:
        return tuple(
            tuple((gate, None if angle is None else self._angles.kind(angle)) for gate, angle in w)
            for w in words
        )

    def _places(self, words: Words) -> list[int]:
        """Where the angles stand: blocks in this order read slices of a vector."""
        return [self._angles.place(a) for word in words for _, a in word if a is not None]

    def _gates(self, run: Sequence[Words], module: str) -> Source:
        """The stacked gates of the same words of every block."""
        length = len(run[0][0])
        columns = [[[word[i] for word in words] for words in run] for i in range(length)]
        factors = [
            self._factor(column, module) for column in columns or [[[("i", None)] * len(run[0])]]
        ]
        return factors[0] if len(factors) == 1 else call(f"{module}.then", *factors)

    def _factor(self, factors: Sequence[Sequence[Factor]], module: str) -> Source:
        """One gate of every word, with an angle for each word and block."""
        gate, angle = factors[0][0]
        if angle is None:
            return call(f"{module}.constant", f'"{gate}"', str(len(factors[0])))
        angles = [angle for block in factors for _, angle in block if angle is not None]
        return call(f"{module}.{gate}", self._angles.blocks(angles, len(factors)))


def _runs(form: tuple[WordForm, ...], group: Sequence[Words]) -> Iterator[tuple[Words, ...]]:
    """Neighbouring words of the same form, cut out of every block."""
    for _, run in groupby(range(len(form)), key=form.__getitem__):
        places = list(run)
        yield tuple(words[places[0] : places[-1] + 1] for words in group)
