"""Write angles as Python expressions on the layer's weights and features.

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
from typing_extensions import assert_never

from qslc.codegen.python_source import Source, Text, call, flat, list_of, names_in, text, tuple_of

Kind: TypeAlias = Literal["constant", "theta", "angles", "features", "data"]

MAX_TEXT = 72
"""Characters. Longer sums and products are written as calls, which can break into lines."""


@dataclass(frozen=True, slots=True)
class Angles:
    """Places of the angles of a program.

    Args:
        symbols: The index of each weight in ``theta`` and of each input in ``features``.
        inputs: The names that are inputs.
        composed: The index of each other angle in ``angles`` or ``data``, in order.
    """

    symbols: Mapping[str, int]
    inputs: frozenset[str]
    composed: Mapping[sympy.Expr, int]

    def kind(self, angle: sympy.Expr) -> Kind:
        """Return the vector in which an angle stands."""
        return _kind(angle, self.inputs)

    def per_token(self, angle: sympy.Expr) -> bool:
        """Return whether each token has its own angle."""
        return self.kind(angle) in {"features", "data"}

    def place(self, angle: sympy.Expr) -> int:
        """Return the index of an angle in its vector."""
        if isinstance(angle, sympy.Symbol):
            return self.symbols[angle.name]
        return self.composed.get(angle, 0)

    def vector(self, angles: Sequence[sympy.Expr]) -> Source:
        """Write angles of one kind as a tensor (k,), or (k, tokens) if they depend on the input."""
        kind = self.kind(angles[0])
        match kind:
            case "constant":
                return tuple_of(*(repr(float(angle)) for angle in angles))
            case "theta" | "angles" | "features" | "data":
                return _select(kind, [self.place(angle) for angle in angles])
            case _:
                assert_never(kind)

    def columns(self, angles: Sequence[sympy.Expr]) -> Source:
        """Write angles of one kind as a tensor (k, tokens), or (k, 1) if all tokens share them."""
        vector = self.vector(angles)
        if self.per_token(angles[0]):
            return vector
        return call("ops.expand_dims", vector, "1")

    def blocks(self, angles: Sequence[sympy.Expr], blocks: int) -> Source:
        """Write angles of one kind, block by block, as a tensor (k, blocks)."""
        if blocks == 1:
            return self.columns(angles)
        return call("kernel.columns", self.vector(angles), str(blocks))

    def definition(self, kind: Literal["angles", "data"]) -> Source | None:
        """Write the whole vector ``angles`` or ``data``, if it has any entry."""
        entries = [self.source(angle) for angle in self.composed if self.kind(angle) == kind]
        return call("ops.stack", list_of(*entries)) if entries else None

    def source(self, angle: sympy.Expr) -> Source:
        """Write one angle as an expression on the entries of ``theta`` and ``features``."""
        if isinstance(angle, sympy.Symbol):
            kind = self.kind(angle)
            return text(f"{kind}[{self.place(angle)}]", kind)
        if not angle.free_symbols:
            return repr(float(angle))
        if isinstance(angle, sympy.Pow):
            base = self._factor(angle.base)
            return Text(f"{base.text} ** {int(angle.exp)}", base.uses)
        if isinstance(angle, sympy.Add):
            return _join(" + ", "sum", [self.source(term) for term in angle.args])
        constant, rest = angle.as_independent(*angle.free_symbols, as_Add=False)
        factors = [self._factor(factor) for factor in sympy.Mul.make_args(rest)]
        constants = [repr(float(constant))] if constant != 1 else []
        return _join(" * ", "math.prod", [*constants, *factors])

    def _factor(self, angle: sympy.Expr) -> Text:
        source = self.source(angle)
        own = flat(source)
        return Text(f"({own})" if isinstance(angle, sympy.Add) else own, names_in(source))


def place_angles(
    expressions: Iterable[sympy.Expr], weights: Sequence[str], inputs: Sequence[str]
) -> Angles:
    """Find the places of the angles that occur in a program."""
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


def find_run(places: Sequence[int]) -> range | None:
    """Return the places as a range, if they rise evenly."""
    step = places[1] - places[0] if len(places) > 1 else 1
    run = range(places[0], places[-1] + 1, step) if step > 0 else None
    return run if run and list(run) == list(places) else None


def write_slice(name: str, run: range) -> Text:
    """Write the entries of a vector at the places of a range."""
    step = f":{run.step}" if run.step > 1 else ""
    return text(f"{name}[{run.start}:{run[-1] + 1}{step}]", name)


def _kind(angle: sympy.Expr, inputs: frozenset[str]) -> Kind:
    names = {symbol.name for symbol in angle.free_symbols}
    if not names:
        return "constant"
    if names & inputs:
        return "features" if isinstance(angle, sympy.Symbol) else "data"
    return "theta" if isinstance(angle, sympy.Symbol) else "angles"


def _join(operator: str, function: str, items: list[Source]) -> Source:
    joined = operator.join(flat(item) for item in items)
    if len(joined) > MAX_TEXT:
        return call(function, tuple_of(*items))
    return Text(joined, names_in(*items))


def _select(name: str, places: list[int]) -> Source:
    """Write the entries of a vector at ``places``: slices, where there are few."""
    slices = [write_slice(name, run) for run in _cut_into_runs(places)]
    if len(slices) == 1:
        return slices[0]
    if len(slices) <= len(places) // 3:
        return call("ops.concatenate", list_of(*slices))
    return call("ops.take", text(name, name), tuple_of(*map(str, places)), "axis=0")


def _cut_into_runs(places: list[int]) -> list[range]:
    """Cut the places, greedily, into runs that rise evenly."""
    runs: list[range] = []
    for place in places:
        last = runs[-1] if runs else range(0)
        step = last.step if len(last) > 1 else place - last.start
        if last and step > 0 and place - last[-1] == step:
            runs[-1] = range(last.start, place + 1, step)
        else:
            runs.append(range(place, place + 1))
    return runs
