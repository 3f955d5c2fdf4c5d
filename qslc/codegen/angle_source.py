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

from qslc.codegen.python_source import write_tuple

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
        names = {symbol.name for symbol in angle.free_symbols}
        if not names:
            return "constant"
        if names & self.inputs:
            return "features" if isinstance(angle, sympy.Symbol) else "data"
        return "theta" if isinstance(angle, sympy.Symbol) else "angles"

    def per_token(self, angle: sympy.Expr) -> bool:
        """Return whether each token has its own angle."""
        return self.kind(angle) in {"features", "data"}

    def place(self, angle: sympy.Expr) -> int:
        """Return the index of an angle in its vector."""
        if isinstance(angle, sympy.Symbol):
            return self.symbols[angle.name]
        return self.composed.get(angle, 0)

    def write_columns(self, angles: Sequence[sympy.Expr], blocks: int = 1) -> str:
        """Write angles of one kind, block by block, as a tensor (k, blocks).

        Of one block it is (k, tokens) where each token has its own angles.
        """
        kind = self.kind(angles[0])
        if kind == "constant":
            vector = write_tuple(repr(float(angle)) for angle in angles)
        else:
            vector = _select(kind, [self.place(angle) for angle in angles])
        if blocks > 1:
            return f"kernel.columns({vector}, {blocks})"
        return vector if self.per_token(angles[0]) else f"ops.expand_dims({vector}, 1)"

    def define(self, kind: Literal["angles", "data"]) -> str:
        """Write the whole vector ``angles`` or ``data``; empty if it has no entry."""
        entries = [self.write(angle) for angle in self.composed if self.kind(angle) == kind]
        return f"ops.stack([{', '.join(entries)}])" if entries else ""

    def write(self, angle: sympy.Expr) -> str:
        """Write one angle as an expression on the entries of ``theta`` and ``features``."""
        if isinstance(angle, sympy.Symbol):
            return f"{self.kind(angle)}[{self.place(angle)}]"
        if not angle.free_symbols:
            return repr(float(angle))
        if isinstance(angle, sympy.Pow):
            return f"{self._write_factor(angle.base)} ** {int(angle.exp)}"
        if isinstance(angle, sympy.Add):
            return _join(" + ", "sum", [self.write(term) for term in angle.args])
        constant, rest = angle.as_independent(*angle.free_symbols, as_Add=False)
        factors = [self._write_factor(factor) for factor in sympy.Mul.make_args(rest)]
        constants = [repr(float(constant))] if constant != 1 else []
        return _join(" * ", "math.prod", [*constants, *factors])

    def _write_factor(self, angle: sympy.Expr) -> str:
        source = self.write(angle)
        return f"({source})" if isinstance(angle, sympy.Add) else source


def place_angles(
    expressions: Iterable[sympy.Expr], weights: Sequence[str], inputs: Sequence[str]
) -> Angles:
    """Find the places of the angles that occur in a program."""
    symbols = {name: place for place, name in enumerate(weights)}
    symbols |= {name: int(name[1:]) for name in inputs}
    composed: dict[sympy.Expr, int] = {}
    angles = Angles(symbols, frozenset(inputs), composed)
    counts: Counter[Kind] = Counter()
    for angle in dict.fromkeys(expressions):
        kind = angles.kind(angle)
        if kind in {"angles", "data"}:
            composed[angle] = counts[kind]
            counts[kind] += 1
    return angles


def find_run(places: Sequence[int]) -> range | None:
    """Return the places as a range, if they rise evenly."""
    runs = _cut_into_runs(places)
    return runs[0] if len(runs) == 1 else None


def write_slice(name: str, run: range) -> str:
    """Write the entries of a vector at the places of a range."""
    step = f":{run.step}" if run.step > 1 else ""
    return f"{name}[{run.start}:{run[-1] + 1}{step}]"


def _join(operator: str, function: str, items: list[str]) -> str:
    joined = operator.join(items)
    return joined if len(joined) <= MAX_TEXT else f"{function}({write_tuple(items)})"


def _select(name: str, places: list[int]) -> str:
    """Write the entries of a vector at ``places``: slices, where there are few."""
    slices = [write_slice(name, run) for run in _cut_into_runs(places)]
    if len(slices) == 1:
        return slices[0]
    if len(slices) <= len(places) // 3:
        return f"ops.concatenate([{', '.join(slices)}])"
    return f"ops.take({name}, {write_tuple(map(str, places))}, axis=0)"


def _cut_into_runs(places: Sequence[int]) -> list[range]:
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
