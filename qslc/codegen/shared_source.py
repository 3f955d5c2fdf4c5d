"""Write what the statements of a layer share: tables, matrices of blocks, phases."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeAlias

import sympy

from qslc.codegen.angle_source import Angles, Kind
from qslc.codegen.python_source import lay_out, write_call, write_tuple
from qslc.simulate.steps import WORD_GATES, Block, Phase, PhaseTerm, Word

Words: TypeAlias = tuple[Word, ...]

WordForm: TypeAlias = tuple[tuple[str, Kind | None], ...]
"""The gates of a word, with the kinds of their angles."""


class Tables:
    """Constant tables of the module, collected as the statements ask for them.

    Each distinct table has one name.
    """

    def __init__(self, qubits: int) -> None:
        self._qubits = str(qubits)
        self._names: dict[tuple[str, str], str] = {}

    def permutation(self, gates: Iterable[tuple[int, ...]], stem: str = "ENTANGLER") -> str:
        """Return the name of the permutation that CNOT and X gates make."""
        return self._name(stem, "permutation", map(_write_qubits, gates))

    def parity(self, gates: Iterable[tuple[int, ...]]) -> str:
        """Return the name of the signs that CZ and Z gates make."""
        return self._name("PARITY", "parity", map(_write_qubits, gates))

    def phases(self, strings: Iterable[tuple[int, ...]]) -> str:
        """Return the name of the strings of Z, given by their qubits, of rotations."""
        texts = ("*".join(f"Z{qubit}" for qubit in string) for string in strings)
        return self._name("PHASES", "signs", map(json.dumps, texts))

    def readout(self, strings: Iterable[str]) -> str:
        """Return the name of the strings of observables."""
        return self._name("READOUT", "signs", map(json.dumps, strings))

    def definitions(self) -> list[str]:
        """Return the lines that define the tables, in the order in which they were asked for."""
        named = ((name, source) for (_, source), name in self._names.items())
        return [line for name, source in named for line in lay_out(f"{name} = ", source)]

    def _name(self, stem: str, function: str, items: Iterable[str]) -> str:
        key = (stem, write_call(f"tables.{function}", self._qubits, *items))
        count = sum(known == stem for known, _ in self._names)
        return self._names.setdefault(key, f"{stem}_{count}" if count else stem)


def _write_qubits(gate: tuple[int, ...]) -> str:
    return write_tuple(map(str, gate))


class Matrices:
    """Places of the matrices of blocks: one list for each form.

    Blocks with the same words share a matrix, wherever they act.
    """

    def __init__(self, blocks: Iterable[Block], angles: Angles) -> None:
        self._angles = angles
        self._groups: dict[tuple[WordForm, ...], list[Words]] = {}
        for block in blocks:
            group = self._groups.setdefault(self._find_form(block.words), [])
            if block.words not in group:
                group.append(block.words)
        for group in self._groups.values():
            group.sort(key=self._find_places)

    def name(self, block: Block) -> str:
        """Return the expression for the matrix of a block."""
        form = self._find_form(block.words)
        return f"{self._name_list(form)}[{self._groups[form].index(block.words)}]"

    def definitions(self) -> Iterator[tuple[str, bool, str, str]]:
        """Yield of each list the name, whether it is real, the source, and its matrices' shape."""
        for form, group in self._groups.items():
            real = Block(0, group[0]).real
            gates = stack_runs(self._angles, group, real=real)
            size = 2 ** len(form)
            source = write_call(f"{choose_module(real)}.kron", *gates)
            yield self._name_list(form), real, source, f"({size}, {size})"

    def _name_list(self, form: tuple[WordForm, ...]) -> str:
        place = list(self._groups).index(form)
        return f"blocks_{place}" if place else "blocks"

    def _find_form(self, words: Words) -> tuple[WordForm, ...]:
        return tuple(_find_form(word, self._angles) for word in words)

    def _find_places(self, words: Words) -> list[int]:
        """Return where the angles stand: blocks in this order read slices of a vector."""
        return [self._angles.place(a) for word in words for _, a in word if a is not None]


class Phases:
    """The phases of a circuit: what all tokens share stands in the list ``phases``."""

    def __init__(self, steps: Iterable[Phase], angles: Angles, tables: Tables) -> None:
        self._angles = angles
        self._tables = tables
        self._shared = list(dict.fromkeys(filter(None, map(self._write_shared, steps))))

    def name(self, step: Phase) -> str:
        """Return the expression for the phase of a step."""
        shared = self._write_shared(step)
        parts = [f"phases[{self._shared.index(shared)}]"] if shared else []
        return _write_sum([*self._write_parts(step, shared=False), *parts])

    def definition(self) -> str:
        """Return the expression for ``phases``; empty if no phase is shared."""
        return f"[{', '.join(self._shared)}]" if self._shared else ""

    def _write_shared(self, step: Phase) -> str:
        parts = list(self._write_parts(step, shared=True))
        return _write_sum(parts) if parts else ""

    def _write_parts(self, step: Phase, *, shared: bool) -> Iterator[str]:
        """Yield one call for each group of terms."""
        for table, angles, factor in self.groups(step, shared=shared):
            columns = self._angles.write_columns(angles)
            scaled = columns if factor == 1 else f"{factor!r} * {columns}"
            yield f"pairs.phases({scaled}, {table})"

    def groups(self, step: Phase, *, shared: bool) -> Iterator[tuple[str, list[sympy.Expr], float]]:
        """Yield the table, the angles and the factor of terms whose angles stand in one vector."""
        terms = [t for t in step.terms if self._angles.per_token(t.angle) != shared]
        for (kind, factor), found in groupby(sorted(terms, key=self._key), self._key_of_group):
            group = list(found)
            table = self._tables.phases(term.string for term in group)
            if kind == "constant":
                yield table, [term.angle * term.factor for term in group], 1
            else:
                yield table, [term.angle for term in group], factor

    def _key_of_group(self, term: PhaseTerm) -> tuple[Kind, float]:
        kind = self._angles.kind(term.angle)
        return kind, 0.0 if kind == "constant" else term.factor

    def _key(self, term: PhaseTerm) -> tuple[Kind, float, int]:
        return *self._key_of_group(term), self._angles.place(term.angle)


def choose_module(real: bool) -> str:
    """Return the module of the runtime for real or complex states and gates."""
    return "kernel" if real else "pairs"


def _find_form(word: Word, angles: Angles) -> WordForm:
    return tuple((gate, None if angle is None else angles.kind(angle)) for gate, angle in word)


def stack_runs(angles: Angles, blocks: Sequence[Words], *, real: bool) -> list[str]:
    """Write the gates of blocks of one form: neighboring words of the same form are stacked.

    Raises:
        ValueError: The runtime has no matrix for a gate.
    """
    start, stacks = 0, []
    for _, run in groupby(blocks[0], lambda word: _find_form(word, angles)):
        end = start + len(list(run))
        stacks.append(_stack_gates(angles, [words[start:end] for words in blocks], real=real))
        start = end
    return stacks


def _stack_gates(angles: Angles, blocks: Sequence[Words], *, real: bool) -> str:
    """Write the stacked gates of words of one form, as many in every block."""
    module, count = choose_module(real), len(blocks[0])
    words = [word for block in blocks for word in block]
    if not words[0]:
        return f'{module}.constant("i", {count})'
    factors = []
    for place, (gate, angle) in enumerate(words[0]):
        if gate not in WORD_GATES:
            raise ValueError(f"the layer's runtime has no gate {gate!r} on one qubit")
        if angle is None:
            factors.append(f'{module}.constant("{gate}", {count})')
        else:
            turned = [angle for word in words if (angle := word[place][1]) is not None]
            factors.append(f"{module}.{gate}({angles.write_columns(turned, len(blocks))})")
    return factors[0] if len(factors) == 1 else write_call(f"{module}.then", *factors)


def _write_sum(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"sum({write_tuple(parts)})"
