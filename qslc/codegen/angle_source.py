"""Angles as Python expressions on the layer's weights and features.

Angles of a kind stand together in one vector: the weights in ``theta`` (P,), the features in
``features`` (FEATURES, tokens), and sums and products of them in ``angles`` and, where they
depend on the input, in ``data``. Gates read slices of these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import sympy

from qslc.codegen.python_source import Source, call, flat, list_of, tuple_of

Kind: TypeAlias = Literal["constant", "theta", "angles", "features", "data"]

MAX_TEXT = 72
"""Longer sums and products are written as calls, which can break into lines."""


@dataclass(frozen=True, slots=True)
class Angles:
    """Where each angle of a program stands.

    Args:
        symbols: the index of each weight in ``theta`` and of each input in ``features``.
        inputs: the names that are inputs.
        composed: the index of each other angle in ``angles`` or ``data``, in order.
    """

    symbols: Mapping[str, int]
    inputs: frozenset[str]
    composed: Mapping[sympy.Expr, int]

    def kind(self, angle: sympy.Expr) -> Kind:
        return _kind(angle, self.inputs)

    def per_token(self, angle: sympy.Expr) -> bool:
        """Whether each token has its own angle."""
        return self.kind(angle) in {"features", "data"}

    def place(self, angle: sympy.Expr) -> int:
        if isinstance(angle, sympy.Symbol):
            return self.symbols[angle.name]
        return self.composed.get(angle, 0)

    def vector(self, angles: Sequence[sympy.Expr]) -> Source:
        """Angles of one kind as a tensor (k,), or (k, tokens) where they depend on the input."""
        kind = self.kind(angles[0])
        if kind == "constant":
            return tuple_of(*(repr(float(angle)) for angle in angles))
        return _selection(kind, [self.place(angle) for angle in angles])

    def columns(self, angles: Sequence[sympy.Expr]) -> Source:
        """Angles of one kind as a tensor (k, tokens), or (k, 1) where all tokens share them."""
        vector = self.vector(angles)
        if self.per_token(angles[0]):
            return vector
        return call("ops.expand_dims", vector, "1")

    def blocks(self, angles: Sequence[sympy.Expr], blocks: int) -> Source:
        """Angles of one kind, block by block, as a tensor (k, blocks)."""
        if blocks == 1:
            return self.columns(angles)
        return call("kernel.columns", self.vector(angles), str(blocks))

    def definition(self, kind: Kind) -> Source | None:
        """The expression for the whole vector ``angles`` or ``data``, if it has any entry."""
        entries = [self.source(angle) for angle in self.composed if self.kind(angle) == kind]
        return call("ops.stack", list_of(*entries)) if entries else None

    def source(self, angle: sympy.Expr) -> Source:
        """One angle as an expression on the entries of ``theta`` and ``features``."""
        if isinstance(angle, sympy.Symbol):
            return f"{self.kind(angle)}[{self.place(angle)}]"
        if not angle.free_symbols:
            return repr(float(angle))
        if isinstance(angle, sympy.Pow):
            return f"{self._factor(angle.base)} ** {int(angle.exp)}"
        if isinstance(angle, sympy.Add):
            return _joined(" + ", "sum", [self.source(term) for term in angle.args])
        constant, rest = angle.as_independent(*angle.free_symbols, as_Add=False)
        factors = [self._factor(factor) for factor in sympy.Mul.make_args(rest)]
        constants = [repr(float(constant))] if constant != 1 else []
        return _joined(" * ", "math.prod", [*constants, *factors])

    def _factor(self, angle: sympy.Expr) -> str:
        text = flat(self.source(angle))
        return f"({text})" if isinstance(angle, sympy.Add) else text


def angles_of(
    expressions: Iterable[sympy.Expr], weights: Sequence[str], inputs: Sequence[str]
) -> Angles:
    """The places of the angles that occur in a program."""
    symbols = {name: place for place, name in enumerate(weights)}
    symbols |= {name: int(name[1:]) for name in inputs}
    names = frozenset(inputs)
    composed: dict[sympy.Expr, int] = {}
    counts: Counter[Kind] = Counter()
    for angle in dict.fromkeys(expressions):
        kind = _kind(angle, names)
        if kind in {"angles", "data"}:
            composed[angle] = counts[kind]
            counts[kind] += 1
    return Angles(symbols, names, composed)


def _kind(angle: sympy.Expr, inputs: frozenset[str]) -> Kind:
    names = {symbol.name for symbol in angle.free_symbols}
    if not names:
        return "constant"
    if names & inputs:
        return "features" if isinstance(angle, sympy.Symbol) else "data"
    return "theta" if isinstance(angle, sympy.Symbol) else "angles"


def _joined(operator: str, function: str, items: list[Source]) -> Source:
    text = operator.join(flat(item) for item in items)
    return text if len(text) <= MAX_TEXT else call(function, tuple_of(*items))


def _selection(name: str, places: list[int]) -> Source:
    """The entries of a vector at ``places``: slices, where there are few."""
    runs = _even_runs(places)
    slices = [_slice(name, run) for run in runs]
    if len(slices) == 1:
        return slices[0]
    if len(slices) <= len(places) // 3:
        return call("ops.concatenate", list_of(*slices))
    return call("ops.take", name, tuple_of(*map(str, places)), "axis=0")


def _even_runs(places: list[int]) -> list[list[int]]:
    """The places cut, greedily, into runs that rise evenly."""
    runs: list[list[int]] = []
    for place in places:
        if runs and place > runs[-1][-1] and place - runs[-1][-1] == _step(runs[-1], place):
            runs[-1].append(place)
        else:
            runs.append([place])
    return runs


def _step(run: list[int], following: int) -> int:
    return (run[1] if len(run) > 1 else following) - run[0]


def _slice(name: str, run: list[int]) -> Source:
    step = _step(run, run[0] + 1)
    return f"{name}[{run[0]}:{run[-1] + 1}{f':{step}' if step > 1 else ''}]"
